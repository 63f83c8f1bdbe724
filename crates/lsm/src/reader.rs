//! Reading a section: the entry point of merge-on-read.

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use rimon_spec::{Error, Result};

use crate::execute::{can_fold, coalesce, execute_chunk};
use crate::merge::Versions;
use crate::ports::BatchStream;
use crate::read_spec::{MergeReadSpec, ReadOrder};
use crate::run::SortedRun;
use crate::section::Section;
use crate::slab::{Chunk, CutSizes, plan_tasks};

/// Input values that are held at a time, about, where rows are composed of several.
const COMPOSED_VALUES: u64 = 4 << 20;
/// Input rows that these are at least, so that files are not opened for few of their rows, and at most.
const COMPOSED_ROWS: (u64, u64) = (256 << 10, 1 << 20);

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

    /// Number of key columns.
    pub(crate) fn key_columns(&self) -> usize {
        self.spec.key_columns
    }

    /// Cuts a section into at most about `target` tasks over disjoint key ranges, in key order, of
    /// about equal work. Reads the block bounds of the files, no rows.
    pub async fn tasks(&self, section: &Section, target: usize) -> Result<Vec<SlabTask>> {
        if self.spec.schema.fields().len() != self.spec.projection.len() {
            return Err(Error::internal("the schema of a merge read is not its projection"));
        }
        let sizes = CutSizes {
            tasks: target,
            chunk_rows: self.chunk_rows(section),
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

    /// Most rows that are merged at once: fewer where values of all of them are held.
    fn chunk_rows(&self, section: &Section) -> u64 {
        let rows = self.spec.tuning.chunk_rows;
        let files = section.runs().iter().map(SortedRun::files);
        let runs: Vec<Vec<_>> =
            files.map(|files| files.iter().map(|file| file.meta()).collect()).collect();
        match self.spec.merge.versions() {
            Versions::Columns { .. } if !can_fold(&self.spec, &runs) => {
                let columns = (self.spec.projection.len() as u64).max(1);
                let (least, most) = COMPOSED_ROWS;
                (COMPOSED_VALUES / columns).clamp(least, most).min(rows)
            }
            _ => rows,
        }
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
