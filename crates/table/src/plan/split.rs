//! A split: the unit of a read that can be shipped to another thread or machine.

use std::collections::HashMap;
use std::sync::Arc;

use rimon_spec::{DataFileMeta, Value};

use super::deletions::Deletions;

/// How the files of a split are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SplitKind {
    /// Every row of every file is a row of the table: read them one after the other.
    Raw,
    /// Files may hold several versions of a key, or deletes: merge them.
    Merge,
    /// Files hold different columns of the same rows: put them side by side.
    Columns,
    /// Every row of every file is a change of the table, of the kind that stands beside it: read them one after the
    /// other and leave retractions out, unless kinds are read too.
    Changes,
    /// The rows of the files, merged, that are not the same in the files of [`Split::before`].
    Difference,
}

/// The earlier state of a bucket.
#[derive(Debug, Clone, Default)]
pub struct Before {
    /// The files.
    pub files: Vec<DataFileMeta>,
    /// Where rows of the files are deleted, by file name.
    pub deletions: Deletions,
}

/// Files of one bucket that are read together. Mirrors `DataSplit.java`.
#[derive(Debug, Clone)]
pub struct Split {
    /// Values of the partition columns, in partition-key order; empty for tables without partitions.
    pub partition: Arc<[Value]>,
    /// Bucket.
    pub bucket: i32,
    /// Directory of the bucket, relative to the table.
    pub directory: Arc<str>,
    /// Directories of the files, by name, where they are of several partitions.
    pub directories: Option<Arc<HashMap<String, Arc<str>>>>,
    /// The files.
    pub files: Vec<DataFileMeta>,
    /// Where rows of the files are deleted, by file name.
    pub deletions: Deletions,
    /// How to read them.
    pub kind: SplitKind,
    /// Whether it is of another branch than the table's: one that `scan.fallback-branch` names, or those of a chain.
    pub fallback: bool,
    /// The state to compare with, of [`SplitKind::Difference`].
    pub before: Option<Arc<Before>>,
    /// The rows are those that the table no longer has: read only with their kinds, all of which are `-D`.
    pub reversed: bool,
}

impl Split {
    /// The directory of one of its files, relative to the table.
    pub(crate) fn directory_of(&self, file: &DataFileMeta) -> &str {
        let own = self.directories.as_ref().and_then(|all| all.get(&file.file_name));
        own.unwrap_or(&self.directory)
    }

    /// Physical rows of all files.
    pub fn physical_rows(&self) -> u64 {
        let before = self.before.iter().flat_map(|b| &b.files);
        self.files.iter().chain(before).map(|f| u64::try_from(f.row_count).unwrap_or(0)).sum()
    }

    /// Rows that are read, where that is known before reading: of a raw split whose deleted rows are counted.
    pub fn exact_rows(&self) -> Option<u64> {
        if self.kind != SplitKind::Raw || self.reversed {
            return None;
        }
        self.deletions.values().try_fold(self.physical_rows(), |rows, deletions| {
            rows.checked_sub(deletions.cardinality?)
        })
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        let before = self.before.iter().flat_map(|b| &b.files);
        self.files.iter().chain(before).map(|f| u64::try_from(f.file_size).unwrap_or(0)).sum()
    }
}
