//! Rows on their way into the tree: kept as they come, sorted and deduplicated when flushed.

use std::sync::Arc;

use arrow::array::{Int8Array, RecordBatch};
use arrow::datatypes::SchemaRef;
use rimon_spec::Result;

use crate::merge::MergeFunction;
use crate::ports::RunBatch;

/// What a buffer needs to know of its table.
#[derive(Debug, Clone)]
pub struct BufferSpec {
    /// Positions of the key columns among the value columns, in primary-key order.
    pub keys: Vec<usize>,
    /// Schema of data files: key columns, sequence number (Int64), kind (Int8), value columns.
    pub file_schema: SchemaRef,
    /// Positions of the `sequence.field` columns among the value columns.
    pub user_sequence: Vec<usize>,
    /// `sequence.field.sort-order` = descending.
    pub descending: bool,
    /// What becomes of the versions of a key.
    pub merge: Arc<dyn MergeFunction>,
    /// Rows of a flushed batch, about.
    pub batch_rows: usize,
}

/// Incoming rows of one bucket.
#[derive(Debug)]
pub struct WriteBuffer {
    next_sequence: i64,
}

impl WriteBuffer {
    /// An empty buffer; its first row gets `first_sequence`.
    pub fn new(spec: BufferSpec, first_sequence: i64) -> Result<Self> {
        let _ = spec;
        Ok(Self { next_sequence: first_sequence })
    }

    /// Adds rows: all value columns, and the kind of each row (`None`: all `+I`). Each row gets
    /// the next sequence number.
    pub fn push(&mut self, batch: RecordBatch, kinds: Option<&Int8Array>) -> Result<()> {
        let _ = (batch, kinds);
        Ok(())
    }

    /// Rows held.
    pub fn rows(&self) -> usize {
        0
    }

    /// Bytes held, batches and sort array.
    pub fn memory(&self) -> usize {
        0
    }

    /// Sequence number of the next row.
    pub fn next_sequence(&self) -> i64 {
        self.next_sequence
    }

    /// Sorts what is held and empties the buffer; sequence numbers go on.
    pub fn flush(&mut self) -> Result<Flush> {
        Ok(Flush { rows: 0 })
    }
}

/// The rows of a flush, in key order, each key once: an iterator of batches in file layout.
#[derive(Debug)]
pub struct Flush {
    rows: usize,
}

impl Flush {
    /// Rows that will come.
    pub fn rows(&self) -> usize {
        self.rows
    }
}

impl Iterator for Flush {
    type Item = Result<RunBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        None
    }
}
