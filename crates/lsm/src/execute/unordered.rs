//! Output in any order: small batches are put together, large ones pass as they are.

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use futures::{StreamExt, TryStreamExt, stream};
use rimon_spec::Result;

use super::broken;
use crate::ports::BatchStream;

struct Coalescer {
    input: BatchStream,
    schema: SchemaRef,
    target: usize,
    small: Vec<RecordBatch>,
    small_rows: usize,
    ended: bool,
}

/// Joins batches of less than half of `target` rows. `ordered`: rows keep their order, else large
/// batches may overtake small ones.
pub(crate) fn coalesce(
    input: BatchStream,
    schema: SchemaRef,
    target: usize,
    ordered: bool,
) -> BatchStream {
    if ordered || schema.fields().is_empty() {
        return input;
    }
    let state = Coalescer { input, schema, target, small: Vec::new(), small_rows: 0, ended: false };
    stream::try_unfold(state, |mut state| async move {
        Ok(state.next().await?.map(|batch| (batch, state)))
    })
    .boxed()
}

impl Coalescer {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        while !self.ended && self.small_rows < self.target {
            match self.input.try_next().await? {
                None => self.ended = true,
                Some(batch) if batch.num_rows() * 2 >= self.target => return Ok(Some(batch)),
                Some(batch) => {
                    self.small_rows += batch.num_rows();
                    self.small.push(batch);
                }
            }
        }
        let small = std::mem::take(&mut self.small);
        self.small_rows = 0;
        match small.as_slice() {
            [] => Ok(None),
            [only] => Ok(Some(only.clone())),
            many => concat_batches(&self.schema, many).map(Some).map_err(broken),
        }
    }
}
