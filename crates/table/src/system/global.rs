//! The tables of the database `sys`, which show all tables of a catalog: `AllTablesTable.java`,
//! `AllPartitionsTable.java`, `AllTableOptionsTable.java`.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray, new_null_array};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use chrono::{DateTime, Local, TimeZone};
use rimon_spec::{Error, Result};

use super::partition_text::PartitionText;
use super::totals::{Total, totals};
use super::{failed, nullable};
use crate::table::Table;

/// Name of the database.
pub const SYSTEM_DATABASE: &str = "sys";

/// The tables there are; the name is [`GlobalTable::name`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GlobalTable {
    /// `sys.tables`: one row per table.
    Tables,
    /// `sys.partitions`: one row per partition with files of each partitioned table.
    Partitions,
    /// `sys.all_table_options`: one row per option of each table.
    AllTableOptions,
}

/// A table with its place in the catalog.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The database.
    pub database: String,
    /// The table's name.
    pub name: String,
    /// The table.
    pub table: Table,
}

impl GlobalTable {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Tables, Self::Partitions, Self::AllTableOptions];

    /// The name in the database `sys`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tables => "tables",
            Self::Partitions => "partitions",
            Self::AllTableOptions => "all_table_options",
        }
    }

    /// The table of a name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.name().eq_ignore_ascii_case(name))
    }

    /// Columns of the rows.
    pub fn schema(self) -> SchemaRef {
        let text = |name| nullable(name, DataType::Utf8);
        let long = |name| nullable(name, DataType::Int64);
        let flag = |name| nullable(name, DataType::Boolean);
        let mut fields = vec![text("database_name"), text("table_name")];
        fields.extend(match self {
            Self::Tables => vec![
                text("table_type"),
                flag("partitioned"),
                flag("primary_key"),
                text("owner"),
                long("created_at"),
                text("created_by"),
                long("updated_at"),
                text("updated_by"),
                long("record_count"),
                long("file_size_in_bytes"),
                long("file_count"),
                long("last_file_creation_time"),
            ],
            Self::Partitions => vec![
                text("partition_name"),
                long("record_count"),
                long("file_size_in_bytes"),
                long("file_count"),
                long("last_file_creation_time"),
                flag("done"),
            ],
            Self::AllTableOptions => vec![text("key"), text("value")],
        });
        Arc::new(Schema::new(fields))
    }

    /// The rows for the tables of a catalog.
    ///
    /// # Errors
    /// `Corrupt` for an option that is no number; those of reading the metadata of a table.
    pub async fn rows(self, all: &[Listed]) -> Result<RecordBatch> {
        let columns = match self {
            Self::Tables => tables(all)?,
            Self::Partitions => partitions(all).await?,
            Self::AllTableOptions => options(all),
        };
        RecordBatch::try_new(self.schema(), columns).map_err(failed)
    }
}

/// Catalogs that keep snapshots know how many rows a table has; a directory does not say without being read.
fn tables(all: &[Listed]) -> Result<Vec<ArrayRef>> {
    let option = |key: &'static str| move |l: &Listed| l.table.schema().options.get(key).cloned();
    let text = |f: &dyn Fn(&Listed) -> Option<String>| -> ArrayRef {
        Arc::new(all.iter().map(f).collect::<StringArray>())
    };
    let time = |key: &'static str| -> Result<ArrayRef> {
        let parse = |l: &Listed| {
            let Some(text) = l.table.schema().options.get(key) else { return Ok(None) };
            text.parse::<i64>().map(Some).map_err(|_| {
                Error::corrupt(format!("option '{key}' = '{text}' is no time in milliseconds"))
                    .with("table", l.table.name())
            })
        };
        Ok(Arc::new(all.iter().map(parse).collect::<Result<Int64Array>>()?))
    };
    let flag = |f: &dyn Fn(&Listed) -> bool| -> ArrayRef {
        Arc::new(BooleanArray::from(all.iter().map(f).collect::<Vec<_>>()))
    };
    let unknown = || new_null_array(&DataType::Int64, all.len());
    Ok(vec![
        text(&|l| Some(l.database.clone())),
        text(&|l| Some(l.name.clone())),
        text(&|l| option("type")(l).or(Some("table".to_owned()))),
        flag(&|l| !l.table.schema().partition_keys.is_empty()),
        flag(&|l| l.table.has_primary_key()),
        text(&option("owner")),
        time("createdAt")?,
        text(&option("createdBy")),
        time("updatedAt")?,
        text(&option("updatedBy")),
        unknown(),
        unknown(),
        unknown(),
        unknown(),
    ])
}

async fn partitions(all: &[Listed]) -> Result<Vec<ArrayRef>> {
    let mut rows: Vec<(&Listed, String, Total)> = Vec::new();
    for listed in all.iter().filter(|l| !l.table.schema().partition_keys.is_empty()) {
        let text = PartitionText::of(listed.table.schema());
        let default_name = &listed.table.options().partition_default_name;
        for (partition, total) in totals(&listed.table, |e| e.partition.clone()).await? {
            rows.push((listed, text.spec(&partition, default_name)?, total));
        }
    }
    let text = |f: &dyn Fn(&(&Listed, String, Total)) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(f)))
    };
    let long = |f: &dyn Fn(&Total) -> Option<i64>| -> ArrayRef {
        Arc::new(rows.iter().map(|(_, _, total)| f(total)).collect::<Int64Array>())
    };
    Ok(vec![
        text(&|(l, ..)| l.database.clone()),
        text(&|(l, ..)| l.name.clone()),
        text(&|(_, name, _)| name.clone()),
        long(&|t| Some(t.records)),
        long(&|t| Some(t.bytes)),
        long(&|t| Some(t.files)),
        long(&|t| t.last_created.and_then(since_epoch)),
        Arc::new(BooleanArray::from(vec![false; rows.len()])),
    ])
}

/// Files say when they were made in local time as if it were UTC.
fn since_epoch(wall_millis: i64) -> Option<i64> {
    let wall = DateTime::from_timestamp_millis(wall_millis)?.naive_utc();
    Some(Local.from_local_datetime(&wall).earliest()?.timestamp_millis())
}

fn options(all: &[Listed]) -> Vec<ArrayRef> {
    let mut rows: Vec<[String; 4]> = Vec::new();
    for listed in all {
        let mut push = |key: &str, value: &str| {
            let names = [listed.database.as_str(), listed.name.as_str(), key, value];
            rows.push(names.map(str::to_owned));
        };
        let options = &listed.table.schema().options;
        options.iter().for_each(|(key, value)| push(key, value));
        if !options.contains_key("path") {
            push("path", listed.table.storage().url());
        }
    }
    (0..4)
        .map(|i| {
            let column = rows.iter().filter_map(|row| row.get(i));
            Arc::new(StringArray::from_iter_values(column)) as ArrayRef
        })
        .collect()
}
