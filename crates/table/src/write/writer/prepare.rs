//! From what was written to commit messages.

use futures::future::join_all;
use rimon_spec::{Error, Result};

use super::{BucketId, TableWriter};
use crate::write::message::CommitMessage;
use crate::write::worker::Worker;

impl TableWriter {
    /// Completes all files written since the last call and makes them durable. `identifier` is the one they will be
    /// committed with. The writer can go on with the rows of the next commit.
    ///
    /// # Errors
    /// Any error of the background tasks; all files are deleted then, and the writer is dead.
    pub async fn prepare_commit(&mut self, identifier: i64) -> Result<Vec<CommitMessage>> {
        self.check_alive().await?;
        self.divide().await?;
        let prepared = self.finish_buckets().await;
        let synced = match prepared {
            Ok(messages) => self.sync().await.map(|()| messages),
            Err(error) => Err(error),
        };
        match synced {
            Ok(messages) => Ok(messages),
            Err(error) => {
                self.abort().await;
                Err(error.with("table", self.table.name()).with("commit", identifier))
            }
        }
    }

    async fn finish_buckets(&mut self) -> Result<Vec<CommitMessage>> {
        let workers = std::mem::take(&mut self.workers);
        let ids: Vec<BucketId> = workers.keys().cloned().collect();
        let finished = join_all(workers.into_values().map(Worker::finish)).await;
        if let Some(error) = self.budget.take_error() {
            return Err(error);
        }
        let checked = self.restored.take().map(|r| r.snapshot());
        let keys = self.assigner.prepare(&self.open, &self.router, &self.user).await?;
        let mut messages = Vec::with_capacity(ids.len());
        for (id, finished) in ids.into_iter().zip(finished) {
            let finished = finished.ok_or_else(|| {
                Error::internal("the task of a bucket ended before its files were complete")
            })?;
            self.sequences.insert(id.clone(), finished.next_sequence);
            if finished.files.is_empty() {
                continue;
            }
            let total = self.assigner.total_buckets();
            let mut message = CommitMessage::of_new_files(id.0, id.1, total, finished.files);
            message.checked_snapshot = checked;
            messages.push(message);
        }
        keys.add_to(&mut messages);
        Ok(messages)
    }

    /// Forces the files to disk; from here on they belong to the messages.
    async fn sync(&self) -> Result<()> {
        let paths = self.open.take();
        let synced = self.table.storage().sync(&paths).await;
        if synced.is_err() {
            paths.into_iter().for_each(|path| self.open.add(path));
        }
        synced
    }
}
