//! The surviving rows of one file.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow::buffer::BooleanBuffer;
use arrow::compute::filter_record_batch;
use futures::{StreamExt, TryStreamExt, stream};
use rimon_spec::{Error, Result};

use super::broken;
use crate::ports::{BatchStream, RowRanges, SortedFile};
use crate::read_spec::{MergeReadSpec, Output, ReadOrder};

/// Rows of one file, and which of them survive.
#[derive(Debug)]
pub(super) struct PartScan {
    pub(super) file: Arc<dyn SortedFile>,
    pub(super) rows: Range<u64>,
    /// Key columns of `rows`, when some output is a key.
    pub(super) keys: Vec<RecordBatch>,
    /// A bit per row of `rows`; `None`: all survive.
    pub(super) alive: Option<BooleanBuffer>,
}

/// The survivors in file order, as output columns.
pub(super) fn part_stream(spec: Arc<MergeReadSpec>, scan: PartScan) -> BatchStream {
    let survivors = match &scan.alive {
        Some(alive) => alive.count_set_bits(),
        None => (scan.rows.end - scan.rows.start) as usize,
    };
    if survivors == 0 {
        return stream::empty().boxed();
    }
    if spec.projection.is_empty() {
        let options = RecordBatchOptions::new().with_row_count(Some(survivors));
        let counted = RecordBatch::try_new_with_options(spec.schema.clone(), vec![], &options);
        return stream::iter([counted.map_err(broken)]).boxed();
    }
    let wants_values = spec.projection.iter().any(|o| matches!(o, Output::Value(_)));
    if !wants_values {
        return keys_stream(spec, scan);
    }
    let ranges = scan.ranges_to_read(spec.tuning.skip_rows);
    let file = Arc::clone(&scan.file);
    stream::once(async move {
        // In key order a row is taken from each run for every survivor.
        let ranges = match spec.order {
            ReadOrder::Unordered => file.wanted(ranges).await?,
            ReadOrder::ByKey => ranges,
        };
        let values = if ranges.is_empty() {
            stream::empty().boxed()
        } else {
            file.read_values(ranges.clone()).await?
        };
        let reader = ValueReader {
            key_index: 0,
            key_first: scan.rows.start,
            ranges: ranges.as_slice().to_vec().into(),
            pieces: VecDeque::new(),
            spec,
            scan,
            values,
        };
        Ok(stream::try_unfold(reader, |mut reader| async move {
            Ok(reader.next().await?.map(|batch| (batch, reader)))
        }))
    })
    .try_flatten()
    .boxed()
}

/// Key columns alone: they are decoded already.
fn keys_stream(spec: Arc<MergeReadSpec>, mut scan: PartScan) -> BatchStream {
    let mut first = 0;
    let keys = std::mem::take(&mut scan.keys);
    let batches = keys.into_iter().filter_map(move |keys| {
        let rows = keys.num_rows();
        let batch = compose(&spec, None, Some(&keys), rows)
            .and_then(|batch| filter(batch, scan.alive.as_ref(), first));
        first += rows;
        batch.transpose()
    });
    stream::iter(batches).boxed()
}

impl PartScan {
    /// The rows without the long stretches that hold no survivor.
    fn ranges_to_read(&self, skip_rows: usize) -> RowRanges {
        let Some(alive) = &self.alive else { return RowRanges::single(self.rows.clone()) };
        let step = (skip_rows / 4).max(1);
        let mut ranges = RowRanges::default();
        let mut last_end = None;
        for start in (0..alive.len()).step_by(step) {
            let end = (start + step).min(alive.len());
            if alive.slice(start, end - start).count_set_bits() == 0 {
                continue;
            }
            // A short gap is cheaper read than skipped.
            let from = last_end.filter(|last| start - last < skip_rows.max(1)).unwrap_or(start);
            ranges.push(self.rows.start + from as u64..self.rows.start + end as u64);
            last_end = Some(end);
        }
        ranges
    }
}

