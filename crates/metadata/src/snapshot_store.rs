//! `snapshot/snapshot-<id>`: format.md §1.2, §2.1, `SnapshotManager.java`.

use crate::{Layout, Storage, hint};
use futures::{StreamExt, TryStreamExt, stream};
use rimon_spec::{Error, ErrorKind, Result, Snapshot};
use std::time::Duration;

/// Greatest size of a JSON file of metadata, bytes.
pub(crate) const MAX_JSON: u64 = 8 << 20;

/// Tries of a file that may still be being written, and the pause between them.
const TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_millis(50);
/// A file that was changed this recently may still be being written.
const FRESH: Duration = Duration::from_secs(3);

/// The snapshots of one branch of a table. Read-only; they are published through
/// [`SnapshotCommit`](crate::SnapshotCommit).
#[derive(Debug, Clone)]
pub struct SnapshotStore {
    storage: Storage,
    layout: Layout,
}

impl SnapshotStore {
    /// The snapshots of the branch that `layout` is of.
    pub fn new(storage: Storage, layout: Layout) -> Self {
        Self { storage, layout }
    }

    /// Ids of all snapshots, ascending, from a listing.
    pub async fn ids(&self) -> Result<Vec<i64>> {
        self.storage.list_ids(&self.layout.snapshot_dir(), Layout::SNAPSHOT_PREFIX).await
    }

    /// Whether the snapshot file is there.
    pub async fn exists(&self, id: i64) -> Result<bool> {
        self.storage.exists(&self.layout.snapshot(id)).await
    }

    /// Id of the latest snapshot, `None` for a table without snapshots.
    ///
    /// The hint is believed only if its snapshot exists and the next one does not; otherwise the
    /// directory is listed.
    pub async fn latest_id(&self) -> Result<Option<i64>> {
        if let Some(id) = hint::read(&self.storage, &self.layout.latest_hint()).await
            && let Some(next) = id.checked_add(1)
            && self.exists(id).await?
            && !self.exists(next).await?
        {
            return Ok(Some(id));
        }
        Ok(self.ids().await?.last().copied())
    }

    /// Id of the earliest snapshot, `None` for a table without snapshots.
    pub async fn earliest_id(&self) -> Result<Option<i64>> {
        if let Some(id) = hint::read(&self.storage, &self.layout.earliest_hint()).await
            && self.exists(id).await?
            && (id == 1 || !self.exists(id - 1).await?)
        {
            return Ok(Some(id));
        }
        Ok(self.ids().await?.first().copied())
    }

    /// The latest snapshot, `None` for a table without snapshots.
    pub async fn latest(&self) -> Result<Option<Snapshot>> {
        if let Some(snapshot) = self.hinted().await? {
            return Ok(Some(snapshot));
        }
        for _ in 0..TRIES {
            let Some(id) = self.ids().await?.last().copied() else { return Ok(None) };
            // It may expire or be rolled back between the two steps.
            if let Some(snapshot) = self.find(id).await? {
                return Ok(Some(snapshot));
            }
        }
        Err(Error::unavailable("the latest snapshot keeps vanishing")
            .with("table", self.storage.location()))
    }

    /// The snapshot that the hint calls the latest, if that is believed as in [`SnapshotStore::latest_id`].
    async fn hinted(&self) -> Result<Option<Snapshot>> {
        let Some(id) = hint::read(&self.storage, &self.layout.latest_hint()).await else {
            return Ok(None);
        };
        let Some(next) = id.checked_add(1) else { return Ok(None) };
        let (found, newer) = futures::try_join!(self.find(id), self.exists(next))?;
        Ok(found.filter(|_| !newer))
    }

    /// The earliest snapshot, `None` for a table without snapshots.
    pub async fn earliest(&self) -> Result<Option<Snapshot>> {
        for _ in 0..TRIES {
            let Some(id) = self.earliest_id().await? else { return Ok(None) };
            if let Some(snapshot) = self.find(id).await? {
                return Ok(Some(snapshot));
            }
        }
        Err(Error::unavailable("the earliest snapshot keeps vanishing")
            .with("table", self.storage.location()))
    }

