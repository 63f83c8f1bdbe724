//! Rows by their kinds.

use std::sync::Arc;

use arrow::array::{Array, BooleanArray, Int8Array, RecordBatch, RecordBatchOptions};
use arrow::compute::filter_record_batch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use futures::{StreamExt, TryStreamExt};
use rimon_spec::{Error, Result, RowKind};

use super::BatchStream;

/// Whether rows of a stored kind are rows of the table.
pub(super) fn is_add(kind: i8) -> bool {
    kind == RowKind::Insert as i8 || kind == RowKind::UpdateAfter as i8
}

/// The last column, which holds kinds, checked.
pub(super) fn kinds_of(batch: &RecordBatch) -> Result<&Int8Array> {
    let kinds = batch.columns().last().and_then(|c| c.as_any().downcast_ref::<Int8Array>());
    let kinds = kinds.ok_or_else(|| Error::internal("the kinds of rows were not read"))?;
    let known = |kind: &i8| (0..=RowKind::Delete as i8).contains(kind);
    if kinds.null_count() > 0 || !kinds.values().iter().all(known) {
        return Err(Error::corrupt("a file has rows of an unknown kind"));
    }
    Ok(kinds)
}

/// The rows as new ones: with a last column that says so.
pub(super) fn add_inserts(stream: BatchStream, schema: SchemaRef) -> BatchStream {
    let add = move |batch: RecordBatch| {
        let rows = batch.num_rows();
        let mut columns = batch.columns().to_vec();
        columns.push(Arc::new(Int8Array::from(vec![RowKind::Insert as i8; rows])));
        let made = RecordBatch::try_new(Arc::clone(&schema), columns).map_err(failed);
        futures::future::ready(made)
    };
    stream.and_then(add).boxed()
}

/// The rows that do not retract, without the last column.
pub(super) fn drop_retractions(stream: BatchStream) -> BatchStream {
    stream.and_then(|batch| futures::future::ready(additions(&batch))).boxed()
}

fn additions(batch: &RecordBatch) -> Result<RecordBatch> {
    let keep: BooleanArray = kinds_of(batch)?.values().iter().map(|k| Some(is_add(*k))).collect();
    let kept = filter_record_batch(batch, &keep).map_err(failed)?;
    let columns: Vec<usize> = (0..kept.num_columns().saturating_sub(1)).collect();
    kept.project(&columns).map_err(failed)
}

/// The rows as rows that are gone: of kind `-D`, which they must not be yet.
pub(super) fn reverse(stream: BatchStream) -> BatchStream {
    stream.and_then(|batch| futures::future::ready(gone(&batch))).boxed()
}

fn gone(batch: &RecordBatch) -> Result<RecordBatch> {
    if !kinds_of(batch)?.values().iter().all(|kind| is_add(*kind)) {
        return Err(Error::internal("a state has rows that retract"));
    }
    with_kind(batch, RowKind::Delete)
}

/// The batch with all rows of one kind.
pub(super) fn with_kind(batch: &RecordBatch, kind: RowKind) -> Result<RecordBatch> {
    let mut columns = batch.columns().to_vec();
    if let Some(last) = columns.last_mut() {
        *last = Arc::new(Int8Array::from(vec![kind as i8; batch.num_rows()]));
    }
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(batch.schema(), columns, &options).map_err(failed)
}

pub(super) fn failed(error: ArrowError) -> Error {
    Error::internal("rows could not be chosen by their kinds").with_source(error)
}
