//! Publishing under the table's lock: `RenamingSnapshotCommit` with Java's lock, above create-if-absent.

use crate::lock::Locks;
use async_trait::async_trait;
use rimon_metadata::{Branch, Publish, SnapshotCommit};
use rimon_spec::{ErrorKind, Result, Snapshot};
use std::sync::Arc;

/// Locks taken for one publish, when the server takes them away again.
const TRIES: u32 = 3;

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
        let mut tries = TRIES;
        loop {
            let held = self.locks.acquire(&self.database, &self.object).await?;
            tries = tries.saturating_sub(1);
            // Java looks under the lock whether the snapshot exists; the inner commit looks and creates in one step. What
            // is asked here is whether the lock still keeps others out.
            if let Err(e) = held.check().await {
                held.release().await;
                if e.kind() == ErrorKind::Conflict && tries > 0 {
                    continue;
                }
                return Err(e);
            }
            let published = self.inner.publish(branch, snapshot).await;
            held.release().await;
            return published;
        }
    }
}
