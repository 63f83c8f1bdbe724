//! System tables: a table's metadata as rows, with Java's columns, names and order (`org.apache.paimon.table.system`).
//!
//! `$ro`, `$audit_log`, `$binlog` and `$row_tracking` are no [`SystemTable`], since their columns are those of the table:
//! they are [`Table::read_optimized`], [`crate::TableScan::audit_log`], [`crate::TableScan::binlog`] and
//! [`crate::TableScan::row_tracking`].
//!
//! All give Arrow, so that any engine can mount them.

mod aggregation_fields;
mod branches;
mod buckets;
mod consumers;
mod file_key_ranges;
mod files;
mod global;
mod java_text;
mod manifests;
mod options;
mod partition_text;
mod partitions;
mod schemas;
mod snapshots;
mod statistics;
mod table_indexes;
mod tags;
mod totals;

pub use global::{GlobalTable, Listed, SYSTEM_DATABASE};

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType as ArrowType, Field, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use rimon_spec::index::deletion_vector::INDEX_TYPE as DELETION_VECTORS;
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
    /// `$manifests`: one row per manifest of the latest (or pinned) snapshot.
    Manifests,
    /// `$partitions`: one row per partition with files.
    Partitions,
    /// `$buckets`: one row per bucket with files.
    Buckets,
    /// `$tags`: one row per tag of the branch.
    Tags,
    /// `$branches`: one row per branch besides `main`.
    Branches,
    /// `$consumers`: one row per consumer of the branch.
    Consumers,
    /// `$statistics`: what the last `ANALYZE` that the snapshot knows of found, or no row.
    Statistics,
    /// `$aggregation_fields`: one row per column with the options that tell how it is aggregated.
    AggregationFields,
    /// `$table_indexes`: one row per index file: deletion vectors, hash and global indexes.
    TableIndexes,
    /// `$file_key_ranges`: one row per live data file with the range of its keys.
    FileKeyRanges,
}

impl SystemTable {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Snapshots,
        Self::Schemas,
        Self::Options,
        Self::Files,
        Self::Manifests,
        Self::Partitions,
        Self::Buckets,
        Self::Tags,
        Self::Branches,
        Self::Consumers,
        Self::Statistics,
        Self::AggregationFields,
        Self::TableIndexes,
        Self::FileKeyRanges,
    ];

    /// The name after the `$`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Snapshots => "snapshots",
            Self::Schemas => "schemas",
            Self::Options => "options",
            Self::Files => "files",
            Self::Manifests => "manifests",
            Self::Partitions => "partitions",
            Self::Buckets => "buckets",
            Self::Tags => "tags",
            Self::Branches => "branches",
            Self::Consumers => "consumers",
            Self::Statistics => "statistics",
            Self::AggregationFields => "aggregation_fields",
            Self::TableIndexes => "table_indexes",
            Self::FileKeyRanges => "file_key_ranges",
        }
    }

    /// The system table of a name.
    ///
    /// # Errors
    /// `Unsupported` names the ones there are.
    pub fn of_name(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|t| t.name().eq_ignore_ascii_case(name)).ok_or_else(|| {
            let mut names: Vec<_> = Self::ALL.iter().map(|t| format!("${}", t.name())).collect();
            names.extend(["$ro", "$audit_log", "$binlog", "$row_tracking"].map(str::to_owned));
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
            Self::Manifests => manifests::schema(),
            Self::Partitions => partitions::schema(),
            Self::Buckets => buckets::schema(),
            Self::Tags => tags::schema(),
            Self::Branches => branches::schema(),
            Self::Consumers => consumers::schema(),
            Self::Statistics => statistics::schema(),
            Self::AggregationFields => aggregation_fields::schema(),
            Self::TableIndexes => table_indexes::schema(),
            Self::FileKeyRanges => file_key_ranges::schema(),
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
            Self::Manifests => manifests::rows(table).await,
            Self::Partitions => partitions::rows(table).await,
            Self::Buckets => buckets::rows(table).await,
            Self::Tags => tags::rows(table).await,
            Self::Branches => branches::rows(table).await,
            Self::Consumers => consumers::rows(table).await,
            Self::Statistics => statistics::rows(table).await,
            Self::AggregationFields => aggregation_fields::rows(table).await,
            Self::TableIndexes => table_indexes::rows(table).await,
            Self::FileKeyRanges => file_key_ranges::rows(table).await,
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
