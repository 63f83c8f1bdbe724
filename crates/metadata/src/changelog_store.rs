//! `changelog/changelog-<id>`: format.md §2.2, `ChangelogManager.java`. Reading only.

use rimon_spec::{Error, ErrorKind, Result, Snapshot};

use crate::{Layout, Storage};

/// What is left of expired snapshots of one branch whose changes are kept longer than the snapshots themselves.
///
/// The files have the form of snapshots. Only their changes may be read: the files of the state they name may be gone.
#[derive(Debug, Clone)]
pub struct ChangelogStore {
    storage: Storage,
    layout: Layout,
}

impl ChangelogStore {
    /// The changelogs of the branch that `layout` is of.
    pub fn new(storage: Storage, layout: Layout) -> Self {
        Self { storage, layout }
    }

    /// Ids of all, ascending, from a listing.
    ///
    /// # Errors
    /// What the store says.
    pub async fn ids(&self) -> Result<Vec<i64>> {
        self.storage.list_ids(&self.layout.changelog_dir(), Layout::CHANGELOG_PREFIX).await
    }

    /// The changelog of the snapshot `id`, `None` if there is none.
    ///
    /// # Errors
    /// `Corrupt` for bytes that are no changelog, or another one.
    pub async fn find(&self, id: i64) -> Result<Option<Snapshot>> {
        let path = self.layout.changelog(id);
        let bytes = match self.storage.read_limited(&path, super::snapshot_store::MAX_JSON).await {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e),
        };
        let blame = |e: Error| e.with("file", &path).with("table", self.storage.location());
        let changelog = Snapshot::from_json(&bytes).map_err(blame)?;
        if changelog.id != id {
            let message = format!("the file of changelog {id} holds changelog {}", changelog.id);
            return Err(blame(Error::corrupt(message)));
        }
        Ok(Some(changelog))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::snapshot;

    #[tokio::test]
    async fn changelogs_are_found_by_id() {
        let dir = tempfile::tempdir().unwrap();
        let storage = Storage::local(dir.path()).unwrap();
        let store = ChangelogStore::new(storage.clone(), Layout::default());
        assert_eq!(store.ids().await.unwrap(), [0i64; 0]);
        assert!(store.find(3).await.unwrap().is_none());
        let text = snapshot(3).to_json().unwrap();
        for id in [3, 4] {
            storage.write(&format!("changelog/changelog-{id}"), text.clone().into()).await.unwrap();
        }
        assert_eq!(store.ids().await.unwrap(), [3, 4]);
        assert_eq!(store.find(3).await.unwrap().unwrap().id, 3);
        assert_eq!(store.find(4).await.unwrap_err().kind(), ErrorKind::Corrupt);
    }
}
