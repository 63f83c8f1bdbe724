//! Deleted rows: their positions are read from index files, and the rows are left out of what is read.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{BooleanArray, BooleanBufferBuilder, RecordBatch};
use arrow::compute::filter_record_batch;
use futures::StreamExt;
use rimon_format::{DataFileReader, ReadRequest};
use rimon_lsm::RowRanges;
use rimon_metadata::Storage;
use rimon_spec::{DataFileMeta, DeletionVector, Error, ErrorKind, Result};
use tokio::sync::OnceCell;

use super::BatchStream;
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
}

impl Inner {
    async fn read(&self) -> Result<DeletionVector> {
        let place = &self.place;
        let end = place.offset.saturating_add(DeletionVector::framed_length(place.length));
        let range = place.offset..end.min(place.file_size);
        let bytes = self.storage.read_range(&place.path, range).await.map_err(missing)?;
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
    let vector = deletions.vector().await?;
    let rows = deletions.inner.rows;
    if reader.num_rows() != rows {
        return Err(Error::corrupt(format!(
            "a file has {} rows where its manifest says {rows}",
            reader.num_rows()
        ))
        .with("file", &deletions.inner.data_file));
    }
    let all = 0..rows;
    let mut wanted = request.ranges.take().unwrap_or_else(|| vec![all]);
    // The ranges have to be known exactly: positions of rows are counted along them.
    if let Some(predicate) = request.predicate.take() {
        let may_match = reader.matching(&request.columns, &predicate).await?;
        wanted = intersect(&wanted, &may_match);
    }
    let ranges = without_gaps(&wanted, &vector);
    let mut filter = PositionFilter { vector, ahead: ranges.clone().into() };
    let batches = reader.read(request.with_ranges(ranges)).await?;
    Ok(batches.map(move |batch| filter.apply(batch?)).boxed())
}

/// `wanted` without long stretches of deleted rows.
fn without_gaps(wanted: &[Range<u64>], vector: &DeletionVector) -> Vec<Range<u64>> {
    let mut kept = RowRanges::default();
    for range in wanted {
        let mut from = range.start;
        for deleted in vector.deleted(range.clone()) {
            let whole = deleted == *range;
            if whole || deleted.end - deleted.start >= GAP {
                kept.push(from..deleted.start);
                from = deleted.end;
            }
        }
        kept.push(from..range.end);
    }
    kept.as_slice().to_vec()
}

/// Drops deleted rows from batches that follow each other along known ranges of rows.
struct PositionFilter {
    vector: Arc<DeletionVector>,
    /// Rows still to come.
    ahead: VecDeque<Range<u64>>,
}

impl PositionFilter {
    fn apply(&mut self, batch: RecordBatch) -> Result<RecordBatch> {
        let mut left = batch.num_rows() as u64;
        let mut mask = BooleanBufferBuilder::new(batch.num_rows());
        let mut some = false;
        while left > 0 {
            let next = self
                .ahead
                .front_mut()
                .ok_or_else(|| Error::internal("a data file gave more rows than were asked for"))?;
            let part = next.start..next.end.min(next.start + left);
            left -= part.end - part.start;
            next.start = part.end;
            if next.is_empty() {
                self.ahead.pop_front();
            }
            some |= append(&mut mask, &self.vector, part);
        }
        if !some {
            return Ok(batch);
        }
        filter_record_batch(&batch, &BooleanArray::new(mask.finish(), None))
            .map_err(|e| Error::internal("deleted rows could not be filtered").with_source(e))
    }
}

/// One bit for each row of `part`; whether one of them is deleted.
fn append(mask: &mut BooleanBufferBuilder, vector: &DeletionVector, part: Range<u64>) -> bool {
    let mut at = part.start;
    let mut some = false;
    let count = |rows: u64| usize::try_from(rows).unwrap_or(usize::MAX);
    for deleted in vector.deleted(part.clone()) {
        mask.append_n(count(deleted.start - at), true);
        mask.append_n(count(deleted.end - deleted.start), false);
        at = deleted.end;
        some = true;
    }
    mask.append_n(count(part.end - at), true);
    some
}

/// The rows of a file that are left, numbered from 0 without gaps: how a merge sees a file with deleted rows.
#[derive(Debug)]
pub(super) struct LiveRows {
    /// Rows of the file, with the number of the first of them.
    ranges: Vec<(u64, Range<u64>)>,
    count: u64,
}

impl LiveRows {
    /// What `vector` leaves of a file of so many rows.
    pub(super) fn new(vector: &DeletionVector, rows: u64) -> Self {
        let mut live = Self { ranges: Vec::new(), count: 0 };
        let mut from = 0;
        for deleted in vector.deleted(0..rows) {
            live.push(from..deleted.start);
            from = deleted.end;
        }
        live.push(from..rows);
        live
    }

    fn push(&mut self, range: Range<u64>) {
        if !range.is_empty() {
            let first = self.count;
            self.count += range.end - range.start;
            self.ranges.push((first, range));
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// The number of the first live row at or after row `row` of the file.
    pub(super) fn number(&self, row: u64) -> u64 {
        let after = self.ranges.partition_point(|(_, range)| range.end <= row);
        match self.ranges.get(after) {
            Some((first, range)) => first + row.saturating_sub(range.start),
            None => self.count,
        }
    }

    /// The rows of the file that have the numbers `numbers`, appended to `rows`.
    pub(super) fn rows(&self, numbers: &Range<u64>, rows: &mut RowRanges) {
        let begin = self
            .ranges
            .partition_point(|(first, range)| first + (range.end - range.start) <= numbers.start);
        for (first, range) in self.ranges.iter().skip(begin) {
            if *first >= numbers.end {
                break;
            }
            let from = range.start + numbers.start.saturating_sub(*first);
            rows.push(from..range.end.min(range.start + (numbers.end - first)));
        }
    }
}

#[cfg(test)]
mod tests;
