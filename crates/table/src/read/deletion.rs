//! Deleted rows: their positions are read from index files, and the rows are left out of what is read.

mod live_rows;

pub(super) use live_rows::LiveRows;

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{BooleanBufferBuilder, RecordBatch};
use arrow::buffer::{BooleanBuffer, Buffer};
use futures::StreamExt;
use rimon_format::{DataFileReader, ReadRequest};
use rimon_lsm::RowRanges;
use rimon_metadata::Storage;
use rimon_spec::{DataFileMeta, DeletionVector, Error, ErrorKind, Result};
use tokio::sync::OnceCell;

use super::BatchStream;
use super::holes::live_rows;
use super::outside::{is_outside, outside};
use super::ranges::{GAP, intersect};
use crate::plan::{DeletionFile, Split};

/// The deletion vector of one data file, read when it is first asked for. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct FileDeletions {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    storage: Storage,
    place: DeletionFile,
    data_file: String,
    rows: u64,
    vector: OnceCell<Arc<DeletionVector>>,
}

impl FileDeletions {
    /// Those of a file of a split; `None` when it has none.
    pub(super) fn of(storage: &Storage, split: &Split, file: &DataFileMeta) -> Option<Self> {
        let place = split.deletions.get(&file.file_name)?.clone();
        Some(Self {
            inner: Arc::new(Inner {
                storage: storage.clone(),
                place,
                data_file: file.file_name.clone(),
                rows: u64::try_from(file.row_count).unwrap_or(0),
                vector: OnceCell::new(),
            }),
        })
    }

    /// The vector.
    ///
    /// # Errors
    /// `Corrupt` when the index file is missing or damaged, or deletes rows that the data file does not have.
    pub(super) async fn vector(&self) -> Result<Arc<DeletionVector>> {
        let inner = &self.inner;
        let read = inner.vector.get_or_try_init(|| async {
            inner.read().await.map(Arc::new).map_err(|e| {
                e.with("file", &inner.place.path)
                    .with("offset", inner.place.offset)
                    .with("data file", &inner.data_file)
            })
        });
        read.await.cloned()
    }

    /// What is left of some rows of the file.
    async fn live(&self, rows: Range<u64>) -> Result<LiveBits> {
        LiveBits::new(&*self.vector().await?, rows)
    }
}

/// A bit for each of some rows that follow each other, set where the row is not deleted.
#[derive(Debug)]
struct LiveBits {
    first: u64,
    bits: BooleanBuffer,
}

impl LiveBits {
    fn new(vector: &DeletionVector, rows: Range<u64>) -> Result<Self> {
        let len = usize::try_from(rows.end.saturating_sub(rows.start))
            .map_err(|_| Error::exhausted("a data file with more rows than memory has bytes"))?;
        let first = rows.start;
        let mut words = vec![u64::MAX; len.div_ceil(64)];
        // From the inside: a step of the iterator costs more than what is done here.
        vector.positions_in(rows).for_each(|position| {
            let row = position - first;
            if let Some(word) = usize::try_from(row >> 6).ok().and_then(|i| words.get_mut(i)) {
                *word &= !(1 << (row & 63));
            }
        });
        Ok(Self { first, bits: BooleanBuffer::new(Buffer::from_vec(words), 0, len) })
    }

    /// The bits of `rows`, which are among those known.
    fn of(&self, rows: &Range<u64>) -> BooleanBuffer {
        let place = |row: u64| {
            usize::try_from(row.saturating_sub(self.first))
                .unwrap_or(usize::MAX)
                .min(self.bits.len())
        };
        self.bits.slice(place(rows.start), place(rows.end) - place(rows.start))
    }
}

impl Inner {
    async fn read(&self) -> Result<DeletionVector> {
        let place = &self.place;
        let end = place.offset.saturating_add(DeletionVector::framed_length(place.length));
        let range = place.offset..end.min(place.file_size);
        let bytes = if is_outside(&place.path) {
            let (storage, name) = outside(&place.path)?;
            storage.read_range(&name, range).await
        } else {
            self.storage.read_range(&place.path, range).await
        };
        let bytes = bytes.map_err(missing)?;
        let vector = DeletionVector::decode(&bytes, place.length)?;
        let deleted = vector.cardinality();
        if vector.last().is_some_and(|last| last >= self.rows) {
            let rows = self.rows;
            return Err(Error::corrupt(format!(
                "a deletion vector deletes rows beyond the {rows} of its data file"
            )));
        }
        if place.cardinality.is_some_and(|n| n != deleted) {
            return Err(Error::corrupt(format!(
                "a deletion vector deletes {deleted} rows where its index manifest says {}",
                place.cardinality.unwrap_or_default()
            )));
        }
        Ok(vector)
    }
}

