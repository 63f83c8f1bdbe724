//! Sums over the files of a snapshot: `PartitionEntry.java`, `BucketEntry.java`.

use std::hash::Hash;

use indexmap::IndexMap;
use rimon_spec::{FileKind, ManifestEntry, Result};

use crate::table::Table;

/// What a group of files adds up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Total {
    pub(super) records: i64,
    pub(super) bytes: i64,
    pub(super) files: i64,
    /// Of all files that manifests speak of, those that were deleted since included, as in Java.
    pub(super) last_created: Option<i64>,
    /// Of the file seen last.
    pub(super) total_buckets: i32,
}

impl Total {
    fn add(&mut self, entry: &ManifestEntry) {
        let sign = match entry.kind {
            FileKind::Add => 1,
            FileKind::Delete => -1,
        };
        let file = &entry.file;
        self.records = self.records.wrapping_add(sign * file.row_count);
        self.bytes = self.bytes.wrapping_add(sign * file.file_size);
        self.files += sign;
        self.last_created = self.last_created.max(file.creation_time);
        self.total_buckets = entry.total_buckets;
    }
}

/// The files of the table's snapshot by `key`, groups without files left out.
pub(super) async fn totals<K, F>(table: &Table, key: F) -> Result<IndexMap<K, Total>>
where
    K: Hash + Eq,
    F: Fn(&ManifestEntry) -> K,
{
    let Some(snapshot) = table.current_snapshot().await? else {
        return Ok(IndexMap::new());
    };
    let metas = table.manifests().data_manifests(&snapshot).await?;
    let chunks = table.manifests().read_manifests(&metas).await;
    let chunks = chunks.map_err(|e| e.with("snapshot", snapshot.id))?;
    Ok(sum(chunks.iter().flat_map(|c| c.iter()), key))
}

fn sum<'a, K, F>(entries: impl Iterator<Item = &'a ManifestEntry>, key: F) -> IndexMap<K, Total>
where
    K: Hash + Eq,
    F: Fn(&ManifestEntry) -> K,
{
    let mut groups: IndexMap<K, Total> = IndexMap::new();
    for entry in entries {
        groups.entry(key(entry)).or_default().add(entry);
    }
    groups.retain(|_, total| total.files > 0);
    groups
}
