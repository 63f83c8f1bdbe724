//! Writers of one bucket whose rows go to the local disk when memory is short.

use std::sync::Arc;

use arrow::array::{Int8Array, RecordBatch};
use rimon_lsm::MergeTreeWriter;
use rimon_spec::{DataFileMeta, Error, Result};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::merge_tree::BucketRuns;
use super::spill::{Rows, Spool};

/// Bytes of one permit of a [`FlushRoom`].
const UNIT: usize = 64 << 10;
/// Memory of a column of a file that is written, however few rows there are: batches under way, buffers of pages, the
/// table of a dictionary.
const COLUMN: usize = 640 << 10;

/// The memory that flushes take beside the rows that are in memory before, shared by all buckets of a writer.
#[derive(Debug)]
pub(crate) struct FlushRoom {
    permits: Semaphore,
    all: usize,
    /// Permits that every flush takes.
    least: usize,
    /// What the columns of a file take.
    file: usize,
}

impl FlushRoom {
    /// Room of about `bytes` bytes for files of so many columns, and for `most` of them at once.
    pub(crate) fn new(bytes: usize, columns: usize, most: usize) -> Self {
        let all = (bytes / UNIT).clamp(1, u32::MAX as usize);
        let least = (all / most.max(1)).max(1);
        Self { permits: Semaphore::new(all), all, least, file: columns.saturating_mul(COLUMN) }
    }

    /// Waits until there is room to flush `held` bytes of rows in memory and `spilled` bytes from disk, or for all that
    /// there is. Sorted and encoded they take as much again.
    pub(crate) async fn of(&self, held: usize, spilled: usize) -> Result<SemaphorePermit<'_>> {
        let sorted = held.saturating_add(spilled);
        let memory = sorted.saturating_add(spilled).saturating_add(self.file);
        let wanted = memory.div_ceil(UNIT).clamp(self.least, self.all);
        let permits = self.permits.acquire_many(u32::try_from(wanted).unwrap_or(u32::MAX)).await;
        permits.map_err(|e| Error::internal("waiting for memory was given up").with_source(e))
    }
}

/// Writes a bucket of a primary-key table.
pub(crate) struct SpillingWriter {
    writer: MergeTreeWriter<BucketRuns>,
    spool: Spool,
    room: Arc<FlushRoom>,
    /// Bytes of rows, in memory and on disk, from which they are flushed.
    full: usize,
}

impl SpillingWriter {
    /// `writer` must not flush of itself: rows on disk come before those it holds.
    pub(crate) fn new(
        writer: MergeTreeWriter<BucketRuns>,
        spool: Spool,
        room: Arc<FlushRoom>,
        full: usize,
    ) -> Self {
        Self { writer, spool, room, full }
    }

    pub(crate) async fn write(
        &mut self,
        batch: RecordBatch,
        kinds: Option<&Int8Array>,
    ) -> Result<()> {
        self.writer.write(batch, kinds).await?;
        if self.writer.memory().saturating_add(self.spool.memory()) > self.full {
            self.flush().await?;
        }
        Ok(())
    }

    /// Bytes held in memory.
    pub(crate) fn memory(&self) -> usize {
        self.writer.memory()
    }

    pub(crate) fn next_sequence(&self) -> i64 {
        self.writer.next_sequence().saturating_add(self.spool.rows() as i64)
    }

    /// Frees memory: spills, or flushes when the disk must not be used any more.
    pub(crate) async fn relieve(&mut self) -> Result<()> {
        if !self.spool.has_room() {
            return self.flush().await;
        }
        let memory = self.writer.memory();
        let rows = self.writer.take().into_iter().map(|(batch, kinds)| Rows { batch, kinds });
        self.spool.push(rows.collect(), memory).await
    }

    /// Waits for its turn: encoders take memory, too, and buckets may be many.
    async fn flush(&mut self) -> Result<()> {
        let _room = self.room.of(self.writer.memory(), self.spool.memory()).await?;
        if self.spool.rows() == 0 {
            return self.writer.flush().await;
        }
        let latest = self.writer.take();
        let mut spilled = self.spool.take();
        while let Some(rows) = spilled.next().await? {
            for Rows { batch, kinds } in rows {
                self.writer.write(batch, kinds.as_ref()).await?;
            }
        }
        for (batch, kinds) in latest {
            self.writer.write(batch, kinds.as_ref()).await?;
        }
        self.writer.flush().await
    }

    pub(crate) async fn finish(&mut self) -> Result<Vec<DataFileMeta>> {
        self.flush().await?;
        self.writer.finish().await
    }
}
