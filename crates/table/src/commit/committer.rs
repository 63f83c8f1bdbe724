//! The noun that commits.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use hashbrown::HashSet;
use rimon_spec::{CommitKind, Error, Result, Snapshot};

use super::attempt::Attempt;
use super::changes::{Changes, collect};
use super::identity::{Identity, Kinship, find_committed};
use super::outcome::{CommitOutcome, UnknownCommit};
use super::{BATCH_COMMIT, cleanup};
use crate::table::Table;
use crate::write::CommitMessage;

/// Commits the messages of writers, on behalf of one user: [`Table::committer`].
///
/// A user is a job: a name nobody else commits with. The commits of a streaming job have ascending identifiers, and a
/// repeated one is recognised, by other processes too. Batch jobs use [`BATCH_COMMIT`] and a new user each time.
#[derive(Debug)]
pub struct TableCommitter {
    table: Table,
    user: String,
    ignore_empty: bool,
    /// Whether the past commits of the user were looked at.
    looked_back: AtomicBool,
    /// Files of batch commits that were published, or may have been, by the kind of their snapshot: batch identifiers do
    /// not tell a repetition. A file that only changed its level is in two snapshots.
    spent: Mutex<HashSet<(bool, String)>>,
}

impl TableCommitter {
    pub(crate) fn new(table: Table, user: String) -> Self {
        let options = table.options();
        let ignore_empty = match options.ignore_empty_commit {
            _ if options.commit_force_create_snapshot => Some(false),
            ignore => ignore,
        };
        Self {
            ignore_empty: ignore_empty.unwrap_or(true),
            table,
            user,
            looked_back: false.into(),
            spent: Mutex::default(),
        }
    }

    /// Whether a commit without changes makes no snapshot; the default is the table's
    /// `snapshot.ignore-empty-commit`, true if not set.
    #[must_use]
    pub fn ignore_empty_commit(mut self, ignore: bool) -> Self {
        self.ignore_empty = ignore;
        self
    }

    /// Makes the next commit look for what others did since the last one.
    pub(super) fn look_back(&self) {
        self.looked_back.store(false, Ordering::Relaxed);
    }

    pub(super) fn table(&self) -> &Table {
        &self.table
    }

    /// Who commits.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Makes the files of `messages` visible in one snapshot (two, when there are rows and compactions), or finds
    /// that an earlier call has.
    ///
    /// # Errors
    /// Nothing was published. `Unavailable`: trying again may help. `Invalid`, `Unsupported`: it will not.
    pub async fn commit(
        &self,
        identifier: i64,
        messages: Vec<CommitMessage>,
    ) -> Result<CommitOutcome> {
        self.commit_with_watermark(identifier, messages, None).await
    }

    /// As [`TableCommitter::commit`], with the event-time watermark in milliseconds that the changes reach.
    ///
    /// # Errors
    /// As [`TableCommitter::commit`].
    pub async fn commit_with_watermark(
        &self,
        identifier: i64,
        messages: Vec<CommitMessage>,
        watermark: Option<i64>,
    ) -> Result<CommitOutcome> {
        self.table.options().refuse_unsupported_write()?;
        let (append, compact) = collect(&messages, self.table.options().bucket)?;
        if append.is_empty() && compact.is_empty() && self.ignore_empty {
            return Ok(CommitOutcome::Skipped);
        }
        let mut outcome = CommitOutcome::Skipped;
        if !append.is_empty() || !self.ignore_empty {
            outcome = self.commit_changes(identifier, &append, watermark).await?;
        }
        if !compact.is_empty() {
            outcome = match outcome {
                CommitOutcome::Committed(rows) | CommitOutcome::AlreadyCommitted(rows) => {
                    self.commit_compaction(identifier, &compact, watermark, rows).await
                }
                CommitOutcome::Skipped => {
                    self.commit_changes(identifier, &compact, watermark).await?
                }
                failed => failed,
            };
        }
        // What may be committed again in part is looked for then.
        let whole =
            !matches!(outcome, CommitOutcome::NotCompacted { .. } | CommitOutcome::Unknown(_));
        self.looked_back.store(whole, Ordering::Relaxed);
        Ok(outcome)
    }

    /// The second snapshot of a commit whose rows are in the table: whatever becomes of it, they stay.
    async fn commit_compaction(
        &self,
        identifier: i64,
        compact: &Changes,
        watermark: Option<i64>,
        rows: Box<Snapshot>,
    ) -> CommitOutcome {
        match self.commit_changes(identifier, compact, watermark).await {
            Ok(CommitOutcome::Conflict(conflict)) => {
                CommitOutcome::NotCompacted { snapshot: rows, cause: conflict.into_error() }
            }
            Ok(CommitOutcome::Unknown(unknown)) => {
                CommitOutcome::Unknown(UnknownCommit { rows: Some(rows), ..unknown })
            }
            Ok(outcome) => outcome,
            Err(cause) => CommitOutcome::NotCompacted { snapshot: rows, cause },
        }
    }

