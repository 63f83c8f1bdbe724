//! Compacting what a commit left in level 0.

use rimon_spec::{BinaryRow, Result};

use super::retry::Retry;
use super::{BATCH_COMMIT, CommitOutcome, TableCommitter};
use crate::table::Table;
use crate::write::CommitMessage;

impl Table {
    /// Compacts the buckets of messages whose rows were committed, but not their compaction
    /// ([`CommitOutcome::NotCompacted`]): the files that are in level 0 by now, whoever wrote them. Tries again while others
    /// are faster, as long as a commit may take. The outcome of the last try; `Skipped` when nothing was left to do.
    ///
    /// # Errors
    /// Those of reading, writing and committing; rows that were committed stay.
    pub async fn compact_rest(&self, messages: &[CommitMessage]) -> Result<CommitOutcome> {
        let mut buckets: Vec<(BinaryRow, i32)> = Vec::new();
        for message in messages.iter().filter(|m| m.is_compacted()) {
            let id = (message.partition.clone(), message.bucket);
            if !buckets.contains(&id) {
                buckets.push(id);
            }
        }
        let mut retry = Retry::new(self.options());
        loop {
            let committer = self.committer(self.new_user());
            let messages = self.compactions(&buckets).await?;
            if messages.is_empty() {
                return Ok(CommitOutcome::Skipped);
            }
            let outcome = committer.commit(BATCH_COMMIT, messages.clone()).await;
            let left = matches!(outcome, Err(_) | Ok(CommitOutcome::Conflict(_)));
            if left && let Err(err) = committer.abort(&messages).await {
                tracing::warn!(%err, "files of a compaction that was not committed are left behind");
            }
            match outcome? {
                CommitOutcome::Conflict(_) if retry.wait(self.runtime().ids()).await => {}
                outcome => return Ok(outcome),
            }
        }
    }

    /// Makes up for a compaction that could not be committed after its rows were, so that the rows show: its files are
    /// deleted, and the buckets compacted as they are now. What fails is only logged: the rows are committed, and the next
    /// writer of the buckets compacts them.
    pub async fn compact_after(&self, committer: &TableCommitter, messages: &[CommitMessage]) {
        if let Err(err) = committer.abort(messages).await {
            tracing::warn!(%err, "files of a compaction that was not committed are left behind");
        }
        match self.compact_rest(messages).await {
            Ok(CommitOutcome::Conflict(conflict)) => {
                tracing::warn!(%conflict, "rows stay hidden until the next compaction");
            }
            Ok(_) => {}
            Err(err) => tracing::warn!(%err, "rows stay hidden until the next compaction"),
        }
    }
}
