//! `tag/tag-<name>`: format.md §2.3, `TagManager.java`. Reading only.

use crate::{Layout, Storage};
use rimon_spec::{Error, ErrorKind, Result, Snapshot, Tag};

/// The tags of one branch of a table.
#[derive(Debug, Clone)]
pub struct TagStore {
    storage: Storage,
    layout: Layout,
}

impl TagStore {
    /// The tags of the branch that `layout` is of.
    pub fn new(storage: Storage, layout: Layout) -> Self {
        Self { storage, layout }
    }

    /// Names of all tags, sorted.
    pub async fn names(&self) -> Result<Vec<String>> {
        let files = self.storage.list(&self.layout.tag_dir()).await?;
        let name = |n: &str| n.strip_prefix(Layout::TAG_PREFIX).map(str::to_owned);
        Ok(files.iter().filter_map(|f| name(&f.name)).collect())
    }

    /// All tags with their names, by name.
    pub async fn all(&self) -> Result<Vec<(String, Tag)>> {
        let mut found = Vec::new();
        for name in self.names().await? {
            // it may be deleted meanwhile
            if let Some(tag) = self.find_tag(&name).await? {
                found.push((name, tag));
            }
        }
        Ok(found)
    }

    /// The snapshot that the tag keeps, `None` if there is no such tag.
    pub async fn find(&self, name: &str) -> Result<Option<Snapshot>> {
        Ok(self.find_tag(name).await?.map(|tag| tag.snapshot))
    }

    async fn find_tag(&self, name: &str) -> Result<Option<Tag>> {
        let path = self.layout.tag(name)?;
        match self.storage.read_limited(&path, super::snapshot_store::MAX_JSON).await {
            Ok(bytes) => match Tag::from_json(&bytes) {
                Ok(tag) => Ok(Some(tag)),
                Err(e) => Err(e.with("file", path).with("table", self.storage.location())),
            },
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// The snapshot that the tag keeps.
    ///
    /// # Errors
    /// `NotFound`, with the tags there are.
    pub async fn get(&self, name: &str) -> Result<Snapshot> {
        if let Some(snapshot) = self.find(name).await? {
            return Ok(snapshot);
        }
        let names = self.names().await?;
        let error = Error::not_found(format!("there is no tag '{name}'"))
            .with("table", self.storage.location());
        Err(match names.as_slice() {
            [] => error.with_hint("the table has no tags"),
            some => error.with_hint(format!("tags: {}", some.join(", "))),
        })
    }
}
