//! `consumer/consumer-<id>`: format.md §2.5, `ConsumerManager.java`. Reading only.

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

    /// All consumers with their ids, by id.
    ///
    /// # Errors
    /// `Corrupt` names the file.
    pub async fn all(&self) -> Result<Vec<(String, Consumer)>> {
        let dir = self.layout.consumer_dir();
        let mut found = Vec::new();
        for file in self.storage.list(&dir).await? {
            let Some(id) = file.name.strip_prefix(Layout::CONSUMER_PREFIX) else { continue };
            let path = format!("{dir}/{}", file.name);
            match self.storage.read_limited(&path, super::snapshot_store::MAX_JSON).await {
                Ok(bytes) => {
                    let consumer = Consumer::from_json(&bytes).map_err(|e| {
                        e.with("file", &path).with("table", self.storage.location())
                    })?;
                    found.push((id.to_owned(), consumer));
                }
                // it may be reset meanwhile
                Err(e) if e.kind() == ErrorKind::NotFound => {}
                Err(e) => return Err(e),
            }
        }
        Ok(found)
    }
}
