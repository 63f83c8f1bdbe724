//! Commit messages to manifest entries: `ManifestEntryChanges.java`, format.md §13.1.

use std::collections::BTreeSet;
use std::sync::Arc;

use rimon_spec::{
    BinaryRow, CommitKind, DataFileMeta, Error, FileKind, IndexManifestEntry, ManifestEntry, Result,
};

use super::keys::ChosenBucket;
use crate::write::CommitMessage;

/// What one snapshot is to change.
#[derive(Debug, Clone)]
pub(crate) struct Changes {
    /// Kind of the snapshot.
    pub(crate) kind: CommitKind,
    /// Entries in the order that they go into the manifest.
    pub(crate) entries: Vec<ManifestEntry>,
    /// Partitions with rows for fixed buckets: number of buckets, and the oldest snapshot against which a writer
    /// checked that number (`None`: not checked).
    pub(crate) buckets: Vec<PartitionBuckets>,
    /// New index files.
    pub(crate) index: Vec<IndexManifestEntry>,
    /// Dynamic buckets with new rows.
    pub(crate) chosen: Vec<ChosenBucket>,
    /// Buckets that were compacted as a whole.
    pub(crate) compacted: Vec<CompactedBucket>,
}

/// A bucket whose compaction depends on all files that it has: keys in one of them are left out of others.
#[derive(Debug, Clone)]
pub(crate) struct CompactedBucket {
    pub(crate) partition: BinaryRow,
    pub(crate) bucket: i32,
    /// Names of the files that the compaction knew.
    pub(crate) files: Arc<BTreeSet<String>>,
}

/// The number of buckets that a partition's new files were written for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartitionBuckets {
    pub(crate) partition: BinaryRow,
    pub(crate) total: i32,
    pub(crate) checked: Option<i64>,
}

/// The snapshots that messages make: new rows first, then compaction.
///
/// `table_buckets`: what messages mean that name no number of buckets.
///
/// # Errors
/// `Unsupported` for changelog files and index files of other origin, `Conflict` when the messages disagree on the number
/// of buckets of a partition.
pub(crate) fn collect(
    messages: &[CommitMessage],
    table_buckets: i32,
) -> Result<(Changes, Changes)> {
    let mut append = Changes::new(CommitKind::Append);
    let mut compact = Changes::new(CommitKind::Compact);
    for message in messages {
        if message.keys.is_none() && !message.index.is_empty() || !message.compact_index.is_empty()
        {
            return Err(Error::unsupported("committing index files of unknown origin"));
        }
        append.index.extend_from_slice(&message.index);
        if let Some(base) = &message.keys
            && !append.chosen.iter().any(|c| c.covers(message))
        {
            let (partition, bucket) = (message.partition.clone(), message.bucket);
            append.chosen.push(ChosenBucket { partition, bucket, base: base.clone() });
        }
        if !message.changelog_files.is_empty() || !message.compact_changelog_files.is_empty() {
            return Err(Error::unsupported("committing changelog files"));
        }
        let total = message.total_buckets.unwrap_or(table_buckets);
        append.push(message, total, FileKind::Add, &message.new_files);
        append.push(message, total, FileKind::Delete, &message.deleted_files);
        // An upgraded file is deleted before it is added, see format.md §0.7.
        compact.push(message, total, FileKind::Delete, &message.compact_before);
        compact.push(message, total, FileKind::Add, &message.compact_after);
        if let Some(files) = &message.compacted {
            let (partition, bucket) = (message.partition.clone(), message.bucket);
            compact.compacted.push(CompactedBucket { partition, bucket, files: files.clone() });
        }
        if !message.new_files.is_empty() {
            append.note_buckets(message, total)?;
        }
    }
    if append.entries.iter().any(|e| e.kind == FileKind::Delete) {
        append.kind = CommitKind::Overwrite;
    }
    Ok((append, compact))
}

impl Changes {
    /// No changes.
    pub(crate) fn new(kind: CommitKind) -> Self {
        let (entries, buckets) = (Vec::new(), Vec::new());
        let (index, chosen, compacted) = (Vec::new(), Vec::new(), Vec::new());
        Self { kind, entries, buckets, index, chosen, compacted }
    }

    /// Whether the snapshot would change nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.index.is_empty()
    }

    /// Names of the files that are added.
    pub(crate) fn added_files(&self) -> impl Iterator<Item = &str> {
        let added = self.entries.iter().filter(|e| e.kind == FileKind::Add);
        added.map(|e| e.file.file_name.as_str())
    }

    fn push(
        &mut self,
        message: &CommitMessage,
        total_buckets: i32,
        kind: FileKind,
        files: &[DataFileMeta],
    ) {
        self.entries.extend(files.iter().map(|file| ManifestEntry {
            kind,
            partition: message.partition.clone(),
            bucket: message.bucket,
            total_buckets,
            file: file.clone(),
        }));
    }

    fn note_buckets(&mut self, message: &CommitMessage, total: i32) -> Result<()> {
        if total <= 0 {
            return Ok(());
        }
        let known = self.buckets.iter_mut().find(|b| b.partition == message.partition);
        match known {
            None => self.buckets.push(PartitionBuckets {
                partition: message.partition.clone(),
                total,
                checked: message.checked_snapshot,
            }),
            Some(known) if known.total != total => {
                return Err(Error::conflict(format!(
                    "rows of one partition were written for {} and for {total} buckets",
                    known.total
                )));
            }
            Some(known) => known.checked = known.checked.min(message.checked_snapshot),
        }
        Ok(())
    }
}