    async fn commit_changes(
        &self,
        identifier: i64,
        changes: &Changes,
        watermark: Option<i64>,
    ) -> Result<CommitOutcome> {
        if let Some(earlier) = self.find_earlier(identifier, changes).await? {
            return Ok(CommitOutcome::AlreadyCommitted(Box::new(earlier)));
        }
        let attempt =
            Attempt::start(&self.table, &self.user, identifier, changes, watermark).await?;
        let outcome = attempt.run().await?;
        self.remember(identifier, changes, &outcome);
        Ok(outcome)
    }

    /// The snapshot of an earlier call with these changes, if there is one.
    ///
    /// # Errors
    /// `Invalid` for messages of a batch job that were committed by this committer.
    pub(super) async fn find_earlier(
        &self,
        identifier: i64,
        changes: &Changes,
    ) -> Result<Option<Snapshot>> {
        if identifier != BATCH_COMMIT && !self.looked_back.load(Ordering::Relaxed) {
            let kinds: &[CommitKind] = match changes.kind {
                CommitKind::Compact => &[CommitKind::Compact],
                _ => &[CommitKind::Append, CommitKind::Overwrite],
            };
            let snapshots = self.table.snapshots();
            let found = find_committed(&snapshots, &self.user, identifier, kinds).await?;
            if found.is_some() {
                return Ok(found);
            }
        }
        self.refuse_repetition(identifier, changes)?;
        Ok(None)
    }

    /// Keeps the names of files that were, or may have been, published by a batch commit.
    pub(super) fn remember(&self, identifier: i64, changes: &Changes, outcome: &CommitOutcome) {
        if identifier == BATCH_COMMIT
            && matches!(outcome, CommitOutcome::Committed(_) | CommitOutcome::Unknown(_))
        {
            let compacts = changes.kind == CommitKind::Compact;
            let added = changes.added_files().map(|name| (compacts, name.to_owned()));
            self.spent.lock().unwrap_or_else(PoisonError::into_inner).extend(added);
        }
    }

    /// A file that is added twice makes the table unreadable.
    fn refuse_repetition(&self, identifier: i64, changes: &Changes) -> Result<()> {
        let spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let compacts = changes.kind == CommitKind::Compact;
        match changes.added_files().find(|name| spent.contains(&(compacts, (*name).to_owned()))) {
            Some(name) if identifier == BATCH_COMMIT => {
                Err(Error::invalid("these messages were committed before")
                    .with("table", self.table.name())
                    .with("file", name)
                    .with_hint("after an unknown outcome use TableCommitter::resolve"))
            }
            _ => Ok(()),
        }
    }

    #[cfg(test)]
    pub(crate) fn looked_back_for_tests(&self, looked: bool) {
        self.looked_back.store(looked, Ordering::Relaxed);
    }

    /// Finds out what became of a commit whose outcome was unknown: the snapshot that holds it, or `None` when it is
    /// certain that it was not and will not be published.
    ///
    /// # Errors
    /// `Unavailable` while nobody can say.
    pub async fn resolve(&self, unknown: &UnknownCommit) -> Result<Option<Snapshot>> {
        let identity = Identity {
            user: unknown.user.clone(),
            identifier: BATCH_COMMIT,
            kind: CommitKind::Append,
            delta_list: unknown.delta_manifest_list.clone(),
        };
        match self.table.snapshots().find(unknown.snapshot_id).await? {
            Some(found) if identity.of(&found) == Kinship::Same => Ok(Some(found)),
            Some(_) => Ok(None),
            None => Err(Error::unavailable("the commit may still become visible")
                .with("snapshot", unknown.snapshot_id)),
        }
    }

    /// Deletes the files of messages that will not be committed, or whose compaction will not be
    /// ([`CommitOutcome::NotCompacted`] by a conflict). Files that a snapshot names stay, so that a wrong call does no
    /// harm. Never call it while the outcome of their commit is unknown.
    ///
    /// # Errors
    /// When the table's files cannot be listed; nothing is deleted then.
    pub async fn abort(&self, messages: &[CommitMessage]) -> Result<()> {
        cleanup::abort(&self.table, messages).await
    }
}

impl Table {
    /// Commits on behalf of `user`, see [`TableCommitter`].
    pub fn committer(&self, user: impl Into<String>) -> TableCommitter {
        TableCommitter::new(self.clone(), user.into())
    }
}
