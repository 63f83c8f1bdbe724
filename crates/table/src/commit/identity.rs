//! Finding out whether a commit is in the table already: reliability of retries and restarts.

use rimon_metadata::SnapshotStore;
use rimon_spec::{CommitKind, Result, Snapshot};

use super::BATCH_COMMIT;

/// What tells a commit from all others.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// Who commits.
    pub(crate) user: String,
    /// The commit among those of its user; [`BATCH_COMMIT`] says nothing.
    pub(crate) identifier: i64,
    /// Kind of the snapshot.
    pub(crate) kind: CommitKind,
    /// Its own manifest list.
    pub(crate) delta_list: String,
}

/// What a snapshot is to a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kinship {
    /// This very commit.
    Same,
    /// The same commit, made by an earlier process or call.
    Earlier,
    /// Another one.
    Other,
}

impl Identity {
    /// What `snapshot` is to this commit.
    pub(crate) fn of(&self, snapshot: &Snapshot) -> Kinship {
        if snapshot.delta_manifest_list == self.delta_list {
            Kinship::Same
        } else if self.identifier != BATCH_COMMIT
            && snapshot.commit_user == self.user
            && snapshot.commit_identifier == self.identifier
            && snapshot.commit_kind == self.kind
        {
            Kinship::Earlier
        } else {
            Kinship::Other
        }
    }

    /// The snapshot among `after + 1 ..= last` that is this commit.
    pub(crate) async fn find(
        &self,
        snapshots: &SnapshotStore,
        after: i64,
        last: &Snapshot,
    ) -> Result<Option<(Snapshot, Kinship)>> {
        for id in after.saturating_add(1)..last.id {
            if let Some(snapshot) = snapshots.find(id).await? {
                let kinship = self.of(&snapshot);
                if kinship != Kinship::Other {
                    return Ok(Some((snapshot, kinship)));
                }
            }
        }
        let kinship = self.of(last);
        Ok((kinship != Kinship::Other).then(|| (last.clone(), kinship)))
    }
}

/// The snapshot of `user` with this identifier, or, identifiers being ascending, the first one after it: the commit is
/// in the table. Looks back from the latest snapshot to the first that is gone.
///
/// `kinds`: which of a commit's two snapshots (rows, compaction) is meant.
pub(crate) async fn find_committed(
    snapshots: &SnapshotStore,
    user: &str,
    identifier: i64,
    kinds: &[CommitKind],
) -> Result<Option<Snapshot>> {
    let mut found = None;
    let Some(mut id) = snapshots.latest_id().await? else { return Ok(None) };
    while let Some(snapshot) = snapshots.find(id).await? {
        let of_user = snapshot.commit_user == user
            && snapshot.commit_identifier != BATCH_COMMIT
            && kinds.contains(&snapshot.commit_kind);
        if of_user {
            if snapshot.commit_identifier < identifier {
                break;
            }
            let exact = snapshot.commit_identifier == identifier;
            found = Some(snapshot);
            if exact {
                break;
            }
        }
        id -= 1;
    }
    Ok(found)
}
