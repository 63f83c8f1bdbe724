//! `schema/schema-N`: format.md §3, `TableSchema.java`.

mod apply;
mod builder;
mod change;
mod columns;
mod functions;
mod json;
mod map_key;
mod options;
#[cfg(test)]
mod tests;
mod validate;

pub use builder::{NewColumn, NewTable};
pub use change::{ColumnMove, SchemaChange};
pub use map_key::MapKey;

use crate::{DataField, Result, TableOptions};
use indexmap::IndexMap;

/// One version of a table's schema.
#[derive(Debug, Clone, PartialEq)]
pub struct TableSchema {
    /// Version of the JSON; 3 is written. Older ones have other defaults, which are put into `options` on reading.
    pub version: i32,
    /// 0, 1, 2, …
    pub id: i64,
    /// Columns in order.
    pub fields: Vec<DataField>,
    /// Greatest field id ever used.
    pub highest_field_id: i32,
    /// Names of the partition columns, in order.
    pub partition_keys: Vec<String>,
    /// Names of the primary-key columns, in order; empty for append tables.
    pub primary_keys: Vec<String>,
    /// Options as text, in file order.
    pub options: IndexMap<String, String>,
    /// Comment, if any.
    pub comment: Option<String>,
    /// Milliseconds since the epoch; 0 in old files.
    pub time_millis: i64,
}

impl TableSchema {
    /// Columns in order.
    pub fn fields(&self) -> &[DataField] {
        &self.fields
    }

    /// A column by name.
    pub fn field(&self, name: &str) -> Option<&DataField> {
        self.fields.iter().find(|f| f.name == name)
    }

    /// A column by id.
    pub fn field_by_id(&self, id: i32) -> Option<&DataField> {
        self.fields.iter().find(|f| f.id == id)
    }

    /// Primary keys without the partition keys: what orders rows inside a bucket.
    pub fn trimmed_primary_keys(&self) -> Vec<&str> {
        let keys = self.primary_keys.iter().filter(|k| !self.partition_keys.contains(k));
        keys.map(String::as_str).collect()
    }

    /// The columns of [`Self::trimmed_primary_keys`], in its order.
    pub fn key_fields(&self) -> Vec<&DataField> {
        self.trimmed_primary_keys().into_iter().filter_map(|k| self.field(k)).collect()
    }

    /// The partition columns, in the order of the partition keys.
    pub fn partition_fields(&self) -> Vec<&DataField> {
        self.partition_keys.iter().filter_map(|k| self.field(k)).collect()
    }

    /// Names of the columns that decide the bucket: option `bucket-key`, or the trimmed primary key.
    pub fn bucket_keys(&self) -> Vec<&str> {
        match self.options.get("bucket-key") {
            Some(keys) if !keys.is_empty() => keys.split(',').collect(),
            _ => self.trimmed_primary_keys(),
        }
    }

    /// Whether the table has a primary key.
    pub fn has_primary_key(&self) -> bool {
        !self.primary_keys.is_empty()
    }

    /// The options, typed.
    pub fn options(&self) -> Result<TableOptions> {
        TableOptions::parse(&self.options, self.has_primary_key())
    }
}
