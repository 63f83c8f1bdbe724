//! Write and commit in one call.

use arrow::array::RecordBatch;
use rimon_spec::{Result, Snapshot};

use crate::commit::{BATCH_COMMIT, CommitOutcome};
use crate::table::Table;

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
    /// The snapshot, or `None` when there were no rows.
    ///
    /// # Errors
    /// As [`crate::write::TableWriter::write`] and [`crate::commit::TableCommitter::commit`]; `Conflict` and an unknown
    /// outcome (`OutcomeUnknown`) are errors here. Except for the latter, nothing is left behind.
    pub async fn append(
        &self,
        batches: impl IntoIterator<Item = RecordBatch> + Send,
    ) -> Result<Option<Snapshot>> {
        let user = self.new_user();
        let mut writer = self.writer(user.as_str()).build()?;
        let batches: Vec<RecordBatch> = batches.into_iter().collect();
        for batch in batches {
            if let Err(error) = writer.write(batch).await {
                writer.abort().await;
                return Err(error);
            }
        }
        let messages = writer.prepare_commit(BATCH_COMMIT).await?;
        let committer = self.committer(user);
        let outcome = committer.commit(BATCH_COMMIT, messages.clone()).await;
        if !matches!(
            outcome,
            Ok(CommitOutcome::Unknown(_)
                | CommitOutcome::Committed(_)
                | CommitOutcome::AlreadyCommitted(_))
        ) && let Err(err) = committer.abort(&messages).await
        {
            tracing::warn!(%err, "data files of a failed commit are left behind");
        }
        outcome?.into_snapshot()
    }
}
