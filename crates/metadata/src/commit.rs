//! Publishing a snapshot: format.md §13.4, reliability of three outcomes.

use crate::{Branch, Created, Layout, Storage, hint};
use async_trait::async_trait;
use bytes::Bytes;
use rimon_spec::{Error, FIRST_SNAPSHOT_ID, ManifestEntry, Result, Snapshot};
use std::fmt::Debug;

/// What became of a publish.
#[derive(Debug)]
pub enum Publish {
    /// The snapshot is the one of its id, for everybody and for ever.
    Won,
    /// Another snapshot has the id. Rebase on it and try the next id.
    Lost,
    /// Nobody can say. Nothing that the snapshot refers to may be deleted, and no later id may be
    /// tried, until reading the snapshot file resolves it. Carries what went wrong.
    Unknown(Error),
}

/// The one way a snapshot becomes visible.
///
/// Contract: `publish` makes `snapshot/snapshot-<id>` of the branch hold exactly the JSON of
/// `snapshot`, unless the file exists. The write is one atomic create-if-absent: never a look
/// followed by a write. After anything but a clean success the file is read and compared, since an
/// error may hide a success. Snapshots are told apart by the manifest lists they name, which are
/// new for every attempt; therefore the same bytes mean the same attempt, and publishing them again
/// is [`Publish::Won`]. What is done after the file exists (hints, logs) never changes the outcome.
/// The future may be dropped; the outcome is then unknown.
///
/// # Errors
/// `Err` says for certain that nothing was published and the same call would fail again or may be
/// repeated; everything doubtful is [`Publish::Unknown`].
#[async_trait]
pub trait SnapshotCommit: Debug + Send + Sync {
    /// Publishes `snapshot` on `branch`.
    async fn publish(&self, branch: &Branch, snapshot: &Snapshot) -> Result<Publish>;
}

/// Told about every published snapshot, for projections of the table elsewhere.
///
/// Contract: called after the publish, once per snapshot, in the committing process only. A
/// failure is reported to the committer's caller as a warning; it neither undoes nor fails the
/// commit. Implementations must be idempotent, as a crash may leave a snapshot untold.
#[async_trait]
pub trait CommitListener: Debug + Send + Sync {
    /// `delta` are the changes of the snapshot.
    async fn committed(&self, snapshot: &Snapshot, delta: &[ManifestEntry]) -> Result<()>;
}

/// Publishes by create-if-absent on the table's own storage.
#[derive(Debug, Clone)]
pub struct CreateIfAbsentCommit {
    storage: Storage,
}

impl CreateIfAbsentCommit {
    /// For the table at `storage`.
    pub fn new(storage: Storage) -> Self {
        Self { storage }
    }

    /// What the snapshot refers to is on disk before it is visible.
    async fn make_durable(&self, snapshot: &Snapshot) -> Result<()> {
        self.storage.sync_dir(Layout::MANIFEST_DIR).await?;
        if snapshot.statistics.is_some() {
            self.storage.sync_dir(Layout::STATISTICS_DIR).await?;
        }
        Ok(())
    }

    async fn write_hints(&self, layout: &Layout, id: i64) {
        let latest = layout.latest_hint();
        if self.is_behind(layout, hint::read(&self.storage, &latest).await, id).await {
            hint::write(&self.storage, &latest, id).await;
        }
        if id == FIRST_SNAPSHOT_ID {
            hint::write(&self.storage, &layout.earliest_hint(), id).await;
        }
    }

    /// Whether `LATEST` should say `id`: a slow writer does not set it back, unless it names a
    /// snapshot that is gone.
    async fn is_behind(&self, layout: &Layout, hint: Option<i64>, id: i64) -> bool {
        match hint {
            Some(found) if found >= id => {
                matches!(self.storage.exists(&layout.snapshot(found)).await, Ok(false))
            }
            _ => true,
        }
    }
}

#[async_trait]
impl SnapshotCommit for CreateIfAbsentCommit {
    async fn publish(&self, branch: &Branch, snapshot: &Snapshot) -> Result<Publish> {
        let layout = Layout::new(branch);
        let json = Bytes::from(snapshot.to_json()?);
        self.make_durable(snapshot).await?;
        match self.storage.create(&layout.snapshot(snapshot.id), json).await? {
            Created::Won => {
                self.write_hints(&layout, snapshot.id).await;
                Ok(Publish::Won)
            }
            Created::Lost => Ok(Publish::Lost),
            Created::Unknown(err) => Ok(Publish::Unknown(err)),
        }
    }
}

#[cfg(test)]
mod tests;
