//! New tables: `Schema.java`.

use super::TableSchema;
use crate::{DataType, Error, Result};
use indexmap::IndexMap;

/// A column of a table to be created.
#[derive(Debug, Clone, PartialEq)]
pub struct NewColumn {
    /// Name.
    pub name: String,
    /// Type; ids of nested fields are assigned anew.
    pub data_type: DataType,
    /// Comment.
    pub description: Option<String>,
    /// Default as text.
    pub default_value: Option<String>,
}

impl NewColumn {
    /// A column without comment and default.
    pub fn new(name: impl Into<String>, data_type: DataType) -> Self {
        Self { name: name.into(), data_type, description: None, default_value: None }
    }
}

/// A table to be created.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewTable {
    /// Columns.
    pub columns: Vec<NewColumn>,
    /// Names of the primary-key columns.
    pub primary_keys: Vec<String>,
    /// Names of the partition columns.
    pub partition_keys: Vec<String>,
    /// Options.
    pub options: IndexMap<String, String>,
    /// Comment.
    pub comment: Option<String>,
}

impl TableSchema {
    /// Schema 0 of a new table: ids assigned, keys made NOT NULL, everything checked as Java does, unknown
    /// option keys refused by name.
    pub fn create(_table: NewTable, _time_millis: i64) -> Result<Self> {
        Err(Error::internal("unfinished"))
    }
}
