//! Keeping the number of manifests small: format.md §15, `ManifestFileMerger.java`.

use std::cmp::Ordering;

use hashbrown::HashSet;
use rimon_metadata::{ManifestStore, ManifestWriter};
use rimon_spec::manifest::merge::{ManifestMerge, ManifestMergePolicy, plan_manifest_merge};
use rimon_spec::manifest::merge_entries;
use rimon_spec::{
    BinaryRow, DataType, Error, FileIdentifier, FileKind, ManifestEntry, ManifestFileMeta, Result,
    TableOptions,
};

/// The merge of a snapshot's manifests, kept for the next try of the same commit.
#[derive(Debug)]
pub(crate) struct Merged {
    /// What was merged.
    pub(crate) before: Vec<ManifestFileMeta>,
    /// What it became.
    pub(crate) after: Vec<ManifestFileMeta>,
}

impl Merged {
    /// `manifests` with the part that was merged before replaced by what it became; `None` when it is not in there.
    pub(crate) fn apply(&self, manifests: &[ManifestFileMeta]) -> Option<Vec<ManifestFileMeta>> {
        if self.before.is_empty() {
            return None;
        }
        let at = manifests.windows(self.before.len()).position(|w| w == self.before.as_slice())?;
        let (head, rest) = manifests.split_at(at);
        let tail = rest.get(self.before.len()..)?;
        Some([head, &self.after, tail].concat())
    }

    /// Whether new manifests were written.
    pub(crate) fn changed(&self) -> bool {
        self.before != self.after
    }
}

/// Merges manifests as Java decides.
#[derive(Debug)]
pub(crate) struct ManifestMerger<'a> {
    pub(crate) store: &'a ManifestStore,
    pub(crate) writer: &'a ManifestWriter,
    pub(crate) partition_types: &'a [DataType],
    pub(crate) policy: ManifestMergePolicy,
}

/// The `manifest.*` options that decide merges.
pub(crate) fn policy(options: &TableOptions) -> ManifestMergePolicy {
    ManifestMergePolicy {
        target_file_size: options.manifest_target_file_size,
        full_compaction_threshold: options.manifest_full_compaction_threshold,
        merge_min_count: options.manifest_merge_min_count,
    }
}

impl ManifestMerger<'_> {
    /// The manifests that say the same as `manifests`.
    ///
    /// # Errors
    /// `Corrupt` manifests; what reading and writing says.
    pub(crate) async fn merge(&self, manifests: &[ManifestFileMeta]) -> Result<Merged> {
        let before = manifests.to_vec();
        if let ManifestMerge::Full { must_change } = plan_manifest_merge(manifests, &self.policy)
            && let Some(after) = self.full(manifests, &must_change).await?
        {
            return Ok(Merged { before, after });
        }
        let never_full = ManifestMergePolicy { full_compaction_threshold: u64::MAX, ..self.policy };
        let mut after = Vec::new();
        if let ManifestMerge::Minor { groups } = plan_manifest_merge(manifests, &never_full) {
            if groups.iter().flatten().ne(manifests) {
                return Err(Error::internal("a plan of merging manifests leaves some out"));
            }
            for group in groups {
                match group.as_slice() {
                    [_] => after.extend(group),
                    _ => after.extend(self.minor(&group).await?),
                }
            }
        }
        Ok(Merged { before, after })
    }

    /// One group of neighbours, folded; deletes without their add stay.
    async fn minor(&self, group: &[ManifestFileMeta]) -> Result<Vec<ManifestFileMeta>> {
        let read = self.store.read_manifests(group).await?;
        let entries = merge_entries(read.iter().flat_map(|e| e.iter().cloned()))?;
        self.writer.write_manifests(&entries).await
    }

    /// Everything that must change, with files that are added and deleted dropped. `None` when at most one manifest
    /// would be rewritten.
    async fn full(
        &self,
        manifests: &[ManifestFileMeta],
        must_change: &[bool],
    ) -> Result<Option<Vec<ManifestFileMeta>>> {
        let deleted = self.deleted(manifests).await?;
        let mut partitions = Vec::new();
        for row in deleted.iter().map(|id| &id.partition).collect::<HashSet<_>>() {
            partitions.push(row.decode(self.partition_types)?);
        }
        let mut kept = Vec::new();
        let mut rewrite = Vec::new();
        for (meta, must) in manifests.iter().zip(must_change) {
            if *must || self.may_hold(meta, &partitions)? {
                rewrite.push((meta, *must));
            } else {
                kept.push(meta.clone());
            }
        }
        if rewrite.len() <= 1 {
            return Ok(None);
        }
        let mut entries: Vec<ManifestEntry> = Vec::new();
        for (meta, must) in rewrite {
            let read = self.store.read_manifest(meta).await?;
            let gone = |e: &&ManifestEntry| deleted.contains(&e.identifier());
            if !must && !read.iter().any(|e| gone(&e)) {
                kept.push(meta.clone());
                continue;
            }
            let live = read.iter().filter(|e| e.kind == FileKind::Add && !gone(e));
            entries.extend(live.cloned());
        }
        kept.extend(self.writer.write_manifests(&entries).await?);
        Ok(Some(kept))
    }

    async fn deleted(&self, manifests: &[ManifestFileMeta]) -> Result<HashSet<FileIdentifier>> {
        let with_deletes: Vec<ManifestFileMeta> =
            manifests.iter().filter(|m| m.num_deleted_files > 0).cloned().collect();
        let read = self.store.read_manifests(&with_deletes).await?;
        let entries = read.iter().flat_map(|e| e.iter());
        Ok(entries.filter(|e| e.kind == FileKind::Delete).map(ManifestEntry::identifier).collect())
    }

    /// Whether a manifest may have files of one of `partitions`, by its partition statistics.
    fn may_hold(
        &self,
        meta: &ManifestFileMeta,
        partitions: &[Vec<rimon_spec::Value>],
    ) -> Result<bool> {
        if partitions.is_empty() || self.partition_types.is_empty() {
            return Ok(!partitions.is_empty());
        }
        let stats = &meta.partition_stats;
        let (Ok(min), Ok(max)) = (
            decode(&stats.min_values, self.partition_types),
            decode(&stats.max_values, self.partition_types),
        ) else {
            return Ok(true);
        };
        Ok(partitions.iter().any(|values| {
            values.iter().zip(min.iter().zip(&max)).all(|(value, (min, max))| {
                value.is_null()
                    || min.is_null()
                    || max.is_null()
                    || (value.compare(min) != Ordering::Less
                        && value.compare(max) != Ordering::Greater)
            })
        }))
    }
}

fn decode(row: &BinaryRow, types: &[DataType]) -> Result<Vec<rimon_spec::Value>> {
    row.decode(types)
}