/// Cuts value batches to the ranges they come from and to the batches of keys beside them.
struct ValueReader {
    spec: Arc<MergeReadSpec>,
    scan: PartScan,
    values: BatchStream,
    /// What is still to come, the first range from its next row on.
    ranges: VecDeque<Range<u64>>,
    /// The key batch at hand and its first row in the file.
    key_index: usize,
    key_first: u64,
    pieces: VecDeque<RecordBatch>,
}

impl ValueReader {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if let Some(piece) = self.pieces.pop_front() {
                return Ok(Some(piece));
            }
            match self.values.try_next().await? {
                Some(batch) => self.split(&batch)?,
                None if self.ranges.is_empty() => return Ok(None),
                None => return Err(self.wrong_rows("fewer")),
            }
        }
    }

    fn wrong_rows(&self, what: &str) -> Error {
        Error::corrupt(format!("a file gave {what} rows than it has keys"))
            .with("file", &self.scan.file.meta().name)
    }

    fn split(&mut self, batch: &RecordBatch) -> Result<()> {
        let mut offset = 0;
        while offset < batch.num_rows() {
            let Some(range) = self.ranges.front().cloned() else {
                return Err(self.wrong_rows("more"));
            };
            let mut rows = (batch.num_rows() - offset).min((range.end - range.start) as usize);
            let keys = self.keys_at(range.start)?;
            if let Some(keys) = &keys {
                rows = rows.min(keys.num_rows());
            }
            let keys = keys.map(|keys| keys.slice(0, rows));
            let piece = compose(&self.spec, Some(&batch.slice(offset, rows)), keys.as_ref(), rows)?;
            let first = (range.start - self.scan.rows.start) as usize;
            self.pieces.extend(filter(piece, self.scan.alive.as_ref(), first)?);
            offset += rows;
            let next = range.start + rows as u64;
            match self.ranges.front_mut() {
                Some(range) if next < range.end => range.start = next,
                _ => drop(self.ranges.pop_front()),
            }
        }
        Ok(())
    }

    /// The keys from `row` of the file to the end of their batch; `None` when no key is wanted.
    fn keys_at(&mut self, row: u64) -> Result<Option<RecordBatch>> {
        if self.scan.keys.is_empty() {
            return Ok(None);
        }
        while let Some(batch) = self.scan.keys.get(self.key_index) {
            let end = self.key_first + batch.num_rows() as u64;
            if row < end {
                let offset = (row - self.key_first) as usize;
                return Ok(Some(batch.slice(offset, batch.num_rows() - offset)));
            }
            self.key_first = end;
            self.key_index += 1;
        }
        Err(self.wrong_rows("more"))
    }
}

fn compose(
    spec: &MergeReadSpec,
    values: Option<&RecordBatch>,
    keys: Option<&RecordBatch>,
    rows: usize,
) -> Result<RecordBatch> {
    let column = |output: &Output| -> Option<ArrayRef> {
        match *output {
            Output::Key(index) => keys?.columns().get(index).cloned(),
            Output::Value(index) => values?.columns().get(index).cloned(),
        }
    };
    let columns: Option<Vec<ArrayRef>> = spec.projection.iter().map(column).collect();
    let columns =
        columns.ok_or_else(|| Error::internal("the projection names a column that no file has"))?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(spec.schema.clone(), columns, &options).map_err(broken)
}

/// The survivors of a batch whose first row has bit `first`.
fn filter(
    batch: RecordBatch,
    alive: Option<&BooleanBuffer>,
    first: usize,
) -> Result<Option<RecordBatch>> {
    let Some(alive) = alive else { return Ok(Some(batch)) };
    let alive = alive.slice(first, batch.num_rows());
    match alive.count_set_bits() {
        0 => Ok(None),
        all if all == batch.num_rows() => Ok(Some(batch)),
        _ => filter_record_batch(&batch, &BooleanArray::new(alive, None)).map(Some).map_err(broken),
    }
}
