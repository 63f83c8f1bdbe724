//! Index manifests: format.md §6.3, `IndexManifestEntry.java`.

use super::FileKind;
use crate::BinaryRow;

/// One index file.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexManifestEntry {
    /// Always ADD in what Java writes.
    pub kind: FileKind,
    /// Partition.
    pub partition: BinaryRow,
    /// Bucket.
    pub bucket: i32,
    /// `HASH`, `DELETION_VECTORS` or the type of a global index.
    pub index_type: String,
    /// Name in `index/`.
    pub file_name: String,
    /// Bytes.
    pub file_size: i64,
    /// Entries in the file.
    pub row_count: i64,
    /// Where the vector of each data file is.
    pub deletion_vectors: Option<Vec<DeletionVectorRange>>,
    /// Full path when not in `index/`.
    pub external_path: Option<String>,
    /// Of global indexes.
    pub global_index: Option<GlobalIndexMeta>,
}

/// The place of one deletion vector in its index file (`DeletionVectorMeta.java`).
#[derive(Debug, Clone, PartialEq)]
pub struct DeletionVectorRange {
    /// Data file name.
    pub data_file: String,
    /// Offset of the size field.
    pub offset: i32,
    /// Length; what it counts depends on the vector's kind, format.md §11.
    pub length: i32,
    /// Number of deleted rows, where known.
    pub cardinality: Option<i64>,
}

/// Carried through unchanged (`GlobalIndexMeta.java`).
#[derive(Debug, Clone, PartialEq)]
pub struct GlobalIndexMeta {
    /// First row id.
    pub row_range_start: i64,
    /// Last row id.
    pub row_range_end: i64,
    /// Indexed field.
    pub index_field_id: i32,
    /// More fields.
    pub extra_field_ids: Option<Vec<i32>>,
    /// Meta of the index.
    pub index_meta: Option<Vec<u8>>,
    /// Meta of its source.
    pub source_meta: Option<Vec<u8>>,
}
