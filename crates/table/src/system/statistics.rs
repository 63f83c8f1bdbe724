//! `$statistics`: `StatisticTable.java`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use rimon_metadata::Layout;
use rimon_spec::{Result, TableStatistics};

use super::{failed, nullable, required};
use crate::table::Table;

/// Greatest size of a statistics file, bytes.
const MAX_FILE: u64 = 64 << 20;

pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        required("snapshot_id", DataType::Int64),
        required("schema_id", DataType::Int64),
        nullable("mergedRecordCount", DataType::Int64),
        nullable("mergedRecordSize", DataType::Int64),
        nullable("colstat", DataType::Utf8),
    ]))
}

pub(super) async fn rows(table: &Table) -> Result<RecordBatch> {
    let found = read(table).await?;
    let long = |f: &dyn Fn(&TableStatistics) -> Option<i64>| -> ArrayRef {
        Arc::new(found.iter().map(f).collect::<Int64Array>())
    };
    let columns: Vec<String> =
        found.iter().map(TableStatistics::col_stats_json).collect::<Result<_>>()?;
    let columns = vec![
        long(&|s| Some(s.snapshot_id)),
        long(&|s| Some(s.schema_id)),
        long(&|s| s.merged_record_count),
        long(&|s| s.merged_record_size),
        Arc::new(StringArray::from(columns)),
    ];
    RecordBatch::try_new(schema(), columns).map_err(failed)
}

/// The statistics that the snapshot names.
async fn read(table: &Table) -> Result<Option<TableStatistics>> {
    let Some(snapshot) = table.current_snapshot().await? else { return Ok(None) };
    let Some(name) = &snapshot.statistics else { return Ok(None) };
    let path = Layout::default().statistics(name)?;
    let bytes = table.storage().read_limited(&path, MAX_FILE).await;
    let bytes = bytes.map_err(|e| e.with("snapshot", snapshot.id))?;
    TableStatistics::from_json(&bytes)
        .map(Some)
        .map_err(|e| e.with("file", path).with("table", table.name()))
}
