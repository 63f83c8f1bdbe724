//! Publishing under the table's lock: `RenamingSnapshotCommit` with Java's lock, above create-if-absent.

use crate::lock::Locks;
use async_trait::async_trait;
use rimon_metadata::{Branch, Publish, SnapshotCommit};
use rimon_spec::{Result, Snapshot};
use std::sync::Arc;

/// Takes the lock, publishes, gives the lock back.
#[derive(Debug)]
pub(crate) struct LockedCommit {
    inner: Arc<dyn SnapshotCommit>,
    locks: Locks,
    database: String,
    /// The table, with its branch.
    object: String,
}

impl LockedCommit {
    pub(crate) fn new(
        inner: Arc<dyn SnapshotCommit>,
        locks: Locks,
        database: String,
        object: String,
    ) -> Self {
        Self { inner, locks, database, object }
    }
}

#[async_trait]
impl SnapshotCommit for LockedCommit {
    async fn publish(&self, branch: &Branch, snapshot: &Snapshot) -> Result<Publish> {
        let held = self.locks.acquire(&self.database, &self.object).await?;
        // Java checks under the lock whether the snapshot exists; here the inner commit does both in one step. What the
        // lock was taken for must not have passed meanwhile.
        if let Err(e) = held.check().await {
            held.release().await;
            return Err(e);
        }
        let published = self.inner.publish(branch, snapshot).await;
        held.release().await;
        published
    }
}
