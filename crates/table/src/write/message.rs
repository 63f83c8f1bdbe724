//! What a writer hands to whoever commits: `CommitMessageImpl.java`.

use rimon_spec::{BinaryRow, DataFileMeta, IndexManifestEntry};

/// The files that one writer made and replaced in one bucket. In-process only for now.
#[derive(Debug, Clone, PartialEq)]
pub struct CommitMessage {
    /// Partition of the bucket; the empty row for unpartitioned tables.
    pub partition: BinaryRow,
    /// The bucket.
    pub bucket: i32,
    /// `_TOTAL_BUCKETS` of the files; -1 when rows are not bound to a bucket.
    pub total_buckets: i32,
    /// Files with new rows.
    pub new_files: Vec<DataFileMeta>,
    /// Files whose rows go away.
    pub deleted_files: Vec<DataFileMeta>,
    /// Files that a compaction replaces.
    pub compact_before: Vec<DataFileMeta>,
    /// What it replaces them by.
    pub compact_after: Vec<DataFileMeta>,
    /// Changes of index files.
    pub index: Vec<IndexManifestEntry>,
    /// The snapshot against which the writer checked the bucket's files and their number of buckets; the commit
    /// checks only what came after it. `None`: nothing was checked.
    pub checked_snapshot: Option<i64>,
}

impl CommitMessage {
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
            total_buckets,
            new_files,
            deleted_files: Vec::new(),
            compact_before: Vec::new(),
            compact_after: Vec::new(),
            index: Vec::new(),
            checked_snapshot: None,
        }
    }

    /// Whether there is nothing in it to commit.
    pub fn is_empty(&self) -> bool {
        self.new_files.is_empty()
            && self.deleted_files.is_empty()
            && self.compact_before.is_empty()
            && self.compact_after.is_empty()
            && self.index.is_empty()
    }
}
