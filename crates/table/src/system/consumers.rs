//! `$consumers`: `ConsumersTable.java`.

use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use rimon_spec::Result;

use super::{failed, required};
use crate::table::Table;

pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        required("consumer_id", DataType::Utf8),
        required("next_snapshot_id", DataType::Int64),
    ]))
}

pub(super) async fn rows(table: &Table) -> Result<RecordBatch> {
    let all = table.handle().consumers().all().await?;
    let ids = StringArray::from_iter_values(all.iter().map(|(id, _)| id));
    let next = Int64Array::from_iter_values(all.iter().map(|(_, c)| c.next_snapshot));
    RecordBatch::try_new(schema(), vec![Arc::new(ids), Arc::new(next)]).map_err(failed)
}
