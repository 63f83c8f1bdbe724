//! Output in key order: the survivors of each run, picked in the order of the plan.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::{concat_batches, interleave_record_batch};
use futures::{StreamExt, TryStreamExt, stream};
use rimon_spec::{Error, Result};

use super::broken;
use crate::ports::BatchStream;
use crate::read_spec::MergeReadSpec;

/// From this many rows a segment is copied as a range rather than row by row.
const LONG_SEGMENT: usize = 16;

/// Merges the survivors of each run: `order` names the run of each row.
pub(super) fn gather(
    spec: &Arc<MergeReadSpec>,
    runs: Vec<BatchStream>,
    order: Vec<u16>,
) -> BatchStream {
    let runs = runs.into_iter().map(|input| Cursor { input, batch: None, row: 0, source: None });
    let state = Gather { spec: Arc::clone(spec), runs: runs.collect(), order, at: 0 };
    stream::try_unfold(state, |mut state| async move {
        Ok(state.next().await?.map(|batch| (batch, state)))
    })
    .boxed()
}

struct Cursor {
    input: BatchStream,
    batch: Option<RecordBatch>,
    row: usize,
    /// Where the batch is among the sources of the output batch at hand.
    source: Option<usize>,
}

struct Gather {
    spec: Arc<MergeReadSpec>,
    runs: Vec<Cursor>,
    order: Vec<u16>,
    at: usize,
}

/// Consecutive rows of one source.
struct Segment {
    source: usize,
    start: usize,
    rows: usize,
}

impl Cursor {
    /// Makes sure that there is a row at hand.
    async fn fill(&mut self) -> Result<()> {
        while self.batch.as_ref().is_none_or(|batch| self.row >= batch.num_rows()) {
            self.batch = self.input.try_next().await?;
            self.row = 0;
            self.source = None;
            if self.batch.is_none() {
                return Err(Error::corrupt("a file gave fewer rows than it has keys"));
            }
        }
        Ok(())
    }
}

impl Gather {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        let end = (self.at + self.spec.tuning.batch_rows.max(1)).min(self.order.len());
        let Some(order) = self.order.get(self.at..end).filter(|order| !order.is_empty()) else {
            return Ok(None);
        };
        let rows = order.len();
        self.at = end;
        let mut sources: Vec<RecordBatch> = Vec::new();
        let mut segments: Vec<Segment> = Vec::new();
        self.runs.iter_mut().for_each(|run| run.source = None);
        for run in order {
            let cursor = self
                .runs
                .get_mut(usize::from(*run))
                .ok_or_else(|| Error::internal("a plan names a run that is not there"))?;
            cursor.fill().await?;
            let source = match (cursor.source, &cursor.batch) {
                (Some(source), _) => source,
                (None, batch) => {
                    sources.extend(batch.clone());
                    *cursor.source.insert(sources.len() - 1)
                }
            };
            match segments.last_mut() {
                Some(last) if last.source == source && last.start + last.rows == cursor.row => {
                    last.rows += 1;
                }
                _ => segments.push(Segment { source, start: cursor.row, rows: 1 }),
            }
            cursor.row += 1;
        }
        self.copy(&sources, &segments, rows).map(Some)
    }

    fn copy(
        &self,
        sources: &[RecordBatch],
        segments: &[Segment],
        rows: usize,
    ) -> Result<RecordBatch> {
        if segments.len() * LONG_SEGMENT <= rows {
            let slices: Vec<RecordBatch> = segments
                .iter()
                .filter_map(|s| sources.get(s.source).map(|b| b.slice(s.start, s.rows)))
                .collect();
            if let [only] = slices.as_slice() {
                return Ok(only.clone());
            }
            return concat_batches(&self.spec.schema, &slices).map_err(broken);
        }
        let sources: Vec<&RecordBatch> = sources.iter().collect();
        let rows = segments.iter().flat_map(|s| (s.start..s.start + s.rows).map(|r| (s.source, r)));
        interleave_record_batch(&sources, &rows.collect::<Vec<_>>()).map_err(broken)
    }
}
