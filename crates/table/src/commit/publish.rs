//! Publishing an attempt's snapshot until the outcome is known, and proving that readers can reach it.

use rimon_metadata::Publish;
use rimon_spec::{Result, Snapshot};

use super::attempt::Attempt;
use super::identity::Kinship;

impl Attempt<'_> {
    /// Publishes, and as long as the outcome is unknown looks and tries the same id again: a later one only when this
    /// one is known to be taken.
    pub(super) async fn publish(&mut self, snapshot: &Snapshot) -> Result<Publish> {
        let handle = self.table.handle();
        let mut published = handle.commit.publish(&handle.branch, snapshot).await?;
        while let Publish::Unknown(cause) = published {
            match handle.snapshots().find(snapshot.id).await {
                Ok(Some(found)) if self.identity.of(&found) == Kinship::Same => {
                    return Ok(Publish::Won);
                }
                Ok(Some(_)) => return Ok(Publish::Lost),
                Ok(None) | Err(_) => {}
            }
            if !self.retry.wait(self.table.runtime().ids()).await {
                return Ok(Publish::Unknown(cause));
            }
            published = match handle.commit.publish(&handle.branch, snapshot).await {
                Ok(published) => published,
                // The first publish may still take effect: certain of this one is not certain of both.
                Err(error) => Publish::Unknown(error),
            };
        }
        Ok(published)
    }

    /// Whether readers can reach a published snapshot: false when its id had been used and expired, or its base was
    /// rolled back, while this commit was on its way. What cannot be found out counts as reachable.
    pub(super) async fn is_reachable(&self, base: Option<&Snapshot>, snapshot: &Snapshot) -> bool {
        let Some(base) = base else { return true };
        match self.table.snapshots().find(base.id).await {
            Ok(Some(found)) => found.delta_manifest_list == base.delta_manifest_list,
            Ok(None) => self.is_in_history(snapshot).await.unwrap_or(true),
            Err(_) => true,
        }
    }

    /// With the base gone: whether the snapshot after this one, if there are later ones, is based on it.
    async fn is_in_history(&self, snapshot: &Snapshot) -> Result<bool> {
        let snapshots = self.table.snapshots();
        if snapshots.ids().await?.last().is_none_or(|last| *last <= snapshot.id) {
            return Ok(true);
        }
        let Some(next) = snapshots.find(snapshot.id.saturating_add(1)).await? else {
            return Ok(false);
        };
        let Some(ours) = self.changes.added_files().next() else { return Ok(true) };
        let manifests = self.table.handle().manifests();
        let read = manifests.read_manifests(&manifests.base_manifests(&next).await?).await?;
        Ok(read.iter().flat_map(|e| e.iter()).any(|e| e.file.file_name == ours))
    }
}
