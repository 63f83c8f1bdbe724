//! From a snapshot to its live files: manifests pruned, decoded concurrently, ADD and DELETE folded.

use std::collections::HashSet;

use rimon_spec::{
    BinaryRow, FileKind, ManifestEntry, ManifestFileMeta, Predicate, Result, Snapshot,
};

use super::prune::PartitionFilter;
use crate::table::Table;

/// The live files of a snapshot and what was looked at to find them.
#[derive(Debug, Default)]
pub struct LiveFiles {
    /// ADD entries that no DELETE removes, in manifest order.
    pub entries: Vec<ManifestEntry>,
    /// Manifests named by the snapshot.
    pub manifests: usize,
    /// Manifests read, the others being of other partitions.
    pub manifests_read: usize,
    /// Partitions seen in the manifests read, before the partition filter.
    pub partitions: usize,
    /// Of these, left by the filter.
    pub partitions_kept: usize,
}

/// The live files of `snapshot` in partitions where `predicate` may hold, as far as the values of partition columns say.
///
/// # Errors
/// `Corrupt` and `NotFound` name the manifest; `NotFound` also names the snapshot that refers to it.
pub async fn live_files(
    table: &Table,
    snapshot: &Snapshot,
    predicate: &Predicate,
) -> Result<LiveFiles> {
    let metas = table.manifests().data_manifests(snapshot).await?;
    let mut read = changed_files(table, snapshot, metas, predicate).await?;
    read.entries = fold(read.entries);
    Ok(read)
}

/// The entries of `metas`, manifests that `snapshot` names, as they are: those in partitions where
/// `predicate` may hold, in manifest order.
///
/// # Errors
/// As [`live_files`].
pub(crate) async fn changed_files(
    table: &Table,
    snapshot: &Snapshot,
    metas: Vec<ManifestFileMeta>,
    predicate: &Predicate,
) -> Result<LiveFiles> {
    let filter = PartitionFilter::new(table.schema(), predicate);
    let manifests = metas.len();
    let wanted: Vec<_> = metas.into_iter().filter(|m| filter.may_match_manifest(m)).collect();
    let manifests_read = wanted.len();
    let chunks = table
        .manifests()
        .read_manifests(&wanted)
        .await
        .map_err(|e| e.with("snapshot", snapshot.id))?;
    let mut seen = HashSet::new();
    let mut kept = HashSet::new();
    let mut entries = Vec::new();
    for entry in chunks.iter().flat_map(|c| c.iter()) {
        if !seen.contains(&entry.partition) {
            seen.insert(entry.partition.clone());
            if filter.rest(&entry.partition)? != Predicate::False {
                kept.insert(entry.partition.clone());
            }
        }
        if kept.contains(&entry.partition) {
            entries.push(entry.clone());
        }
    }
    Ok(LiveFiles {
        entries,
        manifests,
        manifests_read,
        partitions: seen.len(),
        partitions_kept: kept.len(),
    })
}

/// Java's scan: every DELETE removes its ADD, wherever it stands (format.md §6.4).
fn fold(mut entries: Vec<ManifestEntry>) -> Vec<ManifestEntry> {
    let deleted: HashSet<_> =
        entries.iter().filter(|e| e.kind == FileKind::Delete).map(|e| e.identifier()).collect();
    entries.retain(|e| {
        e.kind == FileKind::Add && (deleted.is_empty() || !deleted.contains(&e.identifier()))
    });
    entries
}

/// Groups entries by partition and bucket, in order of first appearance.
pub(crate) fn by_bucket(
    entries: Vec<ManifestEntry>,
) -> indexmap::IndexMap<(BinaryRow, i32), Vec<ManifestEntry>> {
    let mut groups = indexmap::IndexMap::new();
    for entry in entries {
        groups.entry((entry.partition.clone(), entry.bucket)).or_insert_with(Vec::new).push(entry);
    }
    groups
}
