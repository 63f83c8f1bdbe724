//! Leaving out the rows of a run that are outside a chunk.

use arrow::array::RecordBatch;
use rimon_spec::{Error, Result, Value};

use crate::key::{compare_values, value_at};
use crate::slab::Chunk;

/// Leaves out rows whose first key column is not in the chunk's range.
#[derive(Debug, Clone)]
pub(super) struct Cut {
    from: Option<Value>,
    to: Option<Value>,
    begun: bool,
}

impl Cut {
    pub(super) fn new(chunk: &Chunk) -> Self {
        Self { from: chunk.from.clone(), to: chunk.to.clone(), begun: false }
    }

    /// The rows inside, and how many before them were left out.
    pub(super) fn apply(&mut self, batch: RecordBatch) -> Result<(usize, RecordBatch)> {
        let rows = batch.num_rows();
        let start = match (&self.from, self.begun || rows == 0) {
            (Some(from), false) => rows_below(&batch, from)?,
            _ => 0,
        };
        let end = match &self.to {
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
