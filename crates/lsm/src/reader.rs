//! Reading a section: the entry point of merge-on-read.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use futures::{StreamExt, TryStreamExt, stream};
use rimon_spec::{Error, Result};

use crate::execute::{coalesce, execute_chunk};
use crate::merge::MergeFunction;
use crate::plan::TableKind;
use crate::ports::BatchStream;
use crate::section::Section;
use crate::sequence::UserSequence;
use crate::slab::{Chunk, CutSizes, plan_tasks};

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
        }
    }
}

/// Reads sections of sorted runs, each key once.
#[derive(Debug, Clone)]
pub struct MergeTreeReader {
    spec: Arc<MergeReadSpec>,
}

impl MergeTreeReader {
    /// A reader for one scan.
    pub fn new(spec: MergeReadSpec) -> Self {
        Self { spec: Arc::new(spec) }
    }

    /// Cuts a section into at most about `target` tasks over disjoint key ranges, in key order, of
    /// about equal work. Reads the block bounds of the files, no rows.
    pub async fn tasks(&self, section: &Section, target: usize) -> Result<Vec<SlabTask>> {
        if self.spec.schema.fields().len() != self.spec.projection.len() {
            return Err(Error::internal("the schema of a merge read is not its projection"));
        }
        let sizes = CutSizes {
            tasks: target,
            chunk_rows: self.spec.tuning.chunk_rows,
            min_task_rows: self.spec.tuning.min_task_rows,
        };
        let tasks = plan_tasks(section.runs(), sizes).await?;
        let task = |chunks: Vec<Chunk>| SlabTask {
            spec: Arc::clone(&self.spec),
            rows: chunks.iter().map(Chunk::rows).sum(),
            chunks,
        };
        Ok(tasks.into_iter().map(task).collect())
    }
}

/// A contiguous key range of a section, to be read by one worker.
#[derive(Debug)]
pub struct SlabTask {
    spec: Arc<MergeReadSpec>,
    chunks: Vec<Chunk>,
    rows: u64,
}

impl SlabTask {
    /// Input rows, about.
    pub fn estimated_rows(&self) -> u64 {
        self.rows
    }

    /// Reads the range. Work is done as the stream is polled: the keys of a chunk
    /// ([`ReadTuning::chunk_rows`]) at a time, then a batch at a time.
    pub fn execute(self) -> BatchStream {
        let spec = Arc::clone(&self.spec);
        let chunks = stream::iter(self.chunks)
            .then(move |chunk| execute_chunk(Arc::clone(&spec), chunk))
            .try_flatten()
            .boxed();
        let ordered = self.spec.order == ReadOrder::ByKey;
        coalesce(chunks, self.spec.schema.clone(), self.spec.tuning.batch_rows, ordered)
    }
}
