//! Where things are in a table's directory: format.md §1, `FileStorePathFactory.java`.

use rimon_spec::{Error, Result};
use std::fmt;

/// A branch of a table; branches have their own snapshots, schemas, tags and changelogs, and share
/// manifests, indexes and data with the main one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Branch {
    /// The main branch, at the table's root.
    #[default]
    Main,
    /// A named branch, below `branch/branch-<name>`.
    Named(String),
}

impl Branch {
    /// The name of the main branch.
    pub const MAIN: &'static str = "main";

    /// The branch called `name`; `main` is the main one.
    ///
    /// # Errors
    /// `Invalid` for what cannot be a branch name: blank, digits only, or not a file name.
    pub fn new(name: &str) -> Result<Self> {
        if name == Self::MAIN {
            return Ok(Self::Main);
        }
        if name.trim().is_empty() || name.bytes().all(|b| b.is_ascii_digit()) {
            return Err(
                Error::invalid("a branch name must not be blank or a number").with("branch", name)
            );
        }
        check_component(name)?;
        Ok(Self::Named(name.to_owned()))
    }

    /// Its name, `main` for the main one.
    pub fn name(&self) -> &str {
        match self {
            Self::Main => Self::MAIN,
            Self::Named(name) => name,
        }
    }

    /// Whether this is the main branch.
    pub fn is_main(&self) -> bool {
        *self == Self::Main
    }
}

impl fmt::Display for Branch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Paths relative to the table's root, as one branch sees them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    prefix: String,
}

impl Layout {
    /// Directory of manifests, manifest lists and index manifests.
    pub const MANIFEST_DIR: &'static str = "manifest";
    /// Directory of index files.
    pub const INDEX_DIR: &'static str = "index";
    /// Directory of statistics files.
    pub const STATISTICS_DIR: &'static str = "statistics";
    /// Directory of branches.
    pub const BRANCH_DIR: &'static str = "branch";
    /// Name prefix of snapshot files.
    pub const SNAPSHOT_PREFIX: &'static str = "snapshot-";
    /// Name prefix of schema files.
    pub const SCHEMA_PREFIX: &'static str = "schema-";
    /// Name prefix of tag files.
    pub const TAG_PREFIX: &'static str = "tag-";
    /// Name prefix of consumer files.
    pub const CONSUMER_PREFIX: &'static str = "consumer-";
    /// Name prefix of changelog files.
    pub const CHANGELOG_PREFIX: &'static str = "changelog-";
    /// Name prefix of branch directories.
    pub const BRANCH_PREFIX: &'static str = "branch-";

    /// The layout as `branch` sees it.
    pub fn new(branch: &Branch) -> Self {
        let prefix = match branch {
            Branch::Main => String::new(),
            Branch::Named(name) => format!("{}/{}{name}/", Self::BRANCH_DIR, Self::BRANCH_PREFIX),
        };
        Self { prefix }
    }

    /// `snapshot`
    pub fn snapshot_dir(&self) -> String {
        format!("{}snapshot", self.prefix)
    }

    /// `snapshot/snapshot-<id>`
    pub fn snapshot(&self, id: i64) -> String {
        format!("{}snapshot/{}{id}", self.prefix, Self::SNAPSHOT_PREFIX)
    }

    /// `snapshot/LATEST`
    pub fn latest_hint(&self) -> String {
        format!("{}snapshot/LATEST", self.prefix)
    }

    /// `snapshot/EARLIEST`
    pub fn earliest_hint(&self) -> String {
        format!("{}snapshot/EARLIEST", self.prefix)
    }

    /// `schema`
    pub fn schema_dir(&self) -> String {
        format!("{}schema", self.prefix)
    }

    /// `schema/schema-<id>`
    pub fn schema(&self, id: i64) -> String {
        format!("{}schema/{}{id}", self.prefix, Self::SCHEMA_PREFIX)
    }

    /// `tag`
    pub fn tag_dir(&self) -> String {
        format!("{}tag", self.prefix)
    }

    /// `tag/tag-<name>`; `Invalid` if the name is not one path component.
    pub fn tag(&self, name: &str) -> Result<String> {
        check_component(name)?;
        Ok(format!("{}tag/{}{name}", self.prefix, Self::TAG_PREFIX))
    }

    /// `consumer`
    pub fn consumer_dir(&self) -> String {
        format!("{}consumer", self.prefix)
    }

    /// `consumer/consumer-<id>`; `Invalid` if the id is not one path component.
    pub fn consumer(&self, id: &str) -> Result<String> {
        check_component(id)?;
        Ok(format!("{}consumer/{}{id}", self.prefix, Self::CONSUMER_PREFIX))
    }

    /// `changelog`
    pub fn changelog_dir(&self) -> String {
        format!("{}changelog", self.prefix)
    }

    /// `changelog/changelog-<id>`
    pub fn changelog(&self, id: i64) -> String {
        format!("{}changelog/{}{id}", self.prefix, Self::CHANGELOG_PREFIX)
    }

    /// `manifest/<name>`, the same for all branches; for manifests, lists and index manifests.
    pub fn manifest(&self, name: &str) -> Result<String> {
        check_component(name)?;
        Ok(format!("{}/{name}", Self::MANIFEST_DIR))
    }

    /// `index/<name>`, the same for all branches.
    pub fn index(&self, name: &str) -> Result<String> {
        check_component(name)?;
        Ok(format!("{}/{name}", Self::INDEX_DIR))
    }

    /// `statistics/<name>`, the same for all branches.
    pub fn statistics(&self, name: &str) -> Result<String> {
        check_component(name)?;
        Ok(format!("{}/{name}", Self::STATISTICS_DIR))
    }
}

/// Refuses names that are not one path component, so that a name read from a file cannot lead out
/// of its directory.
pub(crate) fn check_component(name: &str) -> Result<()> {
    let bad = name.is_empty()
        || name == "."
        || name == ".."
        || name.len() > 255
        || name.chars().any(|c| c == '/' || c == '\\' || c.is_control());
    if bad {
        return Err(Error::invalid("not a plain file name").with("name", name.escape_debug()));
    }
    Ok(())
}
