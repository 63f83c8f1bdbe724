//! `$branches`: `BranchesTable.java`.

use std::sync::Arc;

use arrow::array::{RecordBatch, StringArray, TimestampMillisecondArray};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use rimon_spec::Result;

use super::{failed, millis, required};
use crate::table::Table;

pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        required("branch_name", DataType::Utf8),
        required("create_time", millis()),
    ]))
}

pub(super) async fn rows(table: &Table) -> Result<RecordBatch> {
    let branches = table.handle().branches();
    let mut names = Vec::new();
    let mut times = Vec::new();
    for name in branches.names().await? {
        // it may be deleted meanwhile
        if let Some(time) = branches.created(&name).await? {
            names.push(name);
            times.push(time);
        }
    }
    let columns = (StringArray::from(names), TimestampMillisecondArray::from(times));
    RecordBatch::try_new(schema(), vec![Arc::new(columns.0), Arc::new(columns.1)]).map_err(failed)
}
