//! Write and commit in one call.

use arrow::array::RecordBatch;
use rimon_spec::{Result, Snapshot};

use crate::commit::{BATCH_COMMIT, CommitOutcome};
use crate::table::Table;

/// How often rows are given buckets anew when others have chosen buckets meanwhile.
const MAX_WRITES: u32 = 200;

impl Table {
    /// A name to write and commit with that nobody else has: a uuid, after `commit.user-prefix` if set.
    pub fn new_user(&self) -> String {
        let uuid = self.runtime().ids().uuid();
        match &self.options().commit_user_prefix {
            Some(prefix) => format!("{prefix}_{uuid}"),
            None => uuid,
        }
    }

    /// Writes rows and commits them: all or none. On a primary-key table rows replace those with the same key.
    /// The snapshot, or `None` when there were no rows. Where buckets are chosen by what the table holds, rows are
    /// written again when another job was faster.
    ///
    /// # Errors
    /// As [`crate::write::TableWriter::write`] and [`crate::commit::TableCommitter::commit`]; `Conflict` and an unknown
    /// outcome (`OutcomeUnknown`) are errors here. Except for the latter, nothing is left behind.
    pub async fn append(
        &self,
        batches: impl IntoIterator<Item = RecordBatch> + Send,
    ) -> Result<Option<Snapshot>> {
        let batches: Vec<RecordBatch> = batches.into_iter().collect();
        let mut tries = self.max_writes();
        loop {
            tries = tries.saturating_sub(1);
            match self.append_once(&batches).await? {
                CommitOutcome::Conflict(_) if tries > 0 => {}
                outcome => return outcome.into_snapshot(),
            }
        }
    }

    /// How often a job that can make its rows again should write them when their commit ends in a conflict: more than
    /// once where buckets are chosen by what the table holds, since another job may have been faster.
    pub fn max_writes(&self) -> u32 {
        let dynamic = self.has_primary_key() && self.options().bucket == -1;
        if dynamic { MAX_WRITES } else { 1 }
    }

    async fn append_once(&self, batches: &[RecordBatch]) -> Result<CommitOutcome> {
        let user = self.new_user();
        let mut writer = self.writer(user.as_str()).build()?;
        for batch in batches {
            if let Err(error) = writer.write(batch.clone()).await {
                writer.abort().await;
                return Err(error);
            }
        }
        let messages = writer.prepare_commit(BATCH_COMMIT).await?;
        let committer = self.committer(user);
        let outcome = committer.commit(BATCH_COMMIT, messages.clone()).await;
        if matches!(outcome, Ok(CommitOutcome::NotCompacted { .. })) {
            self.compact_after(&committer, &messages).await;
            return outcome;
        }
        if !matches!(
            outcome,
            Ok(CommitOutcome::Unknown(_)
                | CommitOutcome::Committed(_)
                | CommitOutcome::AlreadyCommitted(_))
        ) && let Err(err) = committer.abort(&messages).await
        {
            tracing::warn!(%err, "data files of a failed commit are left behind");
        }
        outcome
    }
}
