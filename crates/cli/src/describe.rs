//! What there is to know about a table without reading its data.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int32Array, RecordBatch, StringArray};
use rimon::spec::TableSchema;
use rimon::table::Table;

use crate::args::Format;
use crate::failure::Result;
use crate::output::Output;

/// Writes two results: properties of the table, then its columns.
pub(crate) fn describe<W: Write>(table: &Table, output: &mut Output<W>) -> Result<()> {
    if output.format() != Format::Arrow {
        output.batch(&properties(table)?)?;
    }
    output.batch(&columns(table.schema())?)
}

/// `property, value`: place, keys, comment, then the options.
fn properties(table: &Table) -> Result<RecordBatch> {
    let schema = table.schema();
    let mut rows = vec![
        ("table".to_string(), table.name().to_string()),
        ("location".to_string(), table.storage().url().to_string()),
        ("schema id".to_string(), schema.id.to_string()),
    ];
    for (name, keys) in
        [("primary key", &schema.primary_keys), ("partitioned by", &schema.partition_keys)]
    {
        if !keys.is_empty() {
            rows.push((name.to_string(), keys.join(", ")));
        }
    }
    if let Some(comment) = schema.comment.as_ref().filter(|text| !text.is_empty()) {
        rows.push(("comment".to_string(), comment.clone()));
    }
    rows.extend(schema.options.iter().map(|(key, value)| (format!("option {key}"), value.clone())));
    let (properties, values): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    Ok(RecordBatch::try_from_iter_with_nullable([
        ("property", strings(properties), false),
        ("value", strings(values), false),
    ])?)
}

/// One row for each column, in schema order.
fn columns(schema: &TableSchema) -> Result<RecordBatch> {
    let fields = &schema.fields;
    let position = |keys: &[String], name: &str| {
        keys.iter().position(|key| key == name).and_then(|at| i32::try_from(at + 1).ok())
    };
    let key: Int32Array =
        fields.iter().map(|field| position(&schema.primary_keys, &field.name)).collect();
    let partition: Int32Array =
        fields.iter().map(|field| position(&schema.partition_keys, &field.name)).collect();
    let ids: Int32Array = fields.iter().map(|field| Some(field.id)).collect();
    let types = fields
        .iter()
        .map(|field| field.data_type.clone().with_nullable(true).to_string())
        .collect();
    let nullable: BooleanArray =
        fields.iter().map(|field| Some(field.data_type.nullable)).collect();
    let defaults: StringArray = fields.iter().map(|field| field.default_value.as_deref()).collect();
    let comments: StringArray = fields.iter().map(|field| field.description.as_deref()).collect();
    Ok(RecordBatch::try_from_iter_with_nullable([
        ("id", Arc::new(ids) as ArrayRef, false),
        ("column", strings(fields.iter().map(|field| field.name.clone()).collect()), false),
        ("type", strings(types), false),
        ("nullable", Arc::new(nullable), false),
        ("primary_key", Arc::new(key), true),
        ("partition", Arc::new(partition), true),
        ("default", Arc::new(defaults), true),
        ("comment", Arc::new(comments), true),
    ])?)
}

fn strings(values: Vec<String>) -> ArrayRef {
    Arc::new(StringArray::from(values))
}
