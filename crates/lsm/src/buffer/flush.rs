//! The rows of a flush, gathered batch by batch.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int8Array, Int64Array, RecordBatch};
use arrow::compute::interleave;
use rimon_spec::Result;

use super::{BufferSpec, Buffered, broken};
use crate::ports::RunBatch;

/// The rows of a flush, in key order, each key once: an iterator of batches in file layout.
#[derive(Debug)]
pub struct Flush {
    spec: Arc<BufferSpec>,
    batches: Vec<Buffered>,
    /// Row numbers over all batches, in output order.
    chosen: Vec<u32>,
    at: usize,
    first_sequence: i64,
}

impl Flush {
    pub(super) fn new(
        spec: Arc<BufferSpec>,
        batches: Vec<Buffered>,
        chosen: Vec<u32>,
        first_sequence: i64,
    ) -> Self {
        Self { spec, batches, chosen, at: 0, first_sequence }
    }

    /// Rows that are still to come.
    pub fn rows(&self) -> usize {
        self.chosen.len() - self.at
    }

    fn gather(&self, rows: &[u32]) -> Result<RunBatch> {
        let places: Vec<(usize, usize)> = rows.iter().map(|row| self.place(*row)).collect();
        let values: Vec<ArrayRef> = match contiguous(&places) {
            Some((batch, first)) => self
                .batches
                .get(batch)
                .map(|b| b.values.slice(first, rows.len()).columns().to_vec())
                .unwrap_or_default(),
            None => (0..self.spec.values())
                .map(|column| self.interleave(column, &places))
                .collect::<Result<_>>()?,
        };
        let sequences: Int64Array =
            rows.iter().map(|row| Some(self.first_sequence + i64::from(*row))).collect();
        let kinds: Int8Array = places.iter().map(|place| Some(self.kind(*place))).collect();
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
        let row = row as usize;
        let batch = self.batches.partition_point(|b| b.first <= row).saturating_sub(1);
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

    fn kind(&self, (batch, row): (usize, usize)) -> i8 {
        let kinds = self.batches.get(batch).and_then(|b| b.kinds.as_ref());
        kinds.and_then(|kinds| kinds.values().get(row)).copied().unwrap_or(0)
    }
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
        let end = (self.at + self.spec.batch_rows.max(1)).min(self.chosen.len());
        let rows = self.chosen.get(self.at..end).filter(|rows| !rows.is_empty())?;
        let batch = self.gather(rows);
        self.at = end;
        Some(batch)
    }
}
