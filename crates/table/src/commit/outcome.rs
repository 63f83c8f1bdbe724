//! What became of a commit.

use std::fmt;

use rimon_spec::{Error, Snapshot};

/// The outcome of a commit. A conflict and an unknown outcome are outcomes, not errors: an error means that nothing
/// was published and the same messages may be committed again.
#[derive(Debug)]
#[must_use = "a commit may have failed by conflict or have an unknown outcome"]
pub enum CommitOutcome {
    /// The changes are visible, as of this snapshot.
    Committed(Box<Snapshot>),
    /// An earlier call had committed them already, in this snapshot; nothing was done now.
    AlreadyCommitted(Box<Snapshot>),
    /// The rows are committed, but not the compaction that came with them, of which nothing was published. In a
    /// `first-row` table such rows show after the next compaction: that of the next writer, or
    /// [`Table::compact_rest`](crate::Table::compact_rest). When it failed for another reason than a conflict, committing
    /// the same messages again under the same identifier tries the compaction again (not those of batch jobs).
    NotCompacted {
        /// The snapshot that holds the rows.
        snapshot: Box<Snapshot>,
        /// Why: a conflict with what others committed, or a failure.
        cause: Error,
    },
    /// There was nothing to commit and empty commits are skipped.
    Skipped,
    /// Somebody else changed the table in a way that these changes cannot be combined with. Nothing was published;
    /// trying again is pointless.
    Conflict(CommitConflict),
    /// The storage did not say whether the snapshot was published. Nothing was deleted.
    Unknown(UnknownCommit),
}

impl CommitOutcome {
    /// The snapshot that holds the changes; `None` for an empty commit.
    ///
    /// # Errors
    /// `Conflict` for a conflict, `OutcomeUnknown` for an unknown outcome.
    pub fn into_snapshot(self) -> Result<Option<Snapshot>, Error> {
        match self {
            Self::Committed(snapshot)
            | Self::AlreadyCommitted(snapshot)
            | Self::NotCompacted { snapshot, .. } => Ok(Some(*snapshot)),
            Self::Skipped => Ok(None),
            Self::Conflict(conflict) => Err(conflict.into_error()),
            Self::Unknown(unknown) => Err(unknown.into_error()),
        }
    }
}

/// Why changes could not be combined with what others committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitConflict {
    /// One line, naming partition and files.
    pub reason: String,
    /// Snapshot the changes were checked against; `None` when they contradict themselves.
    pub against: Option<i64>,
    /// What the user can do.
    pub hint: Option<String>,
}

impl CommitConflict {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), against: None, hint: None }
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn against(mut self, snapshot: Option<i64>) -> Self {
        self.against = snapshot;
        self
    }

    /// The same as an error of kind `Conflict`.
    pub fn into_error(self) -> Error {
        let mut error = Error::conflict(self.reason);
        if let Some(id) = self.against {
            error = error.with("snapshot", id);
        }
        match self.hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }
}

impl fmt::Display for CommitConflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

/// A publish that could not be resolved. Find out later by looking for a snapshot whose delta manifest list is
/// [`UnknownCommit::delta_manifest_list`], a name that nobody else uses: [`super::TableCommitter::resolve`].
#[derive(Debug)]
pub struct UnknownCommit {
    /// Who committed.
    pub user: String,
    /// Identifier of the commit.
    pub identifier: i64,
    /// The snapshot id that was tried last.
    pub snapshot_id: i64,
    /// The commit's own manifest list.
    pub delta_manifest_list: String,
    /// The snapshot that holds the rows, when it is the compaction after it whose outcome is unknown.
    pub rows: Option<Box<Snapshot>>,
    /// What the storage said.
    pub cause: Error,
}

impl UnknownCommit {
    /// The same as an error of kind `OutcomeUnknown`, which is not to be retried.
    pub fn into_error(self) -> Error {
        Error::outcome_unknown("the outcome of the commit is unknown; it may have succeeded")
            .with("snapshot", self.snapshot_id)
            .with("manifest list", self.delta_manifest_list)
            .with_hint("look at the table's snapshots before trying again")
            .with_source(self.cause)
    }
}
