//! Decoding the keys of a chunk.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use futures::TryStreamExt;
use rimon_spec::{Error, Result, Value};

use super::broken;
use crate::bitmap::Bitmap;
use crate::key::{compare_values, extend_words, key_column, value_at};
use crate::ports::{KeyParts, SortedFile};
use crate::sequence::{extend_sequences, mark_deletes, mark_retracts};
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
    /// Rows of kind `-D`, if there can be any.
    pub(super) deletes: Option<Bitmap>,
    /// The user sequence columns of each batch, if they were read.
    pub(super) user: Vec<Vec<ArrayRef>>,
    /// The keys as words, encoded batch by batch while they are in the cache; see [`KeyNeeds::words`].
    pub(super) words: Option<Vec<u64>>,
}

/// What is to be read beside the keys.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeyNeeds {
    pub(super) key_columns: usize,
    pub(super) sequence: bool,
    /// Number of user sequence columns, 0: none are read.
    pub(super) user_columns: usize,
    /// Keys of one word are wanted as words only: their arrays are let go.
    pub(super) words: bool,
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
        let expected = part.rows.end - part.rows.start;
        if needs.words {
            self.words.get_or_insert_default().reserve(expected as usize);
        }
        let mut stream = part.file.read_keys(wanted, part.rows.clone()).await?;
        let mut cut = (!exact).then(|| Cut::new(chunk));
        let mut seen = 0;
        let mut kept = PartRows { file: Arc::clone(&part.file), rows: 0..0, keys: Vec::new() };
        let mut count = 0;
        while let Some(batch) = stream.try_next().await? {
            let first = part.rows.start + seen;
            seen += batch.num_rows() as u64;
            let (skipped, batch) = match &mut cut {
                Some(cut) => cut.apply(batch)?,
                None => (0, batch),
            };
            if batch.num_rows() == 0 {
                continue;
            }
            if count == 0 {
                kept.rows.start = first + skipped as u64;
            }
            count += batch.num_rows() as u64;
            kept.keys.extend(self.append(&batch, wanted, needs)?);
        }
        if seen != expected {
            return Err(Error::corrupt("a file has another number of rows than its manifest says")
                .with("rows", seen)
                .with("expected", expected));
        }
        if count > 0 {
            kept.rows.end = kept.rows.start + count;
            self.parts.push(kept);
        }
        Ok(())
    }

    /// Takes the rows of a batch; gives the key columns back when they are kept as arrays.
    fn append(
        &mut self,
        batch: &RecordBatch,
        wanted: KeyParts,
        needs: KeyNeeds,
    ) -> Result<Option<RecordBatch>> {
        let rows = batch.num_rows();
        let mut extra = batch.columns().iter().skip(needs.key_columns);
        let mut column =
            || extra.next().ok_or_else(|| Error::internal("a batch of keys lacks a column"));
        if wanted.sequence {
            extend_sequences(column()?, &mut self.sequences)?;
        }
        if wanted.kind && self.retracts.is_none() {
            self.retracts = Some(Bitmap::zeros(0));
            self.deletes = Some(Bitmap::zeros(0));
        }
        for bits in [&mut self.retracts, &mut self.deletes].into_iter().flatten() {
            bits.grow(self.rows + rows);
        }
        if wanted.kind {
            let kinds = column()?;
            if let Some(bits) = &mut self.retracts {
                mark_retracts(kinds, self.rows, bits)?;
            }
            if let Some(bits) = &mut self.deletes {
                mark_deletes(kinds, self.rows, bits);
            }
        }
        if wanted.user_sequence {
            let columns = (0..needs.user_columns).map(|_| column().cloned());
            self.user.push(columns.collect::<Result<_>>()?);
        }
        self.rows += rows;
        if let Some(words) = &mut self.words {
            extend_words(&key_column(batch, 0)?, words)?;
            return Ok(None);
        }
        let indices: Vec<usize> = (0..needs.key_columns).collect();
        batch.project(&indices).map(Some).map_err(broken)
    }
}

/// Leaves out rows whose first key column is not in the chunk's range.
struct Cut<'a> {
    chunk: &'a Chunk,
    begun: bool,
}

impl<'a> Cut<'a> {
    fn new(chunk: &'a Chunk) -> Self {
        Self { chunk, begun: false }
    }

    /// The rows inside, and how many before them were left out.
    fn apply(&mut self, batch: RecordBatch) -> Result<(usize, RecordBatch)> {
        let rows = batch.num_rows();
        let start = match (&self.chunk.from, self.begun || rows == 0) {
            (Some(from), false) => rows_below(&batch, from)?,
            _ => 0,
        };
        let end = match &self.chunk.to {
            Some(to) if rows > 0 => rows_below(&batch, to)?,
            _ => rows,
        };
        self.begun |= start < end;
        Ok((start, batch.slice(start.min(end), end.saturating_sub(start))))
    }
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
