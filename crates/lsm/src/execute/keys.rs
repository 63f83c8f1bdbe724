//! Decoding the keys of a chunk.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use futures::TryStreamExt;
use rimon_spec::{Error, Result, Value};

use super::broken;
use crate::bitmap::Bitmap;
use crate::key::{compare_values, value_at};
use crate::ports::{KeyParts, SortedFile};
use crate::sequence::{extend_sequences, mark_retracts};
use crate::slab::{Chunk, ChunkRun, FilePart};

/// Rows of one file within a chunk.
#[derive(Debug)]
pub(super) struct PartRows {
    pub(super) file: Arc<dyn SortedFile>,
    /// Rows of the file that are inside the chunk's range.
    pub(super) rows: Range<u64>,
    /// Their key columns, unless no one asked for them.
    pub(super) keys: Vec<RecordBatch>,
}

/// Rows of one run within a chunk.
#[derive(Debug, Default)]
pub(super) struct DecodedRun {
    pub(super) parts: Vec<PartRows>,
    /// Rows of all parts.
    pub(super) rows: usize,
    /// `_SEQUENCE_NUMBER` of each row, if it was read.
    pub(super) sequences: Vec<i64>,
    /// Rows of kind `-U` and `-D`, if there can be any.
    pub(super) retracts: Option<Bitmap>,
    /// The user sequence columns of each batch, if they were read.
    pub(super) user: Vec<Vec<ArrayRef>>,
}

/// What is to be read beside the keys.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeyNeeds {
    pub(super) key_columns: usize,
    pub(super) sequence: bool,
    /// Number of user sequence columns, 0: none are read.
    pub(super) user_columns: usize,
}

impl DecodedRun {
    /// The rows of a run all of whose keys are in the range and need not be known.
    pub(super) fn without_keys(run: &ChunkRun) -> Self {
        let mut decoded = Self::default();
        for FilePart { file, rows } in &run.parts {
            decoded.rows += (rows.end - rows.start) as usize;
            let part = PartRows { file: Arc::clone(file), rows: rows.clone(), keys: Vec::new() };
            decoded.parts.push(part);
        }
        decoded
    }

    /// Reads the keys of a run, leaving out rows outside the chunk's range.
    pub(super) async fn read(chunk: &Chunk, run: &ChunkRun, needs: KeyNeeds) -> Result<Self> {
        let mut decoded = Self::default();
        for part in &run.parts {
            let name = &part.file.meta().name;
            decoded.read_part(chunk, part, run.exact, needs).await.map_err(|error| {
                if error.context().iter().any(|(key, _)| *key == "file") {
                    error
                } else {
                    error.with("file", name)
                }
            })?;
        }
        Ok(decoded)
    }

    async fn read_part(
        &mut self,
        chunk: &Chunk,
        part: &FilePart,
        exact: bool,
        needs: KeyNeeds,
    ) -> Result<()> {
        let wanted = KeyParts {
            sequence: needs.sequence,
            kind: part.file.meta().delete_rows != Some(0),
            user_sequence: needs.user_columns > 0,
        };
        let stream = part.file.read_keys(wanted, part.rows.clone()).await?;
        let mut batches: Vec<RecordBatch> = stream.try_collect().await?;
        batches.retain(|batch| batch.num_rows() > 0);
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        if rows as u64 != part.rows.end - part.rows.start {
            return Err(Error::corrupt("a file has another number of rows than its manifest says")
                .with("rows", rows)
                .with("expected", part.rows.end - part.rows.start));
        }
        let mut first = part.rows.start;
        if !exact {
            first += trim(&mut batches, chunk.from.as_ref(), chunk.to.as_ref())? as u64;
        }
        self.append(part, first, batches, wanted, needs)
    }

    fn append(
        &mut self,
        part: &FilePart,
        first: u64,
        batches: Vec<RecordBatch>,
        wanted: KeyParts,
        needs: KeyNeeds,
    ) -> Result<()> {
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        let mut retracts = self.retracts.take();
        if wanted.kind && retracts.is_none() {
            retracts = Some(Bitmap::zeros(0));
        }
        if let Some(bits) = &mut retracts {
            bits.grow(self.rows + rows);
        }
        let mut row = self.rows;
        let mut keys = Vec::with_capacity(batches.len());
        for batch in batches {
            let mut extra = batch.columns().iter().skip(needs.key_columns);
            let mut column =
                || extra.next().ok_or_else(|| Error::internal("a batch of keys lacks a column"));
            if wanted.sequence {
                extend_sequences(column()?, &mut self.sequences)?;
            }
            if wanted.kind {
                let kinds = column()?;
                if let Some(bits) = &mut retracts {
                    mark_retracts(kinds, row, bits)?;
                }
            }
            if wanted.user_sequence {
                let columns = (0..needs.user_columns).map(|_| column().cloned());
                self.user.push(columns.collect::<Result<_>>()?);
            }
            row += batch.num_rows();
            let indices: Vec<usize> = (0..needs.key_columns).collect();
            keys.push(batch.project(&indices).map_err(broken)?);
        }
        self.rows = row;
        self.retracts = retracts;
        if rows > 0 {
            let rows = first..first + rows as u64;
            self.parts.push(PartRows { file: Arc::clone(&part.file), rows, keys });
        }
        Ok(())
    }
}

/// Leaves out rows whose first key column is not in `from..to`; how many went at the start.
fn trim(batches: &mut Vec<RecordBatch>, from: Option<&Value>, to: Option<&Value>) -> Result<usize> {
    let mut left_out = 0;
    let mut kept = Vec::with_capacity(batches.len());
    for batch in batches.drain(..) {
        let start = from.map_or(Ok(0), |value| rows_below(&batch, value))?;
        let end = to.map_or(Ok(batch.num_rows()), |value| rows_below(&batch, value))?;
        if kept.is_empty() {
            left_out += start.min(end);
        }
        if start < end {
            kept.push(batch.slice(start, end - start));
        }
    }
    *batches = kept;
    Ok(left_out)
}

/// Number of rows, of a batch in key order, whose first key column is below `value`.
fn rows_below(batch: &RecordBatch, value: &Value) -> Result<usize> {
    let column =
        batch.columns().first().ok_or_else(|| Error::internal("a batch of keys has no column"))?;
    let (mut low, mut high) = (0, batch.num_rows());
    while low < high {
        let middle = low + (high - low) / 2;
        if compare_values(&value_at(column, middle)?, value).is_lt() {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}
