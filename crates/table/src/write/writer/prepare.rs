//! From what was written to commit messages.

use std::sync::Arc;

use futures::StreamExt;
use futures::future::join_all;
use rimon_spec::{Error, Result};

use super::{BucketId, TableWriter};
use crate::write::compact::{BucketBase, Compactor, compacts};
use crate::write::files::bucket_directory;
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

    /// Compacts the buckets of `messages`, several at a time.
    async fn compact(&self, messages: &mut [CommitMessage]) -> Result<()> {
        if !compacts(self.table.options()) {
            return Ok(());
        }
        let ids: Vec<BucketId> = messages.iter().map(|m| (m.partition.clone(), m.bucket)).collect();
        let mut base = match self.ignore_previous {
            true => BucketBase::default(),
            false => BucketBase::latest(&self.table, &ids).await?,
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let memory = self.memory / cores;
        let compactor = Arc::new(Compactor::new(self.table.clone(), self.open.clone(), memory));
        let mut running = Vec::new();
        for (message, id) in messages.iter().zip(ids) {
            let mut files = base.take(&id);
            files.extend(message.new_files.iter().cloned());
            let compactor = Arc::clone(&compactor);
            running.push(async move {
                let task = tokio::spawn(async move { compactor.run(&id, files).await });
                task.await.map_err(|e| Error::internal("a compaction stopped").with_source(e))?
            });
        }
        // All of them, so that none writes on when another one has failed.
        let done: Vec<_> = futures::stream::iter(running).buffered(cores).collect().await;
        for (message, compacted) in messages.iter_mut().zip(done) {
            match compacted? {
                // The rows replace all others: they come into the table compacted.
                Some(compacted) if self.ignore_previous => {
                    for name in compacted.replace(&mut message.new_files) {
                        self.drop_file(message, &name).await?;
                    }
                }
                Some(compacted) => compacted.add_to(message),
                None => {}
            }
        }
        Ok(())
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
        self.compact(&mut messages).await?;
        keys.add_to(&mut messages);
        Ok(messages)
    }

    /// Deletes a file that is not needed any more.
    async fn drop_file(&self, message: &CommitMessage, name: &str) -> Result<()> {
        let directory = bucket_directory(&self.table, &message.partition, message.bucket)?;
        let path = format!("{directory}/{name}");
        self.table.storage().delete(&path).await?;
        self.open.forget(&path);
        Ok(())
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
