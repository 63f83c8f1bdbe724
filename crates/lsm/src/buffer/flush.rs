//! The rows of a flush, gathered batch by batch.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int8Array, Int64Array, RecordBatch};
use arrow::compute::interleave;
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use rimon_spec::Result;

use super::cluster::{Clustering, Moved};
use super::{BufferSpec, Buffered, broken};
use crate::merge::RowVersions;
use crate::ports::RunBatch;

/// Rows whose batch is looked up at once.
const BLOCK: usize = 1024;
/// Cells of a batch from which its columns are gathered on several threads.
const PARALLEL: usize = 16 << 10;

/// The rows of a flush, in key order, each key once: an iterator of batches in file layout.
#[derive(Debug)]
pub struct Flush {
    pub(super) spec: Arc<BufferSpec>,
    batches: Vec<Buffered>,
    /// For every [`BLOCK`] of rows, the batch of the first.
    blocks: Vec<u32>,
    /// Where the rows are when they are not where they came.
    moved: Option<Moved>,
    plan: FlushPlan,
    /// Rows, or groups, that are done.
    at: usize,
    first_sequence: i64,
}

/// Row numbers over all batches, in key order.
#[derive(Debug)]
pub(super) enum FlushPlan {
    /// One row of each key.
    Rows(Vec<u32>),
    /// All rows of each key, from which one is composed.
    Groups(RowVersions),
}

impl Flush {
    pub(super) fn new(
        spec: Arc<BufferSpec>,
        mut batches: Vec<Buffered>,
        plan: FlushPlan,
        first_sequence: i64,
    ) -> Result<Self> {
        let order = match &plan {
            FlushPlan::Rows(rows) => rows,
            FlushPlan::Groups(groups) => &groups.rows,
        };
        let moved = Clustering::default().cluster(&mut batches, order, spec.batch_rows)?;
        let blocks = blocks(&batches);
        Ok(Self { spec, batches, blocks, moved, plan, at: 0, first_sequence })
    }

    /// Rows that are still to come.
    pub fn rows(&self) -> usize {
        let all = match &self.plan {
            FlushPlan::Rows(rows) => rows.len(),
            FlushPlan::Groups(groups) => groups.len(),
        };
        all - self.at
    }

    /// The value columns of rows.
    pub(super) fn values(&self, places: &[(usize, usize)]) -> Result<Vec<ArrayRef>> {
        match contiguous(places) {
            Some((batch, first)) => Ok(self
                .batches
                .get(batch)
                .map(|b| b.values.slice(first, places.len()).columns().to_vec())
                .unwrap_or_default()),
            None if places.len() * self.spec.values() < PARALLEL => {
                (0..self.spec.values()).map(|column| self.interleave(column, places)).collect()
            }
            None => (0..self.spec.values())
                .into_par_iter()
                .with_max_len(1)
                .map(|column| self.interleave(column, places))
                .collect(),
        }
    }

    /// Batch and row within it of row numbers.
    pub(super) fn places(&self, rows: &[u32]) -> Vec<(usize, usize)> {
        rows.iter().map(|row| self.place(*row)).collect()
    }

    fn gather(&self, rows: &[u32]) -> Result<RunBatch> {
        let places = self.places(rows);
        let values = self.values(&places)?;
        let sequences = self.sequences(rows.iter().copied());
        let kinds = places.iter().map(|place| Some(self.kind(*place))).collect();
        self.run_batch(values, sequences, kinds)
    }

    pub(super) fn sequences(&self, rows: impl Iterator<Item = u32>) -> Int64Array {
        rows.map(|row| Some(self.first_sequence + i64::from(row))).collect()
    }

