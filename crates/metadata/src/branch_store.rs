//! Branches of a table: format.md §2.4, `FileSystemBranchManager.java`. Reading only.

use crate::{Branch, Layout, Storage};
use rimon_spec::Result;

/// The branches of one table.
#[derive(Debug, Clone)]
pub struct BranchStore {
    storage: Storage,
}

impl BranchStore {
    /// The branches of the table at `storage`.
    pub fn new(storage: Storage) -> Self {
        Self { storage }
    }

    /// Names of the branches besides `main`, sorted.
    pub async fn names(&self) -> Result<Vec<String>> {
        let dirs = self.storage.list_dirs(Layout::BRANCH_DIR).await?;
        let name = |d: String| d.strip_prefix(Layout::BRANCH_PREFIX).map(str::to_owned);
        Ok(dirs.into_iter().filter_map(name).collect())
    }

    /// When the branch was made, in milliseconds since the epoch: the time its directory was last
    /// changed, or that of its first file on stores without directories. `None` if it is not there.
    pub async fn created(&self, name: &str) -> Result<Option<i64>> {
        let dir = format!("{}/{}{name}", Layout::BRANCH_DIR, Layout::BRANCH_PREFIX);
        let time = self.storage.dir_modified(&dir).await?;
        let since = time.and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok());
        Ok(since.and_then(|d| i64::try_from(d.as_millis()).ok()))
    }

    /// Whether the branch is there; `main` always is.
    pub async fn exists(&self, branch: &Branch) -> Result<bool> {
        Ok(branch.is_main() || self.names().await?.iter().any(|n| n == branch.name()))
    }
}
