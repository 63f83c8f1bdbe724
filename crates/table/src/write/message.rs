//! What a writer hands to whoever commits: `CommitMessageImpl.java`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rimon_spec::manifest::wire::{WireReader, WireWriter};
use rimon_spec::{BinaryRow, DataFileMeta, Error, FileKind, IndexManifestEntry, Result};

/// The files that one writer made and replaced in one bucket.
///
/// Writers and committer may be different processes: [`CommitMessage::to_bytes`] is what Java Paimon's
/// `CommitMessageSerializer` writes, so that either side may be Java.
#[derive(Debug, Clone, PartialEq)]
pub struct CommitMessage {
    /// Partition of the bucket; the empty row for unpartitioned tables.
    pub partition: BinaryRow,
    /// The bucket.
    pub bucket: i32,
    /// `_TOTAL_BUCKETS` of the files; -1 when rows are not bound to a bucket, `None` for the table's number.
    pub total_buckets: Option<i32>,
    /// Files with new rows.
    pub new_files: Vec<DataFileMeta>,
    /// Files whose rows go away.
    pub deleted_files: Vec<DataFileMeta>,
    /// Files with the changes that the new rows make.
    pub changelog_files: Vec<DataFileMeta>,
    /// Changes of index files that come with the new rows.
    pub index: Vec<IndexManifestEntry>,
    /// Files that a compaction replaces.
    pub compact_before: Vec<DataFileMeta>,
    /// What it replaces them by.
    pub compact_after: Vec<DataFileMeta>,
    /// Files with the changes that the compaction found.
    pub compact_changelog_files: Vec<DataFileMeta>,
    /// Changes of index files that come with the compaction.
    pub compact_index: Vec<IndexManifestEntry>,
    /// The snapshot against which the writer checked the bucket's files and their number of buckets; the commit
    /// checks only what came after it. `None`: nothing was checked. Does not go over the wire.
    pub checked_snapshot: Option<i64>,
    /// Names of all files that the bucket had when it was compacted, the new ones included: the compaction is committed
    /// only where it still has these. `None`: only the files that it replaces are asked about. Does not go over the wire.
    pub compacted: Option<Arc<BTreeSet<String>>>,
    /// What the writer knew of the keys of the table when it chose the bucket; `None` where the rows themselves say it.
    pub keys: Option<Arc<KeysBase>>,
}

/// What a choice of buckets relies on. A commit is refused when others have changed it: the same key could be in two
/// buckets else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeysBase {
    /// The hash indexes of the partition.
    Hash {
        /// The snapshot that was looked at; 0 when there was none.
        snapshot: i64,
        /// The index file of each bucket before this commit.
        files: BTreeMap<i32, String>,
        /// Whether the commit brings new keys into the partition.
        grown: bool,
    },
    /// All keys of the table: nobody else may have written rows since.
    Alone {
        /// The snapshot whose keys were read; 0 when there was none.
        snapshot: i64,
    },
}

impl CommitMessage {
    /// The version of [`CommitMessage::to_bytes`]: that of Java Paimon 1.4.
    pub const VERSION: i32 = rimon_spec::manifest::wire::VERSION;

    /// A message of new files only.
    pub fn of_new_files(
        partition: BinaryRow,
        bucket: i32,
        total_buckets: i32,
        new_files: Vec<DataFileMeta>,
    ) -> Self {
        Self {
            partition,
            bucket,
            total_buckets: Some(total_buckets),
            new_files,
            deleted_files: Vec::new(),
            changelog_files: Vec::new(),
            index: Vec::new(),
            compact_before: Vec::new(),
            compact_after: Vec::new(),
            compact_changelog_files: Vec::new(),
            compact_index: Vec::new(),
            checked_snapshot: None,
            compacted: None,
            keys: None,
        }
    }

    /// Whether there is nothing in it to commit.
    pub fn is_empty(&self) -> bool {
        self.new_files.is_empty()
            && self.deleted_files.is_empty()
            && self.changelog_files.is_empty()
            && self.index.is_empty()
            && self.compact_before.is_empty()
            && self.compact_after.is_empty()
            && self.compact_changelog_files.is_empty()
            && self.compact_index.is_empty()
    }

