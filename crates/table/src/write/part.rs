//! The rows of one bucket in a batch of several.

use arrow::array::{Int8Array, RecordBatch, UInt32Array};
use arrow::compute::{take, take_record_batch};
use rimon_spec::{Error, Result};

use super::kernel::arrow_error;

/// Rows that may still have to be cut out of a batch.
#[derive(Debug)]
pub(crate) struct Part {
    /// The batch with the rows.
    pub(crate) batch: RecordBatch,
    /// The kinds of the batch; `None`: all `+I`.
    kinds: Option<Int8Array>,
    /// The rows of the batch, in the order they came; `None`: all.
    rows: Option<UInt32Array>,
}

impl Part {
    /// All rows of a batch.
    pub(crate) fn of_all(batch: RecordBatch, kinds: Option<Int8Array>) -> Self {
        Self { batch, kinds, rows: None }
    }

    /// The rows with these numbers.
    pub(crate) fn of_some(batch: RecordBatch, kinds: Option<Int8Array>, rows: Vec<u32>) -> Self {
        Self { batch, kinds, rows: Some(UInt32Array::from(rows)) }
    }

    /// Whether the batch holds rows of others, too.
    pub(crate) fn is_shared(&self) -> bool {
        self.rows.is_some()
    }

    /// The rows alone, and their kinds.
    ///
    /// # Errors
    /// `Internal` when they are not in the batch.
    pub(crate) fn cut(self) -> Result<(RecordBatch, Option<Int8Array>)> {
        let Some(rows) = self.rows else { return Ok((self.batch, self.kinds)) };
        let kinds = self.kinds.as_ref().map(|kinds| take_kinds(kinds, &rows)).transpose()?;
        Ok((take_record_batch(&self.batch, &rows).map_err(arrow_error)?, kinds))
    }
}

fn take_kinds(kinds: &Int8Array, rows: &UInt32Array) -> Result<Int8Array> {
    let taken = take(kinds, rows, None).map_err(arrow_error)?;
    let taken = taken.as_any().downcast_ref::<Int8Array>().cloned();
    taken.ok_or_else(|| Error::internal("row kinds changed their type"))
}
