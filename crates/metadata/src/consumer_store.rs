//! `consumer/consumer-<id>`: format.md §2.5, `ConsumerManager.java`.

use crate::{Layout, Storage};
use rimon_spec::{Consumer, ErrorKind, Result};

/// The consumers of one branch of a table.
#[derive(Debug, Clone)]
pub struct ConsumerStore {
    storage: Storage,
    layout: Layout,
}

impl ConsumerStore {
    /// The consumers of the branch that `layout` is of.
    pub fn new(storage: Storage, layout: Layout) -> Self {
        Self { storage, layout }
    }

    /// The consumer `id`, `None` if there is none.
    ///
    /// # Errors
    /// `Invalid` for an id that is no file name, `Corrupt` names the file.
    pub async fn find(&self, id: &str) -> Result<Option<Consumer>> {
        let path = self.layout.consumer(id)?;
        self.read(&path).await
    }

    /// Records the progress of the consumer `id`; it may go back. Programs of Java keep the snapshot that it reads next
    /// and all later ones from now on.
    ///
    /// # Errors
    /// `Invalid` for an id that is no file name; what the store says.
    pub async fn reset(&self, id: &str, consumer: Consumer) -> Result<()> {
        let path = self.layout.consumer(id)?;
        self.storage.create_dir(&self.layout.consumer_dir()).await?;
        self.storage.overwrite(&path, consumer.to_json().into()).await
    }

    /// Forgets the consumer `id`; that there is none is no error.
    ///
    /// # Errors
    /// `Invalid` for an id that is no file name; what the store says.
    pub async fn delete(&self, id: &str) -> Result<()> {
        self.storage.delete(&self.layout.consumer(id)?).await
    }

    /// All consumers with their ids, by id.
    ///
    /// # Errors
    /// `Corrupt` names the file.
    pub async fn all(&self) -> Result<Vec<(String, Consumer)>> {
        let dir = self.layout.consumer_dir();
        let mut found = Vec::new();
        for file in self.storage.list(&dir).await? {
            let Some(id) = file.name.strip_prefix(Layout::CONSUMER_PREFIX) else { continue };
            // it may be reset meanwhile
            if let Some(consumer) = self.read(&format!("{dir}/{}", file.name)).await? {
                found.push((id.to_owned(), consumer));
            }
        }
        Ok(found)
    }

    async fn read(&self, path: &str) -> Result<Option<Consumer>> {
        match self.storage.read_limited(path, super::snapshot_store::MAX_JSON).await {
            Ok(bytes) => Consumer::from_json(&bytes)
                .map(Some)
                .map_err(|e| e.with("file", path).with("table", self.storage.location())),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn progress_is_recorded_and_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let store = ConsumerStore::new(Storage::local(dir.path()).unwrap(), Layout::default());
        assert_eq!(store.find("job").await.unwrap(), None);
        for next_snapshot in [7, 3] {
            store.reset("job", Consumer { next_snapshot }).await.unwrap();
            assert_eq!(store.find("job").await.unwrap(), Some(Consumer { next_snapshot }));
        }
        assert_eq!(store.all().await.unwrap().len(), 1);
        store.delete("job").await.unwrap();
        store.delete("job").await.unwrap();
        assert!(store.all().await.unwrap().is_empty());
        assert_eq!(store.find("a/b").await.unwrap_err().kind(), ErrorKind::Invalid);
    }
}