fn missing(error: Error) -> Error {
    if error.kind() != ErrorKind::NotFound {
        return error;
    }
    Error::corrupt("an index file that the snapshot names is missing")
        .with_hint("another program may have expired the snapshot or deleted the file")
        .with_source(error)
}

/// Reads what `request` asks for without the deleted rows. A predicate still skips what cannot match.
pub(super) async fn read_live(
    reader: &dyn DataFileReader,
    mut request: ReadRequest,
    deletions: &FileDeletions,
) -> Result<BatchStream> {
    let all = 0..deletions.inner.rows;
    let mut wanted = request.ranges.take().unwrap_or_else(|| vec![all]);
    // The ranges have to be known exactly: positions of rows are counted along them.
    if let Some(predicate) = request.predicate.take() {
        let may_match = reader.matching(&request.columns, &predicate).await?;
        wanted = intersect(&wanted, &may_match);
    }
    let span = wanted.first().map_or(0, |r| r.start)..wanted.last().map_or(0, |r| r.end);
    let live = deletions.live(span).await?;
    let ranges = without_gaps(&wanted, &live);
    let mut filter = PositionFilter { live, ahead: ranges.clone().into() };
    let batches = reader.read(request.with_ranges(ranges)).await?;
    Ok(batches.map(move |batch| filter.apply(batch?)).boxed())
}

/// The rows of `stream`, which are `rows` of the file, without those that are deleted.
pub(super) async fn leave_out(
    stream: BatchStream,
    rows: Range<u64>,
    deletions: &FileDeletions,
) -> Result<BatchStream> {
    let live = deletions.live(rows.clone()).await?;
    let mut filter = PositionFilter { live, ahead: vec![rows].into() };
    Ok(stream.map(move |batch| filter.apply(batch?)).boxed())
}

/// `wanted` without long stretches of deleted rows.
fn without_gaps(wanted: &[Range<u64>], live: &LiveBits) -> Vec<Range<u64>> {
    let mut kept = RowRanges::default();
    for range in wanted {
        for part in (range.start..range.end).step_by(GAP as usize) {
            let part = part..range.end.min(part + GAP);
            if live.of(&part).count_set_bits() > 0 {
                kept.push(part);
            }
        }
    }
    kept.as_slice().to_vec()
}

/// Drops deleted rows from batches that follow each other along known ranges of rows.
struct PositionFilter {
    live: LiveBits,
    /// Rows still to come.
    ahead: VecDeque<Range<u64>>,
}

impl PositionFilter {
    fn apply(&mut self, batch: RecordBatch) -> Result<RecordBatch> {
        let live = self.mask(batch.num_rows())?;
        live_rows(batch, live)
    }

    /// The bits of the next `rows` rows.
    fn mask(&mut self, rows: usize) -> Result<BooleanBuffer> {
        let first = self.next(rows as u64)?;
        let first = self.live.of(&first);
        if first.len() == rows {
            return Ok(first);
        }
        let mut mask = BooleanBufferBuilder::new(rows);
        mask.append_buffer(&first);
        while mask.len() < rows {
            let part = self.next((rows - mask.len()) as u64)?;
            mask.append_buffer(&self.live.of(&part));
        }
        Ok(mask.finish())
    }

    /// The next rows, at most so many, that follow each other in the file.
    fn next(&mut self, most: u64) -> Result<Range<u64>> {
        if most == 0 {
            return Ok(0..0);
        }
        let next = self
            .ahead
            .front_mut()
            .ok_or_else(|| Error::internal("a data file gave more rows than were asked for"))?;
        let part = next.start..next.end.min(next.start.saturating_add(most));
        next.start = part.end;
        if next.is_empty() {
            self.ahead.pop_front();
        }
        Ok(part)
    }
}

#[cfg(test)]
mod tests;
