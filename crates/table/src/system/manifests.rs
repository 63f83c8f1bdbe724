//! `$manifests`: `ManifestsTable.java`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use rimon_spec::{ManifestFileMeta, Result};

use super::partition_text::PartitionText;
use super::{failed, nullable, required};
use crate::table::Table;

pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        required("file_name", DataType::Utf8),
        required("file_size", DataType::Int64),
        required("num_added_files", DataType::Int64),
        required("num_deleted_files", DataType::Int64),
        required("schema_id", DataType::Int64),
        nullable("min_partition_stats", DataType::Utf8),
        nullable("max_partition_stats", DataType::Utf8),
        nullable("min_row_id", DataType::Int64),
        nullable("max_row_id", DataType::Int64),
    ]))
}

pub(super) async fn rows(table: &Table) -> Result<RecordBatch> {
    let mut all = Vec::new();
    if let Some(snapshot) = table.current_snapshot().await? {
        all = table.manifests().data_manifests(&snapshot).await?;
        all.extend(table.manifests().changelog_manifests(&snapshot).await?);
    }
    let partitions = PartitionText::of(table.schema());
    let bounds = |of: &dyn Fn(&ManifestFileMeta) -> Result<String>| -> Result<ArrayRef> {
        let texts: Vec<String> = all.iter().map(of).collect::<Result<_>>()?;
        Ok(Arc::new(StringArray::from_iter_values(texts)))
    };
    let long = |f: &dyn Fn(&ManifestFileMeta) -> Option<i64>| -> ArrayRef {
        Arc::new(all.iter().map(f).collect::<Int64Array>())
    };
    let columns = vec![
        Arc::new(StringArray::from_iter_values(all.iter().map(|m| &m.file_name))) as ArrayRef,
        long(&|m| Some(m.file_size)),
        long(&|m| Some(m.num_added_files)),
        long(&|m| Some(m.num_deleted_files)),
        long(&|m| Some(m.schema_id)),
        bounds(&|m| partitions.row(&m.partition_stats.min_values))?,
        bounds(&|m| partitions.row(&m.partition_stats.max_values))?,
        long(&|m| m.min_row_id),
        long(&|m| m.max_row_id),
    ];
    RecordBatch::try_new(schema(), columns).map_err(failed)
}
