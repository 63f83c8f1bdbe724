//! Folding of entries, format.md §6.4, and which manifests to rewrite, §15: `FileEntry.java`, `ManifestFileMerger.java`.

use super::{FileIdentifier, FileKind, ManifestEntry, ManifestFileMeta};
use crate::{BinaryRow, Error, Result};
use indexmap::IndexMap;
use std::collections::HashSet;

impl ManifestEntry {
    /// What makes two entries speak of the same file.
    pub fn identifier(&self) -> FileIdentifier {
        FileIdentifier {
            partition: self.partition.clone(),
            bucket: self.bucket,
            level: self.file.level,
            file_name: self.file.file_name.clone(),
            extra_files: self.file.extra_files.clone(),
            embedded_index: self.file.embedded_index.clone(),
            external_path: self.file.external_path.clone(),
        }
    }
}

/// Folds entries in order: an ADD of a file that is there is [`crate::ErrorKind::Corrupt`]; a DELETE removes the ADD
/// before it, or is kept when there is none.
pub fn merge_entries(
    entries: impl IntoIterator<Item = ManifestEntry>,
) -> Result<Vec<ManifestEntry>> {
    let mut map: IndexMap<FileIdentifier, ManifestEntry> = IndexMap::new();
    for entry in entries {
        let id = entry.identifier();
        match entry.kind {
            FileKind::Add => {
                if map.contains_key(&id) {
                    return Err(Error::corrupt("file added twice").with("file", &id.file_name));
                }
                map.insert(id, entry);
            }
            FileKind::Delete => {
                if map.get(&id).is_some_and(|e| e.kind == FileKind::Add) {
                    map.shift_remove(&id);
                } else {
                    map.insert(id, entry);
                }
            }
        }
    }
    Ok(map.into_values().collect())
}

/// The live files of a snapshot: every ADD whose file no DELETE names, whatever the order (as Java's scan does).
pub fn live_entries(entries: Vec<ManifestEntry>) -> Vec<ManifestEntry> {
    let mut keep: Vec<bool> = entries.iter().map(|e| e.kind == FileKind::Add).collect();
    if keep.contains(&false) {
        let deletes = entries.iter().filter(|e| e.kind == FileKind::Delete);
        let deleted: HashSet<Borrowed<'_>> = deletes.map(Borrowed::from).collect();
        for (keep, entry) in keep.iter_mut().zip(&entries) {
            *keep = *keep && !deleted.contains(&Borrowed::from(entry));
        }
    }
    entries.into_iter().zip(keep).filter_map(|(entry, keep)| keep.then_some(entry)).collect()
}

/// [`FileIdentifier`] without its copies; the name first, as it decides nearly always.
#[derive(PartialEq, Eq, Hash)]
struct Borrowed<'a> {
    file_name: &'a str,
    bucket_and_level: (i32, i32),
    partition: &'a BinaryRow,
    extra_files: &'a [String],
    embedded_index: Option<&'a [u8]>,
    external_path: Option<&'a str>,
}

impl<'a> From<&'a ManifestEntry> for Borrowed<'a> {
    fn from(entry: &'a ManifestEntry) -> Self {
        let file = &entry.file;
        Self {
            file_name: &file.file_name,
            bucket_and_level: (entry.bucket, file.level),
            partition: &entry.partition,
            extra_files: &file.extra_files,
            embedded_index: file.embedded_index.as_deref(),
            external_path: file.external_path.as_deref(),
        }
    }
}

/// Options of merging: `manifest.*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ManifestMergePolicy {
    /// `manifest.target-file-size`: bytes.
    pub target_file_size: u64,
    /// `manifest.full-compaction-threshold-size`: bytes.
    pub full_compaction_threshold: u64,
    /// `manifest.merge-min-count`.
    pub merge_min_count: usize,
}

/// What to do with the manifests of the previous snapshot.
#[derive(Debug, Clone, PartialEq)]
pub enum ManifestMerge {
    /// Rewrite everything that must change, dropping files that are added and deleted. `must_change` has one flag per
    /// manifest given; the others may stay when their partitions hold no deleted file.
    Full {
        /// For every manifest: has DELETE entries or is small.
        must_change: Vec<bool>,
    },
    /// Merge groups of neighbours; a group of one manifest stays as it is.
    Minor {
        /// All manifests in order, grouped.
        groups: Vec<Vec<ManifestFileMeta>>,
    },
}

/// Decides the merge of `manifests` (base then delta of the previous snapshot), as `ManifestFileBlockMerger.java` does.
/// A full merge that in the end would rewrite at most one file is not worth it: the caller, who alone knows the deleted
/// partitions, then asks again with `full_compaction_threshold` of `u64::MAX`.
pub fn plan_manifest_merge(
    manifests: &[ManifestFileMeta],
    policy: &ManifestMergePolicy,
) -> ManifestMerge {
    let size = |m: &ManifestFileMeta| m.file_size.max(0) as u64;
    let must_change =
        |m: &ManifestFileMeta| m.num_deleted_files > 0 || size(m) < policy.target_file_size;
    let changing = manifests.iter().filter(|m| must_change(m)).map(size);
    let total = changing.fold(0, u64::saturating_add);
    if total >= policy.full_compaction_threshold {
        return ManifestMerge::Full { must_change: manifests.iter().map(must_change).collect() };
    }
    let mut groups = Vec::new();
    let (mut group, mut group_size) = (Vec::new(), 0_u64);
    for manifest in manifests {
        group_size = group_size.saturating_add(size(manifest));
        group.push(manifest.clone());
        if group_size >= policy.target_file_size {
            groups.push(std::mem::take(&mut group));
            group_size = 0;
        }
    }
    if !group.is_empty() && group.len() >= policy.merge_min_count {
        groups.push(group);
    } else {
        groups.extend(group.into_iter().map(|m| vec![m]));
    }
    ManifestMerge::Minor { groups }
}