    /// Rows in the layout of files.
    pub(super) fn run_batch(
        &self,
        values: Vec<ArrayRef>,
        sequences: Int64Array,
        kinds: Int8Array,
    ) -> Result<RunBatch> {
        let min_sequence = sequences.values().iter().copied().min().unwrap_or(i64::MAX);
        let max_sequence = sequences.values().iter().copied().max().unwrap_or(i64::MIN);
        let delete_rows = kinds.values().iter().filter(|kind| **kind & 1 == 1).count() as u64;
        let keys = self.spec.keys.iter().filter_map(|key| values.get(*key).cloned());
        let mut columns: Vec<ArrayRef> = keys.collect();
        columns.push(Arc::new(sequences));
        columns.push(Arc::new(kinds));
        columns.extend(values);
        let batch = RecordBatch::try_new(self.spec.file_schema.clone(), columns).map_err(broken)?;
        Ok(RunBatch { batch, min_sequence, max_sequence, delete_rows })
    }

    /// Batch and row within it of a row number.
    fn place(&self, row: u32) -> (usize, usize) {
        if let Some(moved) = &self.moved {
            return moved.place(row);
        }
        let row = row as usize;
        let mut batch = self.blocks.get(row / BLOCK).map_or(0, |batch| *batch as usize);
        while self.batches.get(batch + 1).is_some_and(|next| next.first <= row) {
            batch += 1;
        }
        (batch, row - self.batches.get(batch).map_or(0, |b| b.first))
    }

    fn interleave(&self, column: usize, places: &[(usize, usize)]) -> Result<ArrayRef> {
        let arrays: Vec<&dyn Array> = self
            .batches
            .iter()
            .filter_map(|b| b.values.columns().get(column).map(AsRef::as_ref))
            .collect();
        interleave(&arrays, places).map_err(broken)
    }

    pub(super) fn kind(&self, (batch, row): (usize, usize)) -> i8 {
        let kinds = self.batches.get(batch).and_then(|b| b.kinds.as_ref());
        kinds.and_then(|kinds| kinds.values().get(row)).copied().unwrap_or(0)
    }
}

/// The batch of each row whose number is a multiple of [`BLOCK`].
fn blocks(batches: &[Buffered]) -> Vec<u32> {
    let rows = batches.last().map_or(0, |last| last.first + last.values.num_rows());
    let mut batch = 0;
    let of = |first: usize| {
        while batches.get(batch + 1).is_some_and(|next| next.first <= first) {
            batch += 1;
        }
        batch as u32
    };
    (0..rows).step_by(BLOCK).map(of).collect()
}

/// First place, if all follow each other in one batch.
fn contiguous(places: &[(usize, usize)]) -> Option<(usize, usize)> {
    let (batch, first) = *places.first()?;
    let follows = |(i, place): (usize, &(usize, usize))| *place == (batch, first + i);
    places.iter().enumerate().all(follows).then_some((batch, first))
}

impl Iterator for Flush {
    type Item = Result<RunBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let step = self.spec.batch_rows.max(1);
        let (end, batch) = match &self.plan {
            FlushPlan::Rows(all) => {
                let end = (self.at + step).min(all.len());
                let rows = all.get(self.at..end).filter(|rows| !rows.is_empty())?;
                (end, self.gather(rows))
            }
            FlushPlan::Groups(groups) => {
                let (end, rows) = next_groups(groups, self.at, step)?;
                let ends = groups.ends.get(self.at..end).unwrap_or_default();
                (end, self.compose(rows, ends))
            }
        };
        self.at = end;
        Some(batch)
    }
}

/// The end of the groups from `at` on that have `step` rows together, but one at least, and their rows.
fn next_groups(groups: &RowVersions, at: usize, step: usize) -> Option<(usize, &[u32])> {
    let ends = groups.ends.get(at..).filter(|ends| !ends.is_empty())?;
    let start = at.checked_sub(1).and_then(|i| groups.ends.get(i)).map_or(0, |end| *end as usize);
    let count = ends.partition_point(|end| *end as usize - start <= step).max(1);
    let end = ends.get(count - 1).map_or(start, |end| *end as usize);
    Some((at + count, groups.rows.get(start..end)?))
}
