//! Decoding the keys of a chunk.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use futures::TryStreamExt;
use rimon_spec::{Error, Result};

use super::broken;
use super::cut::Cut;
use crate::bitmap::Bitmap;
use crate::key::{extend_words, key_column};
use crate::ports::{BatchStream, KeyParts, SortedFile};
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
    /// Keys of one word are wanted as words.
    pub(super) words: bool,
    /// The key columns are kept as arrays.
    pub(super) keys: bool,
}

impl KeyNeeds {
    /// The keys as words, and as arrays too when `keys`.
    pub(super) fn words(key_columns: usize, keys: bool) -> Self {
        Self { key_columns, sequence: false, user_columns: 0, words: true, keys }
    }
}

/// Reads the keys of one run, a batch at a time.
pub(super) struct RunReader {
    /// Bounds of the chunk, where rows of the run may be outside.
    cut: Option<Cut>,
    needs: KeyNeeds,
    parts: std::vec::IntoIter<FilePart>,
    open: Option<OpenPart>,
    /// What has been read.
    pub(super) decoded: DecodedRun,
}

/// Rows of a file whose keys have been read.
pub(super) struct ReadRows {
    pub(super) file: Arc<dyn SortedFile>,
    pub(super) rows: Range<u64>,
    /// More rows may follow up to here.
    pub(super) end: u64,
}

/// A part of a run that is being read.
struct OpenPart {
    part: FilePart,
    wanted: KeyParts,
    stream: BatchStream,
    cut: Option<Cut>,
    /// Rows that came, inside the range or not.
    seen: u64,
    kept: PartRows,
}

impl RunReader {
    pub(super) fn new(chunk: &Chunk, run: &ChunkRun, needs: KeyNeeds) -> Self {
        let decoded = DecodedRun { words: needs.words.then(Vec::new), ..DecodedRun::default() };
        let cut = (!run.exact).then(|| Cut::new(chunk));
        Self { cut, needs, parts: run.parts.clone().into_iter(), open: None, decoded }
    }

    /// The parts that hold rows, from the `index`-th on, as far as they have been read.
    pub(super) fn parts_from(&self, index: usize) -> Vec<ReadRows> {
        let rows = |part: &PartRows, end| ReadRows {
            file: Arc::clone(&part.file),
            rows: part.rows.clone(),
            end,
        };
        let finished = self.decoded.parts.iter().map(|part| rows(part, part.rows.end));
        let open = self.open.as_ref().filter(|open| !open.kept.rows.is_empty());
        let open = open.map(|open| rows(&open.kept, open.part.rows.end));
        finished.chain(open).skip(index).collect()
    }

    /// Takes the key columns that have been read since the last call.
    pub(super) fn take_keys(&mut self) -> impl Iterator<Item = RecordBatch> {
        let open = self.open.as_mut().map(|open| &mut open.kept);
        self.decoded.parts.iter_mut().chain(open).flat_map(|part| std::mem::take(&mut part.keys))
    }

    /// Reads some more rows, leaving out those outside the chunk's range; `false` at the end.
    pub(super) async fn next(&mut self) -> Result<bool> {
        loop {
            let open = match &mut self.open {
                Some(open) => open,
                None => match self.parts.next() {
                    Some(part) => {
                        let name = part.file.clone();
                        let opened = open_part(self.cut.clone(), self.needs, part);
                        let opened = opened.await.map_err(|e| named(e, &*name))?;
                        self.open.insert(opened)
                    }
                    None => return Ok(false),
                },
            };
            let file = Arc::clone(&open.part.file);
            match open.stream.try_next().await.map_err(|e| named(e, &*file))? {
                Some(batch) => {
                    let taken = open.take(batch, self.needs, &mut self.decoded);
                    if taken.map_err(|e| named(e, &*file))? {
                        return Ok(true);
                    }
                }
                None => {
                    let kept = open.finish().map_err(|e| named(e, &*file))?;
                    self.decoded.parts.extend(kept);
                    self.open = None;
                }
            }
        }
    }
}

async fn open_part(cut: Option<Cut>, needs: KeyNeeds, part: FilePart) -> Result<OpenPart> {
    let wanted = KeyParts {
        sequence: needs.sequence,
        kind: part.file.meta().delete_rows != Some(0),
        user_sequence: needs.user_columns > 0,
    };
    let stream = part.file.read_keys(wanted, part.rows.clone()).await?;
    let kept = PartRows { file: Arc::clone(&part.file), rows: 0..0, keys: Vec::new() };
    Ok(OpenPart { part, wanted, stream, cut, seen: 0, kept })
}

fn named(error: Error, file: &dyn SortedFile) -> Error {
    if error.context().iter().any(|(key, _)| *key == "file") {
        error
    } else {
        error.with("file", &file.meta().name)
    }
}

impl OpenPart {
    /// Whether some rows of the batch are inside the range.
    fn take(
        &mut self,
        batch: RecordBatch,
        needs: KeyNeeds,
        decoded: &mut DecodedRun,
    ) -> Result<bool> {
        let first = self.part.rows.start + self.seen;
        self.seen += batch.num_rows() as u64;
        let (skipped, batch) = match &mut self.cut {
            Some(cut) => cut.apply(batch)?,
            None => (0, batch),
        };
        if batch.num_rows() == 0 {
            return Ok(false);
        }
        if self.kept.rows.is_empty() {
            let start = first + skipped as u64;
            self.kept.rows = start..start;
        }
        self.kept.rows.end += batch.num_rows() as u64;
        self.kept.keys.extend(decoded.append(&batch, self.wanted, needs)?);
        Ok(true)
    }

    /// The rows kept; `None` when there are none.
    fn finish(&mut self) -> Result<Option<PartRows>> {
        let expected = self.part.rows.end - self.part.rows.start;
        if self.seen != expected {
            return Err(Error::corrupt("a file has another number of rows than its manifest says")
                .with("rows", self.seen)
                .with("expected", expected));
        }
        let rows = self.kept.rows.clone();
        let keys = std::mem::take(&mut self.kept.keys);
        let file = Arc::clone(&self.kept.file);
        Ok((!rows.is_empty()).then_some(PartRows { file, rows, keys }))
    }
}

impl DecodedRun {
    /// Makes the rows the oldest of their keys.
    pub(super) fn be_oldest(&mut self) {
        self.sequences = vec![i64::MIN; self.rows];
    }

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
        let mut reader = RunReader::new(chunk, run, needs);
        if let Some(words) = &mut reader.decoded.words {
            let rows: u64 = run.parts.iter().map(|part| part.rows.end - part.rows.start).sum();
            words.reserve(rows as usize);
        }
        while reader.next().await? {}
        Ok(reader.decoded)
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
        }
        if !needs.keys {
            return Ok(None);
        }
        let indices: Vec<usize> = (0..needs.key_columns).collect();
        batch.project(&indices).map(Some).map_err(broken)
    }
}
