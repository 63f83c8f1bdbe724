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

    /// Whether the branch is there; `main` always is.
    pub async fn exists(&self, branch: &Branch) -> Result<bool> {
        Ok(branch.is_main() || self.names().await?.iter().any(|n| n == branch.name()))
    }
}
