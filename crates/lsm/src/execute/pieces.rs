//! Rows of one run that are taken piece by piece while its keys are read ahead of them.

use std::collections::VecDeque;

use arrow::array::RecordBatch;
use futures::TryStreamExt;
use rimon_spec::{Error, Result};

use super::keys::ReadRows;
use crate::ports::{BatchStream, RowRanges};

/// Batches in order, from which rows are taken at the front.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    batches: VecDeque<RecordBatch>,
}

impl Pieces {
    pub(super) fn extend(&mut self, batches: impl Iterator<Item = RecordBatch>) {
        self.batches.extend(batches.filter(|batch| batch.num_rows() > 0));
    }

    /// The next at most `rows` rows, as many as are in one batch; `None` when nothing is there.
    pub(super) fn take(&mut self, rows: usize) -> Option<RecordBatch> {
        let batch = self.batches.front_mut()?;
        if batch.num_rows() <= rows {
            return self.batches.pop_front();
        }
        let taken = batch.slice(0, rows);
        *batch = batch.slice(rows, batch.num_rows() - rows);
        Some(taken)
    }

    /// The next `rows` rows.
    pub(super) fn take_all(&mut self, rows: usize) -> Result<Vec<RecordBatch>> {
        let mut taken = Vec::new();
        let mut left = rows;
        while left > 0 {
            let Some(batch) = self.take(left) else {
                return Err(Error::internal("fewer keys are at hand than were counted"));
            };
            left -= batch.num_rows();
            taken.push(batch);
        }
        Ok(taken)
    }
}

/// The values of one run, read behind its keys.
#[derive(Default)]
pub(super) struct RunValues {
    /// Which part of the run is being read, and how many of its rows were taken.
    pub(super) part: usize,
    taken: u64,
    stream: Option<BatchStream>,
    read: Pieces,
}

impl RunValues {
    /// The values of the next `rows` rows, which are in `parts`: those from the one that is being read on.
    pub(super) async fn take(
        &mut self,
        parts: Vec<ReadRows>,
        rows: usize,
    ) -> Result<Vec<RecordBatch>> {
        let mut taken = Vec::new();
        let mut left = rows;
        for part in parts {
            while left > 0 && self.taken < part.rows.end - part.rows.start {
                let here = part.rows.end - part.rows.start - self.taken;
                let most = usize::try_from(here).map_or(left, |here| here.min(left));
                let batch = self.next(&part, most).await?;
                left -= batch.num_rows();
                self.taken += batch.num_rows() as u64;
                taken.push(batch);
            }
            if left == 0 {
                return Ok(taken);
            }
            *self = Self { part: self.part + 1, ..Self::default() };
        }
        match left {
            0 => Ok(taken),
            _ => Err(Error::internal("values were asked for before their keys")),
        }
    }

    async fn next(&mut self, part: &ReadRows, most: usize) -> Result<RecordBatch> {
        loop {
            if let Some(batch) = self.read.take(most) {
                return Ok(batch);
            }
            let stream = match &mut self.stream {
                Some(stream) => stream,
                None => {
                    let rows = RowRanges::single(part.rows.start + self.taken..part.end);
                    self.stream.insert(part.file.read_values(rows).await?)
                }
            };
            let batch = stream.try_next().await?.ok_or_else(|| {
                Error::corrupt("a file gave fewer rows than it has keys")
                    .with("file", &part.file.meta().name)
            })?;
            self.read.extend(std::iter::once(batch));
        }
    }
}
