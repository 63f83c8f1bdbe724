//! System tables: a table's metadata as rows, with Java's columns, names and order (`org.apache.paimon.table.system`).
//!
//! All give Arrow, so that any engine can mount them.

mod files;
mod java_text;
mod options;
mod schemas;
mod snapshots;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType as ArrowType, Field, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use rimon_spec::{Error, Result};

use crate::table::Table;

/// The system tables there are; the name after the `$` is [`SystemTable::name`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SystemTable {
    /// `$snapshots`: one row per snapshot.
    Snapshots,
    /// `$schemas`: one row per version of the schema.
    Schemas,
    /// `$options`: one row per option of the schema.
    Options,
    /// `$files`: one row per live data file of the latest (or pinned) snapshot.
    Files,
}

impl SystemTable {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Snapshots, Self::Schemas, Self::Options, Self::Files];

    /// The name after the `$`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Snapshots => "snapshots",
            Self::Schemas => "schemas",
            Self::Options => "options",
            Self::Files => "files",
        }
    }

    /// The system table of a name.
    ///
    /// # Errors
    /// `Unsupported` names the ones there are.
    pub fn of_name(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|t| t.name().eq_ignore_ascii_case(name)).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|t| format!("${}", t.name())).collect();
            Error::unsupported(format!("there is no system table '${name}'"))
                .with_hint(format!("system tables are {}", names.join(", ")))
        })
    }

    /// Columns of the rows.
    pub fn schema(self) -> SchemaRef {
        match self {
            Self::Snapshots => snapshots::schema(),
            Self::Schemas => schemas::schema(),
            Self::Options => options::schema(),
            Self::Files => files::schema(),
        }
    }

    /// The rows for `table`.
    ///
    /// # Errors
    /// Those of reading the metadata the table shows.
    pub async fn rows(self, table: &Table) -> Result<RecordBatch> {
        match self {
            Self::Snapshots => snapshots::rows(table).await,
            Self::Schemas => schemas::rows(table).await,
            Self::Options => options::rows(table),
            Self::Files => files::rows(table).await,
        }
    }
}

fn required(name: &str, data_type: ArrowType) -> Field {
    Field::new(name, data_type, false)
}

fn nullable(name: &str, data_type: ArrowType) -> Field {
    Field::new(name, data_type, true)
}

/// `TIMESTAMP(3)`.
fn millis() -> ArrowType {
    ArrowType::Timestamp(TimeUnit::Millisecond, None)
}

fn failed(error: ArrowError) -> Error {
    Error::internal("the rows of a system table do not fit its schema").with_source(error)
}
