//! Manifests and lists of manifests that were decoded before.

use crate::Storage;
use moka::sync::Cache;
use rimon_spec::{ManifestEntry, ManifestFileMeta};
use std::sync::Arc;

/// Entries that are kept; about 1 KiB each.
const ENTRIES: u64 = 64 << 10;
/// Lines of lists that are kept; a few hundred bytes each.
const LINES: u64 = 64 << 10;

pub(crate) type Entries = Arc<Vec<ManifestEntry>>;
type Lines = Arc<Vec<ManifestFileMeta>>;

/// What a file is known by. Names are unique and files never change, so the location is only there for stores of many
/// tables, and the size for a list that was copied under a used name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct FileKey {
    table: Arc<str>,
    name: String,
    size: Option<i64>,
}

impl FileKey {
    pub(crate) fn new(storage: &Storage, name: &str, size: Option<i64>) -> Self {
        Self { table: storage.shared_url(), name: name.to_owned(), size }
    }
}

/// Decoded manifests and lists of manifests, of one table or of all tables of a catalog. Clones share what is kept: at
/// most some 128 Ki entries, those not used for long leave first.
#[derive(Debug, Clone)]
pub struct ManifestCache {
    manifests: Cache<FileKey, Entries>,
    lists: Cache<FileKey, Lines>,
}

impl Default for ManifestCache {
    fn default() -> Self {
        Self {
            manifests: Cache::builder()
                .max_capacity(ENTRIES)
                .weigher(|_: &FileKey, entries: &Entries| weight(entries.len()))
                .build(),
            lists: Cache::builder()
                .max_capacity(LINES)
                .weigher(|_: &FileKey, lines: &Lines| weight(lines.len()))
                .build(),
        }
    }
}

impl ManifestCache {
    pub(crate) fn manifest(&self, key: &FileKey) -> Option<Entries> {
        self.manifests.get(key)
    }

    pub(crate) fn keep_manifest(&self, key: FileKey, entries: Entries) {
        self.manifests.insert(key, entries);
    }

    pub(crate) fn list(&self, key: &FileKey) -> Option<Lines> {
        self.lists.get(key)
    }

    pub(crate) fn keep_list(&self, key: FileKey, lines: Lines) {
        self.lists.insert(key, lines);
    }
}

fn weight(items: usize) -> u32 {
    u32::try_from(items).unwrap_or(u32::MAX).max(1)
}
