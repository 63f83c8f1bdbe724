//! Columns that a read names.

use rimon_spec::{DataField, Error, Predicate, Result, TableSchema};

/// All columns when none are named.
pub(super) fn select_fields(
    schema: &TableSchema,
    columns: Option<&[String]>,
) -> Result<Vec<DataField>> {
    let Some(columns) = columns else { return Ok(schema.fields.clone()) };
    columns
        .iter()
        .map(|name| schema.field(name).cloned().ok_or_else(|| unknown_column(schema, name)))
        .collect()
}

/// # Errors
/// `Invalid` for a condition on a column that there is not.
pub(super) fn check_columns(schema: &TableSchema, predicate: &Predicate) -> Result<()> {
    match predicate.columns().into_iter().find(|name| !is_known(schema, name)) {
        Some(name) => Err(unknown_column(schema, name)),
        None => Ok(()),
    }
}

/// Conditions may also speak of a key of a map: `m[k]`.
fn is_known(schema: &TableSchema, name: &str) -> bool {
    schema.field(name).is_some() || schema.map_key(name).is_some()
}

fn unknown_column(schema: &TableSchema, name: &str) -> Error {
    let names: Vec<_> = schema.fields.iter().map(|f| f.name.as_str()).collect();
    Error::invalid(format!("there is no column '{name}'"))
        .with_hint(format!("columns are {}", names.join(", ")))
}
