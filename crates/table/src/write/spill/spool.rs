//! The rows of one bucket that wait for their flush: the first of them on disk, the rest with whom they came to.

use std::sync::Arc;

use arrow::array::{Int8Array, RecordBatch};
use rimon_spec::{Error, Result};

use super::directory::Spills;
use super::segment::Segment;

/// Rows of a table with their kinds; `None`: all `+I`.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    pub(crate) batch: RecordBatch,
    pub(crate) kinds: Option<Int8Array>,
}

/// Rows on disk, in the order they came.
#[derive(Debug)]
pub(crate) struct Spool {
    spills: Arc<Spills>,
    segments: Vec<Segment>,
    rows: usize,
    memory: usize,
}

impl Spool {
    pub(crate) fn new(spills: Arc<Spills>) -> Self {
        Self { spills, segments: Vec::new(), rows: 0, memory: 0 }
    }

    /// Rows on disk.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes that they will take in memory.
    pub(crate) fn memory(&self) -> usize {
        self.memory
    }

    /// Whether more may be put on disk.
    pub(crate) fn has_room(&self) -> bool {
        self.spills.has_room()
    }

    /// Puts rows on disk, which took `memory` bytes.
    ///
    /// # Errors
    /// `ResourceExhausted` when the disk is full; `Unavailable` from it otherwise. The rows are lost then.
    pub(crate) async fn push(&mut self, rows: Vec<Rows>, memory: usize) -> Result<()> {
        let count: usize = rows.iter().map(|r| r.batch.num_rows()).sum();
        if count == 0 {
            return Ok(());
        }
        let spills = Arc::clone(&self.spills);
        let segment = blocking(move || Segment::write(&spills.directory()?, &rows)).await?;
        self.segments.push(segment);
        self.rows += count;
        self.memory += memory;
        Ok(())
    }

    /// Takes the segments, the first rows first; each is read by [`Taken::next`].
    pub(crate) fn take(&mut self) -> Taken {
        (self.rows, self.memory) = (0, 0);
        Taken(std::mem::take(&mut self.segments).into_iter())
    }
}

/// Rows on their way back.
#[derive(Debug)]
pub(crate) struct Taken(std::vec::IntoIter<Segment>);

impl Taken {
    /// The next rows; their file is removed.
    ///
    /// # Errors
    /// `Unavailable` or `Corrupt` when the file cannot be read any more.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Rows>>> {
        let Some(segment) = self.0.next() else { return Ok(None) };
        blocking(move || segment.read()).await.map(Some)
    }
}

/// Runs work that waits for the disk.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|e| Err(Error::internal("spilling was given up").with_source(e)))
}
