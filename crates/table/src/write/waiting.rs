//! The writer of one bucket of an append table: rows go straight into a file, or wait until the end where buckets are
//! many, so that not every bucket has a file open (`write-max-writers-to-spill`).

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use rimon_spec::{DataFileMeta, Result};

use super::append::AppendWriter;
use super::kernel::arrow_error;
use super::spill::{Rows, Spool};
use super::spilling::FlushRoom;
use super::worker::bytes_of;

/// Writes a bucket of an append table.
pub(crate) struct WaitingWriter {
    writer: AppendWriter,
    /// Where rows go that wait; `None`: they do not wait.
    spool: Option<Spool>,
    waiting: Vec<RecordBatch>,
    rows: usize,
    memory: usize,
    room: Arc<FlushRoom>,
}

impl WaitingWriter {
    /// A writer whose rows do not wait.
    pub(crate) fn new(writer: AppendWriter, room: Arc<FlushRoom>) -> Self {
        Self { writer, spool: None, waiting: Vec::new(), rows: 0, memory: 0, room }
    }

    /// From here on rows wait. A file that is open stays open and gets them in the end.
    pub(crate) fn wait(&mut self, spool: Spool) {
        self.spool.get_or_insert(spool);
    }

    pub(crate) async fn write(&mut self, batch: RecordBatch) -> Result<()> {
        if self.spool.is_none() {
            return self.writer.write(&batch).await;
        }
        self.memory += bytes_of(&batch);
        self.rows += batch.num_rows();
        self.waiting.push(batch);
        Ok(())
    }

    /// Bytes held in memory.
    pub(crate) fn memory(&self) -> usize {
        self.memory.saturating_add(self.writer.memory())
    }

    pub(crate) fn next_sequence(&self) -> i64 {
        let spilled = self.spool.as_ref().map_or(0, Spool::rows);
        self.writer.next_sequence().saturating_add(self.rows.saturating_add(spilled) as i64)
    }

    /// Frees memory: spills, or completes a file when rows do not wait or the disk must not be used any more.
    pub(crate) async fn relieve(&mut self) -> Result<()> {
        if !self.spool.as_ref().is_some_and(Spool::has_room) {
            return self.write_all().await;
        }
        let (batches, memory) = self.take();
        let rows = batches.into_iter().map(|batch| Rows { batch, kinds: None }).collect();
        match &mut self.spool {
            Some(spool) => spool.push(rows, memory).await,
            None => Ok(()),
        }
    }

    fn take(&mut self) -> (Vec<RecordBatch>, usize) {
        self.rows = 0;
        (std::mem::take(&mut self.waiting), std::mem::take(&mut self.memory))
    }

    /// Waits for its turn, as a flush does, and completes a file.
    async fn write_all(&mut self) -> Result<()> {
        let Some(spool) = &mut self.spool else { return self.writer.flush().await };
        let room = Arc::clone(&self.room);
        let _room = room.of(self.memory, spool.memory()).await?;
        let mut spilled = spool.take();
        while let Some(rows) = spilled.next().await? {
            self.write_together(rows.into_iter().map(|rows| rows.batch).collect()).await?;
        }
        let (latest, _) = self.take();
        self.write_together(latest).await?;
        self.writer.flush().await
    }

    /// Small pieces are encoded faster as one.
    async fn write_together(&mut self, batches: Vec<RecordBatch>) -> Result<()> {
        let Some(first) = batches.first() else { return Ok(()) };
        let all = concat_batches(&first.schema(), &batches).map_err(arrow_error)?;
        drop(batches);
        self.writer.write(&all).await
    }

    pub(crate) async fn finish(&mut self) -> Result<Vec<DataFileMeta>> {
        self.write_all().await?;
        self.writer.finish().await
    }

    pub(crate) async fn abort(&mut self) -> Result<()> {
        self.writer.abort().await
    }
}
