//! A job that is restarted and commits again all that it has.

use std::collections::BTreeMap;

use rimon_spec::{CommitKind, ErrorKind, Result, Snapshot};

use super::changes::collect;
use super::cleanup;
use super::committer::TableCommitter;
use super::identity::find_committed;
use super::outcome::CommitOutcome;
use crate::write::CommitMessage;

impl TableCommitter {
    /// Commits what a job had prepared before it was restarted, oldest first: `commits` are identifiers with their
    /// messages. Those that are in the table already, whoever committed them, are left out; so a restarted job commits
    /// all it still has, any number of times, and each commit is in the table once (`StreamTableCommit.filterAndCommit`).
    /// Stops after the first outcome that is a conflict or unknown.
    ///
    /// # Errors
    /// As [`TableCommitter::commit`]; `NotFound` naming the file when files that are still to be committed were deleted,
    /// by a cleaning of orphan files, say: then their commit is not made, nor any after it.
    pub async fn filter_and_commit(
        &self,
        commits: impl IntoIterator<Item = (i64, Vec<CommitMessage>)>,
    ) -> Result<Vec<(i64, CommitOutcome)>> {
        let commits: BTreeMap<i64, Vec<CommitMessage>> = commits.into_iter().collect();
        let mut outcomes = Vec::with_capacity(commits.len());
        for (identifier, messages) in commits {
            // what this committer did before the restart does not tell what others did since
            self.look_back();
            let outcome = match self.earlier(identifier, &messages).await? {
                Some(snapshot) => CommitOutcome::AlreadyCommitted(Box::new(snapshot)),
                None => self.commit_left(identifier, messages).await?,
            };
            let go_on = !matches!(outcome, CommitOutcome::Conflict(_) | CommitOutcome::Unknown(_));
            outcomes.push((identifier, outcome));
            if !go_on {
                break;
            }
        }
        Ok(outcomes)
    }

    /// Commits what is not in the table, or not in whole: the rows may be there without their compaction.
    async fn commit_left(
        &self,
        identifier: i64,
        messages: Vec<CommitMessage>,
    ) -> Result<CommitOutcome> {
        let snapshots = self.table().snapshots();
        let kinds = &[CommitKind::Append, CommitKind::Overwrite];
        let rows = find_committed(&snapshots, self.user(), identifier, kinds).await?;
        match rows {
            None => cleanup::check_files(self.table(), &messages).await?,
            Some(rows) => {
                // What held the rows may have been replaced by others; what their compaction made must be there.
                let compacted =
                    messages.iter().map(CommitMessage::only_compaction).collect::<Vec<_>>();
                if let Err(cause) = cleanup::check_files(self.table(), &compacted).await {
                    return match cause.kind() {
                        ErrorKind::NotFound => {
                            Ok(CommitOutcome::NotCompacted { snapshot: Box::new(rows), cause })
                        }
                        _ => Err(cause),
                    };
                }
            }
        }
        self.commit(identifier, messages).await
    }

    /// The last snapshot of a commit that is in the table in whole.
    async fn earlier(
        &self,
        identifier: i64,
        messages: &[CommitMessage],
    ) -> Result<Option<Snapshot>> {
        let (append, compact) = collect(messages, self.table().options().bucket)?;
        let kinds: &[CommitKind] = match compact.is_empty() {
            false => &[CommitKind::Compact],
            true if append.is_empty() => {
                &[CommitKind::Append, CommitKind::Overwrite, CommitKind::Compact]
            }
            true => &[CommitKind::Append, CommitKind::Overwrite],
        };
        find_committed(&self.table().snapshots(), self.user(), identifier, kinds).await
    }
}
