//! `$snapshots`: `SnapshotsTable.java`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use rimon_spec::{CommitKind, Result, Snapshot};

use super::{failed, millis, nullable, required};
use crate::table::Table;

pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        required("snapshot_id", DataType::Int64),
        required("schema_id", DataType::Int64),
        required("commit_user", DataType::Utf8),
        required("commit_identifier", DataType::Int64),
        required("commit_kind", DataType::Utf8),
        required("commit_time", millis()),
        required("base_manifest_list", DataType::Utf8),
        required("delta_manifest_list", DataType::Utf8),
        nullable("changelog_manifest_list", DataType::Utf8),
        nullable("total_record_count", DataType::Int64),
        nullable("delta_record_count", DataType::Int64),
        nullable("changelog_record_count", DataType::Int64),
        nullable("watermark", DataType::Int64),
        nullable("next_row_id", DataType::Int64),
        nullable("operation", DataType::Utf8),
        nullable("writer_version", DataType::Utf8),
    ]))
}

pub(super) async fn rows(table: &Table) -> Result<RecordBatch> {
    let all = table.snapshots().all().await?;
    let text = |f: &dyn Fn(&Snapshot) -> Option<String>| -> ArrayRef {
        Arc::new(all.iter().map(f).collect::<StringArray>())
    };
    let long = |f: &dyn Fn(&Snapshot) -> Option<i64>| -> ArrayRef {
        Arc::new(all.iter().map(f).collect::<Int64Array>())
    };
    let times = all.iter().map(|s| s.time_millis).collect::<Vec<_>>();
    let columns = vec![
        long(&|s| Some(s.id)),
        long(&|s| Some(s.schema_id)),
        text(&|s| Some(s.commit_user.clone())),
        long(&|s| Some(s.commit_identifier)),
        text(&|s| Some(kind(s.commit_kind).to_owned())),
        Arc::new(TimestampMillisecondArray::from(times)),
        text(&|s| Some(s.base_manifest_list.clone())),
        text(&|s| Some(s.delta_manifest_list.clone())),
        text(&|s| s.changelog_manifest_list.clone()),
        long(&|s| Some(s.total_record_count)),
        long(&|s| Some(s.delta_record_count)),
        long(&|s| s.changelog_record_count),
        long(&|s| s.watermark),
        long(&|s| s.next_row_id),
        text(&|s| s.operation.clone()),
        text(&|s| s.writer_version.clone()),
    ];
    RecordBatch::try_new(schema(), columns).map_err(failed)
}

fn kind(kind: CommitKind) -> &'static str {
    match kind {
        CommitKind::Append => "APPEND",
        CommitKind::Compact => "COMPACT",
        CommitKind::Overwrite => "OVERWRITE",
        CommitKind::Analyze => "ANALYZE",
    }
}
