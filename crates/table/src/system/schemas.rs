//! `$schemas`: `SchemasTable.java`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use rimon_spec::{Result, TableSchema};

use super::java_text::{fields_json, names_json, options_json};
use super::{failed, millis, nullable, required};
use crate::table::Table;

pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        required("schema_id", DataType::Int64),
        required("fields", DataType::Utf8),
        required("partition_keys", DataType::Utf8),
        required("primary_keys", DataType::Utf8),
        required("options", DataType::Utf8),
        nullable("comment", DataType::Utf8),
        required("update_time", millis()),
    ]))
}

pub(super) async fn rows(table: &Table) -> Result<RecordBatch> {
    let all = table.schemas().all().await?;
    let text = |f: &dyn Fn(&TableSchema) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(all.iter().map(|s| f(s))))
    };
    let columns = vec![
        Arc::new(Int64Array::from_iter_values(all.iter().map(|s| s.id))) as ArrayRef,
        text(&|s| fields_json(&s.fields)),
        text(&|s| names_json(&s.partition_keys)),
        text(&|s| names_json(&s.primary_keys)),
        text(&|s| options_json(&s.options)),
        Arc::new(all.iter().map(|s| s.comment.clone()).collect::<StringArray>()),
        Arc::new(TimestampMillisecondArray::from_iter_values(all.iter().map(|s| s.time_millis))),
    ];
    RecordBatch::try_new(schema(), columns).map_err(failed)
}
