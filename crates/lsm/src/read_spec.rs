//! What a merge read is to give, and how.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;

use crate::merge::MergeFunction;
use crate::plan::TableKind;
use crate::sequence::UserSequence;

/// Where a column of the output comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Key column of this position (primary-key order), from the keys that are decoded anyway.
    Key(usize),
    /// Column of this position in what [`crate::SortedFile::read_values`] yields.
    Value(usize),
}

/// Whether the rows come in key order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReadOrder {
    /// Any order, the cheapest: SQL reads.
    #[default]
    Unordered,
    /// Key order within each task; tasks follow each other in key order.
    ByKey,
}

/// What a merge read yields and how; one per scan.
#[derive(Debug, Clone)]
pub struct MergeReadSpec {
    /// Number of key columns.
    pub key_columns: usize,
    /// Columns of the output. Empty: batches without columns that only carry a row count. Values
    /// are not read when there is no [`Output::Value`].
    pub projection: Vec<Output>,
    /// Schema of the output: as many fields as `projection`, types as the columns have.
    pub schema: SchemaRef,
    /// What becomes of the versions of a key.
    pub merge: Arc<dyn MergeFunction>,
    /// Order of the rows.
    pub order: ReadOrder,
    /// `sequence.field`, when the table has it.
    pub user_sequence: Option<UserSequence>,
    /// Sizes and switches.
    pub tuning: ReadTuning,
}

/// Sizes and switches of a merge read; the defaults are what was measured to be good.
#[derive(Debug, Clone)]
pub struct ReadTuning {
    /// Most input rows whose keys are held at a time, per task.
    pub chunk_rows: u64,
    /// Rows of an output batch, about.
    pub batch_rows: usize,
    /// A stretch of dead rows at least this long is not read.
    pub skip_rows: usize,
    /// Rows for which a task of its own pays.
    pub min_task_rows: u64,
    /// Uses this table kind wherever the keys allow it (tests, benchmarks).
    pub force: Option<TableKind>,
    /// Most keys in the table of a slab (tests), `None`: what fits the cache.
    pub slab_rows: Option<usize>,
    /// A key whose chosen row retracts (`-U`, `-D`) has that row as its result, not none: for readers of row kinds.
    pub keep_retracts: bool,
}

impl Default for ReadTuning {
    fn default() -> Self {
        Self {
            chunk_rows: 4 << 20,
            batch_rows: 8192,
            skip_rows: 16 << 10,
            min_task_rows: 128 << 10,
            force: None,
            slab_rows: None,
            keep_retracts: false,
        }
    }
}
