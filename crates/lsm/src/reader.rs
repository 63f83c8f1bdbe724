//! Reading a section: the entry point of merge-on-read.

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use rimon_spec::{Error, Result};

use crate::execute::{coalesce, execute_chunk};
use crate::ports::BatchStream;
use crate::read_spec::{MergeReadSpec, ReadOrder};
use crate::section::Section;
use crate::slab::{Chunk, CutSizes, plan_tasks};

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
    /// (`ReadTuning::chunk_rows`) at a time, then a batch at a time.
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
