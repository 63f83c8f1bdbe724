//! Engines that compose a row of several: the values of all rows of a chunk, column by column.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions, UInt32Array};
use arrow::compute::{concat, filter_record_batch, take};
use futures::{StreamExt, TryStreamExt, stream};
use rimon_spec::{Error, Result};

use super::broken;
use super::keys::DecodedRun;
use crate::merge::{
    FieldFunction, FieldMerge, MergedColumns, RowChange, RowVersions, SlabRows, SlabRun,
    fold_fields,
};
use crate::ports::{BatchStream, RowRanges};
use crate::read_spec::{MergeReadSpec, Output};

/// The kind of each row, empty when none retracts.
pub(super) fn changes(runs: &[DecodedRun]) -> Vec<RowChange> {
    if runs.iter().all(|run| run.retracts.is_none()) {
        return Vec::new();
    }
    let of_run = |run: &DecodedRun| {
        let (retracts, deletes) = (run.retracts.as_ref(), run.deletes.as_ref());
        let changes = (0..run.rows).map(|row| {
            if deletes.is_some_and(|deletes| deletes.get(row)) {
                RowChange::Delete
            } else if retracts.is_some_and(|retracts| retracts.get(row)) {
                RowChange::UpdateBefore
            } else {
                RowChange::Add
            }
        });
        changes.collect::<Vec<_>>()
    };
    runs.iter().flat_map(of_run).collect()
}

/// The level of each row, where there is more than one above 0.
pub(super) fn high_levels(runs: &[DecodedRun]) -> Option<Vec<i32>> {
    let parts = || runs.iter().flat_map(|run| &run.parts);
    let mut high: Vec<i32> = parts().map(|p| p.file.meta().level).filter(|l| *l > 0).collect();
    high.sort_unstable();
    high.dedup();
    let levels = || {
        parts().flat_map(|part| {
            let rows = (part.rows.end - part.rows.start) as usize;
            std::iter::repeat_n(part.file.meta().level, rows)
        })
    };
    (high.len() > 1).then(|| levels().collect())
}

/// All rows of each key.
#[derive(Debug)]
pub(super) enum AllVersions {
    /// By key, where rows of a run can be older than rows of runs before it or some do not count.
    Rows(RowVersions),
    /// The group of each row of each run, the number of groups, and the kind of each row, all runs one after the other.
    Groups(Vec<Vec<u32>>, usize, Vec<RowChange>),
}

/// Reads the values and merges them. `values`: the engine needs them whatever the output is.
pub(super) async fn compose(
    spec: &Arc<MergeReadSpec>,
    runs: Vec<DecodedRun>,
    versions: AllVersions,
    values: bool,
) -> Result<BatchStream> {
    let reads = values || spec.projection.iter().any(|output| matches!(output, Output::Value(_)));
    let batches = match versions {
        AllVersions::Rows(versions) => {
            let columns = if reads { read_values(&runs).await? } else { Vec::new() };
            let merged = spec.merge.merge_columns(&versions, &columns)?;
            drop(columns);
            output(spec, merged, &keys_of(spec, &runs, &versions)?)?
        }
        AllVersions::Groups(groups, count, changes) => {
            let mut slab = Vec::with_capacity(runs.len());
            let mut rest = changes.as_slice();
            for (run, groups) in runs.iter().zip(&groups) {
                let values = if reads { read_run(run).await? } else { Vec::new() };
                let (changes, after) = rest.split_at_checked(groups.len()).unwrap_or((&[], &[]));
                rest = after;
                slab.push(SlabRun { groups, values, changes: changes.to_vec() });
            }
            let merged = spec.merge.merge_slab(&SlabRows::new(count, slab))?;
            let keys = runs.iter().map(|run| run.parts.iter().flat_map(|p| p.keys.clone()));
            let keys = keys.zip(&groups).map(|(keys, groups)| (keys.collect(), groups.as_slice()));
            output(spec, merged, &newest_keys(spec, keys, count)?)?
        }
    };
    Ok(stream::iter(batches.into_iter().map(Ok)).boxed())
}

