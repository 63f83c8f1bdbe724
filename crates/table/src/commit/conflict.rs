//! Whether changes can be combined with what others committed: format.md §14, `ConflictDetection.java`.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use hashbrown::{HashMap, HashSet};
use rimon_spec::{
    BinaryRow, CommitKind, DataType, FileIdentifier, FileKind, ManifestEntry, Result,
};

use super::changes::{CompactedBucket, PartitionBuckets};
use super::outcome::CommitConflict;

/// A file may not be added twice, nor added and deleted, by one commit: scans treat a delete as a set, so that such a
/// file would be lost.
pub(crate) fn check_delta(delta: &[ManifestEntry]) -> Option<CommitConflict> {
    let mut added = HashSet::new();
    let mut deleted = HashSet::new();
    for entry in delta {
        let seen = match entry.kind {
            FileKind::Add => &mut added,
            FileKind::Delete => &mut deleted,
        };
        if !seen.insert(entry.identifier()) {
            return Some(CommitConflict::new(format!(
                "the commit names the file {} twice",
                entry.file.file_name
            )));
        }
    }
    added.intersection(&deleted).next().map(|id| {
        CommitConflict::new(format!("the commit adds and deletes the file {}", id.file_name))
    })
}

/// The number of buckets of a partition may change by an overwrite only.
pub(crate) fn check_buckets<'a>(
    existing: impl IntoIterator<Item = &'a ManifestEntry>,
    expected: &[PartitionBuckets],
) -> Option<CommitConflict> {
    let expected: HashMap<&BinaryRow, i32> =
        expected.iter().map(|b| (&b.partition, b.total)).collect();
    for entry in existing {
        if entry.kind != FileKind::Add || entry.total_buckets <= 0 {
            continue;
        }
        if let Some(total) = expected.get(&entry.partition)
            && *total != entry.total_buckets
        {
            let conflict = CommitConflict::new(format!(
                "the rows were written for {total} buckets, but their partition has {}",
                entry.total_buckets
            ));
            return Some(conflict.with_hint(
                "overwrite the partition to change its number of buckets, or set 'bucket' back",
            ));
        }
    }
    None
}

/// What was left out of a compaction depends on all files of its bucket: others may neither have been added nor be gone.
///
/// Java has no such check: of two compactions of a bucket at a time that go to different levels both are committed, and
/// a key that both found new is there twice.
pub(crate) fn check_compacted(
    base: &[ManifestEntry],
    compacted: &[CompactedBucket],
) -> Option<CommitConflict> {
    for bucket in compacted {
        let here =
            |e: &&ManifestEntry| e.partition == bucket.partition && e.bucket == bucket.bucket;
        let live: BTreeSet<&str> =
            base.iter().filter(here).map(|e| e.file.file_name.as_str()).collect();
        let known: BTreeSet<&str> = bucket.files.iter().map(String::as_str).collect();
        if let Some(name) = live.symmetric_difference(&known).next() {
            return Some(CommitConflict::new(format!(
                "bucket {} was changed while it was compacted: file {name}",
                bucket.bucket
            )));
        }
    }
    None
}

/// Checks `delta` against the live files of the partitions it changes.
///
/// Every file to delete must be there, no file may be there twice, and (with `key_types`) key ranges of one level
/// above 0 must stay apart.
///
/// # Errors
/// `Corrupt` when a key cannot be decoded.
pub(crate) fn check_files(
    base: &[ManifestEntry],
    delta: &[ManifestEntry],
    kind: CommitKind,
    key_types: Option<&[DataType]>,
) -> Result<Option<CommitConflict>> {
    if kind != CommitKind::Overwrite
        && let Some(conflict) = check_totals(base, delta)
    {
        return Ok(Some(conflict));
    }
    let mut live: HashMap<FileIdentifier, &ManifestEntry> =
        base.iter().map(|e| (e.identifier(), e)).collect();
    for entry in delta {
        let id = entry.identifier();
        match entry.kind {
            FileKind::Add => {
                if live.insert(id, entry).is_some() {
                    return Ok(Some(CommitConflict::new(format!(
                        "the file {} is in the table already",
                        entry.file.file_name
                    ))));
                }
            }
            FileKind::Delete => {
                if live.remove(&id).is_none() {
                    return Ok(Some(CommitConflict::new(format!(
                        "the file {} that is to be replaced is no longer in the table",
                        entry.file.file_name
                    ))));
                }
            }
        }
    }
    match key_types {
        Some(types) => check_levels(live.into_values(), types),
        None => Ok(None),
    }
}

fn check_totals(base: &[ManifestEntry], delta: &[ManifestEntry]) -> Option<CommitConflict> {
    let mut expected: Vec<PartitionBuckets> = Vec::new();
    for entry in delta.iter().filter(|e| e.total_buckets > 0) {
        if !expected.iter().any(|b| b.partition == entry.partition) {
            expected.push(PartitionBuckets {
                partition: entry.partition.clone(),
                total: entry.total_buckets,
                checked: None,
            });
        }
    }
    check_buckets(base.iter().chain(delta), &expected)
}

/// `PrimaryKeyConflictDetection.java`: sorted runs above level 0 hold each key once.
fn check_levels<'a>(
    live: impl Iterator<Item = &'a ManifestEntry>,
    types: &[DataType],
) -> Result<Option<CommitConflict>> {
    let mut levels: HashMap<(&BinaryRow, i32, i32), Vec<&ManifestEntry>> = HashMap::new();
    for entry in live.filter(|e| e.file.level >= 1) {
        let level = (&entry.partition, entry.bucket, entry.file.level);
        levels.entry(level).or_default().push(entry);
    }
    for ((_, bucket, level), files) in levels {
        let mut ranges = Vec::with_capacity(files.len());
        for entry in files {
            let min = entry.file.min_key.decode(types)?;
            let max = entry.file.max_key.decode(types)?;
            ranges.push((min, max, entry.file.file_name.as_str()));
        }
        let order = |a: &[rimon_spec::Value], b: &[rimon_spec::Value]| {
            a.iter()
                .zip(b)
                .map(|(a, b)| a.compare(b))
                .find(|o| o.is_ne())
                .unwrap_or(Ordering::Equal)
        };
        ranges.sort_by(|a, b| order(&a.0, &b.0));
        for pair in ranges.windows(2) {
            if let [a, b] = pair
                && order(&a.1, &b.0).is_ge()
            {
                return Ok(Some(CommitConflict::new(format!(
                    "the files {} and {} of bucket {bucket} would overlap in level {level}",
                    a.2, b.2
                ))));
            }
        }
    }
    Ok(None)
}
