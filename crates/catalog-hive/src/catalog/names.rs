//! Names that a metastore takes.

use rimon_catalog::Identifier;
use rimon_spec::{Error, Result, SchemaChange, TableSchema};
use std::collections::HashSet;

/// Kept by Java for itself.
const SYSTEM_DATABASE: &str = "sys";

/// A name for a new database or table.
///
/// # Errors
/// `Invalid`: metastores take letters, digits and `_`, and make letters small.
pub(super) fn check_new(what: &str, name: &str, server: &str) -> Result<()> {
    let error = |why: String| {
        Err(Error::invalid(why)
            .with(if what == "database" { "database" } else { "table" }, name.escape_debug())
            .with("metastore", server))
    };
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return error(format!("not a {what} name: a metastore takes letters, digits and '_' only"));
    }
    if name.chars().any(|c| c.is_ascii_uppercase()) {
        let small = name.to_ascii_lowercase();
        return error(format!(
            "a metastore would make the {what} name '{name}' lower-case; use '{small}'"
        ));
    }
    if what == "database" && name == SYSTEM_DATABASE {
        return error(format!("the database name '{name}' is reserved"));
    }
    Ok(())
}

/// Refuses branches and system tables.
pub(super) fn require_plain(id: &Identifier, what: &str) -> Result<()> {
    if id.is_plain() {
        return Ok(());
    }
    Err(Error::invalid(format!("cannot {what} a branch or a system table"))
        .with("table", id.to_string()))
}

/// Columns that only differ in their case are one for a metastore.
pub(super) fn check_columns(schema: &TableSchema) -> Result<()> {
    let mut seen = HashSet::new();
    for field in &schema.fields {
        if !seen.insert(field.name.to_lowercase()) {
            return Err(Error::invalid(
                "a metastore makes the names of columns lower-case, and then two are the same",
            )
            .with("column", &field.name));
        }
    }
    Ok(())
}

/// Refuses what this build does not keep in a metastore.
pub(super) fn check_options(schema: &TableSchema) -> Result<()> {
    match schema.options.get("metastore.tag-to-partition") {
        None => Ok(()),
        Some(_) => Err(Error::unsupported(
            "'metastore.tag-to-partition' (tags as partitions of the metastore) needs a later build",
        )),
    }
}

/// Keys of options that the changes remove.
pub(super) fn removed_options(changes: &[SchemaChange]) -> Vec<String> {
    let removed = |c: &SchemaChange| match c {
        SchemaChange::RemoveOption(key) => Some(key.clone()),
        _ => None,
    };
    changes.iter().filter_map(removed).collect()
}
