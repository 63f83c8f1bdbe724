//! New tables: `Schema.java`.

use super::TableSchema;
use super::json::CURRENT_VERSION;
use crate::options::check_known;
use crate::types::{highest_id, reassign_ids};
use crate::{DataField, DataType, Error, Result, Value};
use indexmap::IndexMap;
use std::collections::HashSet;

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
    pub fn create(table: NewTable, time_millis: i64) -> Result<Self> {
        if table.columns.is_empty() {
            return Err(Error::invalid("a table needs at least one column"));
        }
        table.options.keys().try_for_each(|key| check_known(key))?;
        let mut highest = -1;
        let fields = table.columns.into_iter().map(|c| new_field(c, &mut highest)).collect();
        let mut schema = Self {
            version: CURRENT_VERSION,
            id: 0,
            fields,
            highest_field_id: highest,
            partition_keys: table.partition_keys,
            primary_keys: table.primary_keys,
            options: table.options,
            comment: table.comment,
            time_millis,
        };
        schema.normalize()?;
        for field in &schema.fields {
            check_default(field)?;
        }
        schema.validate()?;
        schema.check_functions()?;
        Ok(schema)
    }

    /// Moves keys from the options to their lists, checks names, and makes key columns NOT NULL.
    pub(super) fn normalize(&mut self) -> Result<()> {
        take_keys(&mut self.options, "primary-key", &mut self.primary_keys)?;
        take_keys(&mut self.options, "partition", &mut self.partition_keys)?;
        let names: Vec<String> = self.fields.iter().map(|f| f.name.clone()).collect();
        no_duplicates(&names, "column")?;
        for (keys, what) in
            [(&self.partition_keys, "partition key"), (&self.primary_keys, "primary key")]
        {
            no_duplicates(keys, what)?;
            if let Some(missing) = keys.iter().find(|key| !names.contains(key)) {
                return Err(Error::invalid(format!("{what} '{missing}' is not a column"))
                    .with_hint(format!("columns are {}", names.join(", "))));
            }
        }
        let nullable = self.options.get("primary-key.nullable");
        let nullable = nullable.is_some_and(|v| v.eq_ignore_ascii_case("true"));
        for field in &mut self.fields {
            if self.primary_keys.contains(&field.name) {
                field.data_type.nullable = nullable;
            }
        }
        self.highest_field_id = self.highest_field_id.max(highest_id(&self.fields));
        Ok(())
    }
}

fn new_field(column: NewColumn, highest: &mut i32) -> DataField {
    *highest += 1;
    let id = *highest;
    DataField {
        id,
        name: column.name,
        data_type: reassign_ids(&column.data_type, highest),
        description: column.description,
        default_value: column.default_value,
    }
}

/// `primary-key` = `a, b` as an option is the same as PRIMARY KEY (a, b).
fn take_keys(
    options: &mut IndexMap<String, String>,
    key: &str,
    list: &mut Vec<String>,
) -> Result<()> {
    let Some(text) = options.shift_remove(key) else { return Ok(()) };
    if !list.is_empty() {
        return Err(Error::invalid(format!(
            "option '{key}' = '{text}' although the statement names the columns"
        )));
    }
    *list = text.split(',').map(str::trim).filter(|k| !k.is_empty()).map(str::to_owned).collect();
    Ok(())
}

fn no_duplicates(names: &[String], what: &str) -> Result<()> {
    let mut seen = HashSet::new();
    match names.iter().find(|name| !seen.insert(name.as_str())) {
        Some(name) => Err(Error::invalid(format!("{what} '{name}' is named twice"))),
        None => Ok(()),
    }
}

/// A default must be a value of its column's type; one of a nested column must be JSON.
pub(super) fn check_default(field: &DataField) -> Result<()> {
    let Some(text) = &field.default_value else { return Ok(()) };
    let valid = if field.data_type.is_nested() {
        serde_json::from_str::<serde_json::Value>(text).is_ok()
    } else {
        Value::parse_default(text, &field.data_type).is_ok()
    };
    if valid {
        return Ok(());
    }
    Err(Error::invalid(format!("'{text}' is not a default for type {}", field.data_type))
        .with("column", &field.name))
}
