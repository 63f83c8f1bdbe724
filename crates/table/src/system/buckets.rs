//! `$buckets`: `BucketsTable.java`.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray,
};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use rimon_spec::Result;

use super::partition_text::PartitionText;
use super::totals::{Total, totals};
use super::{failed, millis, nullable, required};
use crate::table::Table;

pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        nullable("partition", DataType::Utf8),
        required("bucket", DataType::Int32),
        required("record_count", DataType::Int64),
        required("file_size_in_bytes", DataType::Int64),
        required("file_count", DataType::Int64),
        nullable("last_update_time", millis()),
    ]))
}

pub(super) async fn rows(table: &Table) -> Result<RecordBatch> {
    let text = PartitionText::of(table.schema());
    let groups = totals(table, |entry| (entry.partition.clone(), entry.bucket)).await?;
    let rows = groups
        .into_iter()
        .map(|((partition, bucket), total)| Ok((text.row(&partition)?, bucket, total)));
    let mut rows: Vec<(String, i32, Total)> = rows.collect::<Result<_>>()?;
    rows.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    let long = |f: &dyn Fn(&Total) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|(_, _, total)| f(total))))
    };
    let times: TimestampMillisecondArray = rows.iter().map(|(_, _, t)| t.last_created).collect();
    let columns = vec![
        Arc::new(StringArray::from_iter_values(rows.iter().map(|(p, ..)| p))) as ArrayRef,
        Arc::new(Int32Array::from_iter_values(rows.iter().map(|(_, bucket, _)| *bucket))),
        long(&|t| t.records),
        long(&|t| t.bytes),
        long(&|t| t.files),
        Arc::new(times),
    ];
    RecordBatch::try_new(schema(), columns).map_err(failed)
}