/// The key of each group, as far as keys are wanted; `runs`: key columns and groups of the rows of each.
pub(super) fn newest_keys<'a>(
    spec: &MergeReadSpec,
    runs: impl Iterator<Item = (Vec<RecordBatch>, &'a [u32])>,
    count: usize,
) -> Result<Vec<Option<ArrayRef>>> {
    let wanted = |index| spec.projection.contains(&Output::Key(index));
    let newest = || FieldMerge {
        name: String::new(),
        function: FieldFunction::Newest,
        ignore_retract: false,
    };
    let mut fields: Vec<_> = (0..spec.key_columns).map(|i| wanted(i).then(newest)).collect();
    if fields.iter().all(Option::is_none) {
        return Ok(Vec::new());
    }
    let runs = runs.map(|(values, groups)| SlabRun { groups, values, changes: Vec::new() });
    let slab = SlabRows::new(count, runs.collect());
    Ok(fold_fields(&slab, &mut fields, |field| Some(field))?.columns)
}

/// The rows of the output, one for each group that has a result, in batches.
pub(super) fn output(
    spec: &MergeReadSpec,
    merged: MergedColumns,
    keys: &[Option<ArrayRef>],
) -> Result<Vec<RecordBatch>> {
    let column = |output: &Output| match *output {
        Output::Key(index) => keys.get(index).cloned().flatten(),
        Output::Value(index) => merged.columns.get(index).cloned().flatten(),
    };
    let columns: Option<Vec<ArrayRef>> = spec.projection.iter().map(column).collect();
    let columns = columns
        .ok_or_else(|| Error::internal("the projection names a column that is not there"))?;
    let options = RecordBatchOptions::new().with_row_count(Some(merged.kept.len()));
    let mut batch = RecordBatch::try_new_with_options(spec.schema.clone(), columns, &options)
        .map_err(broken)?;
    if merged.kept.count_set_bits() < batch.num_rows() {
        batch =
            filter_record_batch(&batch, &BooleanArray::new(merged.kept, None)).map_err(broken)?;
    }
    let step = if spec.projection.is_empty() { usize::MAX } else { spec.tuning.batch_rows.max(1) };
    let rows = batch.num_rows();
    let starts = (0..rows).step_by(step);
    Ok(starts.map(|start| batch.slice(start, step.min(rows - start))).collect())
}

/// The value columns of one run.
async fn read_run(run: &DecodedRun) -> Result<Vec<RecordBatch>> {
    let mut batches = Vec::new();
    for part in &run.parts {
        let expected = part.rows.end - part.rows.start;
        let mut stream = part.file.read_values(RowRanges::single(part.rows.clone())).await?;
        let mut rows = 0;
        while let Some(batch) = stream.try_next().await? {
            rows += batch.num_rows() as u64;
            batches.push(batch);
        }
        if rows != expected {
            return Err(Error::corrupt("a file gave another number of rows than it has keys")
                .with("file", &part.file.meta().name));
        }
    }
    Ok(batches)
}

/// The value columns of all runs, one run after the other.
async fn read_values(runs: &[DecodedRun]) -> Result<Vec<ArrayRef>> {
    let mut columns: Vec<Vec<ArrayRef>> = Vec::new();
    for run in runs {
        for batch in read_run(run).await? {
            columns.resize_with(batch.num_columns(), Vec::new);
            for (column, array) in columns.iter_mut().zip(batch.columns()) {
                column.push(Arc::clone(array));
            }
        }
    }
    columns.iter().map(|arrays| joined(arrays)).collect()
}

fn joined(arrays: &[ArrayRef]) -> Result<ArrayRef> {
    let arrays: Vec<&dyn Array> = arrays.iter().map(AsRef::as_ref).collect();
    concat(&arrays).map_err(broken)
}

/// The key columns that are wanted, one row per group.
fn keys_of(
    spec: &MergeReadSpec,
    runs: &[DecodedRun],
    versions: &RowVersions,
) -> Result<Vec<Option<ArrayRef>>> {
    let wanted = |index| spec.projection.contains(&Output::Key(index));
    let batches = || runs.iter().flat_map(|run| &run.parts).flat_map(|part| &part.keys);
    let mut rows: Option<UInt32Array> = None;
    let mut keys = Vec::with_capacity(spec.key_columns);
    for index in 0..spec.key_columns {
        if !wanted(index) {
            keys.push(None);
            continue;
        }
        let arrays: Option<Vec<ArrayRef>> =
            batches().map(|batch| batch.columns().get(index).cloned()).collect();
        let all = joined(&arrays.ok_or_else(|| Error::internal("a key column is not there"))?)?;
        let rows = rows.get_or_insert_with(|| {
            versions
                .groups()
                .map(|group| group.first().copied().unwrap_or(0))
                .collect::<Vec<_>>()
                .into()
        });
        keys.push(Some(take(&all, rows, None).map_err(broken)?));
    }
    Ok(keys)
}
