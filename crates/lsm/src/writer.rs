//! Writing into the tree: a buffer that becomes a sorted run whenever it is full.

use std::sync::Arc;

use arrow::array::{Int8Array, RecordBatch};
use rimon_spec::Result;

use crate::buffer::{BufferSpec, WriteBuffer};
use crate::ports::{RunRole, RunWriterFactory};

/// Writes the rows of one bucket. Mirrors `MergeTreeWriter.java` without compaction.
#[derive(Debug)]
pub struct MergeTreeWriter<F: RunWriterFactory> {
    factory: Arc<F>,
    buffer: WriteBuffer,
    budget: usize,
    files: Vec<F::File>,
}

impl<F: RunWriterFactory> MergeTreeWriter<F> {
    /// A writer whose first row gets `first_sequence` (greatest sequence number of the bucket's
    /// files + 1) and that flushes when the buffer holds more than `budget` bytes.
    pub fn new(
        factory: Arc<F>,
        spec: BufferSpec,
        first_sequence: i64,
        budget: usize,
    ) -> Result<Self> {
        Ok(Self {
            factory,
            buffer: WriteBuffer::new(spec, first_sequence)?,
            budget,
            files: Vec::new(),
        })
    }

    /// Adds rows (all value columns) with their kinds (`_VALUE_KIND` bytes; `None`: all `+I`);
    /// flushes when the buffer is over its budget.
    pub async fn write(&mut self, batch: RecordBatch, kinds: Option<&Int8Array>) -> Result<()> {
        self.buffer.push(batch, kinds)?;
        if self.buffer.memory() > self.budget { self.flush().await } else { Ok(()) }
    }

    /// Bytes held in memory.
    pub fn memory(&self) -> usize {
        self.buffer.memory()
    }

    /// Sequence number of the next row.
    pub fn next_sequence(&self) -> i64 {
        self.buffer.next_sequence()
    }

    /// Writes what is buffered as one run of level 0; nothing when it is empty. On an error the
    /// run is aborted and the buffered rows are lost: the writer must not be used further.
    pub async fn flush(&mut self) -> Result<()> {
        if self.buffer.rows() == 0 {
            return Ok(());
        }
        let rows = self.buffer.flush()?;
        let mut run = self.factory.create(RunRole { level: 0 }).await?;
        for batch in rows {
            let written = match batch {
                Ok(batch) => run.write(batch).await,
                Err(error) => Err(error),
            };
            if let Err(error) = written {
                // The first error is the cause; a failing clean-up adds nothing to it.
                let _ = run.abort().await;
                return Err(error);
            }
        }
        self.files.extend(run.finish().await?);
        Ok(())
    }

    /// Flushes, and hands out the files written since the last call; the writer can go on.
    pub async fn finish(&mut self) -> Result<Vec<F::File>> {
        self.flush().await?;
        Ok(std::mem::take(&mut self.files))
    }
}
