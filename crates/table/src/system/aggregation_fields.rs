//! `$aggregation_fields`: `AggregationFieldsTable.java`.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use rimon_spec::{DataField, Result};

use super::{failed, nullable, required};
use crate::table::Table;

pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        required("field_name", DataType::Utf8),
        required("field_type", DataType::Utf8),
        nullable("function", DataType::Utf8),
        nullable("function_options", DataType::Utf8),
        nullable("comment", DataType::Utf8),
    ]))
}

pub(super) async fn rows(table: &Table) -> Result<RecordBatch> {
    let latest = table.schemas().latest().await?;
    let latest = latest.as_ref().unwrap_or(table.schema());
    let options = |field: &DataField, shown: fn(&(&String, &String)) -> String| {
        let of_field = |key: &str| of_column(key) == Some(field.name.as_str());
        let shown: Vec<String> =
            latest.options.iter().filter(|(key, _)| of_field(key)).map(|o| shown(&o)).collect();
        format!("[{}]", shown.join(", "))
    };
    let text = |f: &dyn Fn(&DataField) -> Option<String>| -> ArrayRef {
        Arc::new(latest.fields.iter().map(f).collect::<StringArray>())
    };
    let columns = vec![
        text(&|f| Some(f.name.clone())),
        text(&|f| Some(f.data_type.to_string())),
        text(&|f| Some(options(f, |(_, value)| (*value).clone()))),
        text(&|f| Some(options(f, |(key, _)| (*key).clone()))),
        text(&|f| f.description.clone()),
    ];
    RecordBatch::try_new(schema(), columns).map_err(failed)
}

/// The column that the option `fields.<column>.<more>` is about, taken to have no dot in its name, as in Java.
fn of_column(key: &str) -> Option<&str> {
    let mut parts = key.split('.');
    let (first, column) = (parts.next()?, parts.next()?);
    parts.next().filter(|_| first == "fields").map(|_| column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_name_their_columns() {
        assert_eq!(of_column("fields.v.aggregate-function"), Some("v"));
        assert_eq!(of_column("fields.v.nested-key.x"), Some("v"));
        assert_eq!(of_column("fields.default-aggregate-function"), None);
        assert_eq!(of_column("file.format.v"), None);
    }
}
