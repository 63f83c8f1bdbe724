//! The writer of one bucket, of either kind of table.

use std::sync::Arc;

use arrow::array::{Int8Array, RecordBatch};
use rimon_lsm::MergeTreeWriter;
use rimon_spec::{DataFileMeta, Result};

use super::merge_tree::BucketRuns;
use super::postpone::PostponeWriter;
use super::spill::Spool;
use super::spilling::{FlushRoom, SpillingWriter};
use super::waiting::WaitingWriter;

/// What a worker drives.
pub(crate) enum BucketWriter {
    /// Of an append table.
    Append(Box<WaitingWriter>),
    /// Of a primary-key table.
    MergeTree(Box<MergeTreeWriter<BucketRuns>>, Arc<FlushRoom>),
    /// Of rows that have no bucket yet.
    Postpone(Box<PostponeWriter>),
    /// Of a primary-key table, spilling.
    Spilling(Box<SpillingWriter>),
}

impl BucketWriter {
    /// Takes rows that have the table's schema.
    pub(crate) async fn write(
        &mut self,
        batch: RecordBatch,
        kinds: Option<&Int8Array>,
    ) -> Result<()> {
        match self {
            Self::Append(writer) => writer.write(batch).await,
            Self::MergeTree(writer, _) => writer.write(batch, kinds).await,
            Self::Postpone(writer) => writer.write(&batch, kinds).await,
            Self::Spilling(writer) => writer.write(batch, kinds).await,
        }
    }

    /// Bytes held in memory.
    pub(crate) fn memory(&self) -> usize {
        match self {
            Self::Append(writer) => writer.memory(),
            Self::MergeTree(writer, _) => writer.memory(),
            Self::Postpone(writer) => writer.memory(),
            Self::Spilling(writer) => writer.memory(),
        }
    }

    /// Sequence number of the next row.
    pub(crate) fn next_sequence(&self) -> i64 {
        match self {
            Self::Append(writer) => writer.next_sequence(),
            Self::MergeTree(writer, _) => writer.next_sequence(),
            Self::Postpone(_) => 0,
            Self::Spilling(writer) => writer.next_sequence(),
        }
    }

    /// There are many buckets: rows of append tables wait from now on.
    pub(crate) fn wait(&mut self, spool: Spool) {
        if let Self::Append(writer) = self {
            writer.wait(spool);
        }
    }

    /// Frees memory: puts what is in it into files, or spills it.
    pub(crate) async fn relieve(&mut self) -> Result<()> {
        match self {
            Self::Append(writer) => writer.relieve().await,
            Self::MergeTree(writer, room) => {
                let _room = room.of(writer.memory(), 0).await?;
                writer.flush().await
            }
            Self::Postpone(writer) => writer.flush().await,
            Self::Spilling(writer) => writer.relieve().await,
        }
    }

    /// Completes all files.
    pub(crate) async fn finish(&mut self) -> Result<Vec<DataFileMeta>> {
        match self {
            Self::Append(writer) => writer.finish().await,
            Self::MergeTree(writer, room) => {
                let _room = room.of(writer.memory(), 0).await?;
                writer.finish().await
            }
            Self::Postpone(writer) => writer.finish().await,
            Self::Spilling(writer) => writer.finish().await,
        }
    }

    /// Gives up what is not complete.
    pub(crate) async fn abort(&mut self) -> Result<()> {
        match self {
            Self::Append(writer) => writer.abort().await,
            Self::Postpone(writer) => writer.abort().await,
            // The engine holds no open file between calls.
            Self::MergeTree(..) | Self::Spilling(_) => Ok(()),
        }
    }
}
