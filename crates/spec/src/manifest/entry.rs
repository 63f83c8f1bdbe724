//! One change of the set of data files: format.md §6.1, `ManifestEntry.java`.

use super::DataFileMeta;
use crate::BinaryRow;

/// Whether an entry adds or removes its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// 0
    Add,
    /// 1
    Delete,
}

/// A file added to or removed from a bucket.
#[derive(Debug, Clone, PartialEq)]
pub struct ManifestEntry {
    /// Added or removed.
    pub kind: FileKind,
    /// Partition the file belongs to.
    pub partition: BinaryRow,
    /// Bucket the file belongs to.
    pub bucket: i32,
    /// Number of buckets of the partition when the file was written.
    pub total_buckets: i32,
    /// The file.
    pub file: DataFileMeta,
}

/// What makes two entries speak of the same file: format.md §6.4.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileIdentifier {
    /// Partition.
    pub partition: BinaryRow,
    /// Bucket.
    pub bucket: i32,
    /// Level.
    pub level: i32,
    /// File name.
    pub file_name: String,
    /// Extra files.
    pub extra_files: Vec<String>,
    /// Embedded index.
    pub embedded_index: Option<Vec<u8>>,
    /// External path.
    pub external_path: Option<String>,
}
