//! A schema as the statement that makes it.

use rimon_catalog::Identifier;
use rimon_spec::{DataField, TableSchema};

/// `CREATE TABLE …` with everything that the schema says.
pub(crate) fn create_statement(identifier: &Identifier, schema: &TableSchema) -> String {
    let mut lines: Vec<String> = schema.fields.iter().map(column).collect();
    if !schema.primary_keys.is_empty() {
        lines.push(format!("  PRIMARY KEY ({}) NOT ENFORCED", list(&schema.primary_keys)));
    }
    let mut text = format!(
        "CREATE TABLE {}.{} (\n{}\n)",
        quoted(identifier.database()),
        quoted(&identifier.object()),
        lines.join(",\n")
    );
    if let Some(comment) = schema.comment.as_deref().filter(|c| !c.is_empty()) {
        text.push_str(&format!("\nCOMMENT {}", literal(comment)));
    }
    if !schema.partition_keys.is_empty() {
        text.push_str(&format!("\nPARTITIONED BY ({})", list(&schema.partition_keys)));
    }
    if !schema.options.is_empty() {
        let pairs: Vec<String> = schema
            .options
            .iter()
            .map(|(key, value)| format!("  {} = {}", literal(key), literal(value)))
            .collect();
        text.push_str(&format!("\nWITH (\n{}\n)", pairs.join(",\n")));
    }
    text
}

fn column(field: &DataField) -> String {
    let mut text = format!("  {} {}", quoted(&field.name), field.data_type);
    if let Some(default) = &field.default_value {
        text.push_str(&format!(" DEFAULT {}", default_literal(default)));
    }
    if let Some(comment) = &field.description {
        text.push_str(&format!(" COMMENT {}", literal(comment)));
    }
    text
}

/// Defaults are kept as literals, or as bare text by engines that do not quote.
fn default_literal(text: &str) -> String {
    match text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')) {
        Some(inner) => literal(inner),
        None if text.parse::<f64>().is_ok() || text == "true" || text == "false" => {
            text.to_string()
        }
        None => literal(text),
    }
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}

/// A name that means the same whatever the session does to unquoted ones.
fn quoted(name: &str) -> String {
    let plain = name.chars().next().is_some_and(|c| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain { name.to_string() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