    /// Whether a compaction comes with it.
    pub fn is_compacted(&self) -> bool {
        !self.compact_before.is_empty() || !self.compact_after.is_empty()
    }

    /// The message without its rows.
    pub(crate) fn only_compaction(&self) -> Self {
        Self {
            new_files: Vec::new(),
            deleted_files: Vec::new(),
            changelog_files: Vec::new(),
            index: Vec::new(),
            ..self.clone()
        }
    }

    /// Files of rows that come into being when this is committed.
    pub(crate) fn added_files(&self) -> impl Iterator<Item = &DataFileMeta> {
        self.new_files
            .iter()
            .chain(&self.changelog_files)
            .chain(&self.compact_after)
            .chain(&self.compact_changelog_files)
    }

    /// The message as bytes of version [`CommitMessage::VERSION`], which the bytes do not tell: send it along.
    ///
    /// # Errors
    /// `Unsupported` when a file has what this version has no place for, and for buckets that were chosen by the keys
    /// of the table: what the choice relied on cannot be sent.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        if self.keys.is_some() {
            return Err(Error::unsupported(
                "sending messages of dynamic buckets to another process",
            ));
        }
        let mut out = WireWriter::default();
        out.row(&self.partition);
        out.i32(self.bucket);
        out.bool(self.total_buckets.is_some());
        if let Some(total) = self.total_buckets {
            out.i32(total);
        }
        out.data_files(&self.new_files)?;
        out.data_files(&self.deleted_files)?;
        out.data_files(&self.changelog_files)?;
        out.index_files(&of_kind(&self.index, FileKind::Add))?;
        out.index_files(&of_kind(&self.index, FileKind::Delete))?;
        out.data_files(&self.compact_before)?;
        out.data_files(&self.compact_after)?;
        out.data_files(&self.compact_changelog_files)?;
        out.index_files(&of_kind(&self.compact_index, FileKind::Add))?;
        out.index_files(&of_kind(&self.compact_index, FileKind::Delete))?;
        Ok(out.finish())
    }

    /// A message from the bytes that a writer of this or another process made, Java's included.
    ///
    /// # Errors
    /// `Corrupt` with the offset for bytes that are no message, `Unsupported` for an unknown version.
    pub fn from_bytes(version: i32, bytes: &[u8]) -> Result<Self> {
        let mut reader = WireReader::new(version, bytes)?;
        let partition = reader.row()?;
        let bucket = reader.i32()?;
        let total_buckets = if reader.bool()? { Some(reader.i32()?) } else { None };
        let new_files = reader.data_files()?;
        let deleted_files = reader.data_files()?;
        let changelog_files = reader.data_files()?;
        let index = index_changes(&mut reader, &partition, bucket)?;
        let compact_before = reader.data_files()?;
        let compact_after = reader.data_files()?;
        let compact_changelog_files = reader.data_files()?;
        let compact_index = index_changes(&mut reader, &partition, bucket)?;
        reader.end()?;
        Ok(Self {
            partition,
            bucket,
            total_buckets,
            new_files,
            deleted_files,
            changelog_files,
            index,
            compact_before,
            compact_after,
            compact_changelog_files,
            compact_index,
            checked_snapshot: None,
            compacted: None,
            keys: None,
        })
    }
}

fn of_kind(index: &[IndexManifestEntry], kind: FileKind) -> Vec<&IndexManifestEntry> {
    index.iter().filter(|e| e.kind == kind).collect()
}

/// New index files, then deleted ones.
fn index_changes(
    reader: &mut WireReader<'_>,
    partition: &BinaryRow,
    bucket: i32,
) -> Result<Vec<IndexManifestEntry>> {
    let mut changes = reader.index_files(partition, bucket)?;
    let deleted = reader.index_files(partition, bucket)?;
    changes.extend(
        deleted.into_iter().map(|file| IndexManifestEntry { kind: FileKind::Delete, ..file }),
    );
    Ok(changes)
}