    /// The snapshot `id`.
    ///
    /// # Errors
    /// `NotFound`, saying which snapshots there are; `Corrupt` for bytes that are no snapshot, or
    /// another one.
    pub async fn get(&self, id: i64) -> Result<Snapshot> {
        match self.find(id).await? {
            Some(snapshot) => Ok(snapshot),
            None => Err(self.missing(id).await),
        }
    }

    /// The snapshot `id`, `None` if it is not there.
    pub async fn find(&self, id: i64) -> Result<Option<Snapshot>> {
        let path = self.layout.snapshot(id);
        for attempt in 1..=TRIES {
            let bytes = match self.storage.read_limited(&path, MAX_JSON).await {
                Ok(bytes) => bytes,
                Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
                Err(e) => return Err(e),
            };
            match Snapshot::from_json(&bytes) {
                Ok(snapshot) => return self.checked(id, snapshot, &path).map(Some),
                Err(e) if attempt < TRIES && self.may_be_torn(&e, &path).await => {
                    tokio::time::sleep(PAUSE * attempt).await;
                }
                Err(e) => return Err(self.blame(e, &path)),
            }
        }
        Ok(None)
    }

    /// The snapshots `ids`, in that order, read concurrently; those that are gone are left out.
    pub async fn find_all(&self, ids: &[i64]) -> Result<Vec<Snapshot>> {
        let reads = stream::iter(ids.to_vec()).map(|id| self.find(id));
        let found: Vec<Option<Snapshot>> = reads.buffered(16).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// All snapshots, ascending.
    pub async fn all(&self) -> Result<Vec<Snapshot>> {
        self.find_all(&self.ids().await?).await
    }

    /// The newest snapshot committed at or before `millis` since the epoch, `None` if all are
    /// later. Commit times may go backwards; the newest id wins.
    pub async fn at_or_before(&self, millis: i64) -> Result<Option<Snapshot>> {
        let mut ids = self.ids().await?;
        ids.reverse();
        for part in ids.chunks(32) {
            let found = self.find_all(part).await?;
            if let Some(snapshot) = found.into_iter().find(|s| s.time_millis <= millis) {
                return Ok(Some(snapshot));
            }
        }
        Ok(None)
    }

    /// The earliest snapshot whose watermark is `watermark` or later, `None` if there is none.
    /// Watermarks never go back; snapshots without one are passed over.
    pub async fn at_or_after_watermark(&self, watermark: i64) -> Result<Option<Snapshot>> {
        for part in self.ids().await?.chunks(32) {
            let known = |s: &Snapshot| s.watermark.filter(|w| *w != i64::MIN);
            let found = self.find_all(part).await?;
            let reached = |s: &Snapshot| known(s).is_some_and(|w| w >= watermark);
            if let Some(snapshot) = found.into_iter().find(reached) {
                return Ok(Some(snapshot));
            }
        }
        Ok(None)
    }

    fn checked(&self, id: i64, snapshot: Snapshot, path: &str) -> Result<Snapshot> {
        if snapshot.id != id {
            let message = format!("the file of snapshot {id} holds snapshot {}", snapshot.id);
            return Err(self.blame(Error::corrupt(message), path));
        }
        Ok(snapshot)
    }

    fn blame(&self, error: Error, path: &str) -> Error {
        error.with("file", path).with("table", self.storage.location())
    }

    /// Objects appear whole; a local file may be one that another program is writing in place.
    async fn may_be_torn(&self, error: &Error, path: &str) -> bool {
        error.kind() == ErrorKind::Corrupt
            && self
                .storage
                .modified(path)
                .await
                .is_some_and(|at| at.elapsed().is_ok_and(|age| age < FRESH))
    }

    async fn missing(&self, id: i64) -> Error {
        let ids = match self.ids().await {
            Ok(ids) => ids,
            Err(e) => return e,
        };
        let error = match (ids.first(), ids.last()) {
            (Some(first), Some(last)) if id < *first && id > 0 => Error::not_found(format!(
                "snapshot {id} has expired; there are snapshots {first} to {last}"
            )),
            (Some(first), Some(last)) => Error::not_found(format!(
                "there is no snapshot {id}; there are snapshots {first} to {last}"
            )),
            _ => Error::not_found(format!("there is no snapshot {id}; the table has none")),
        };
        error.with("table", self.storage.location())
    }
}

#[cfg(test)]
mod tests;
