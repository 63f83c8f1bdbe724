//! One manifest file in a manifest list: format.md §6.2, `ManifestFileMeta.java`.

use super::SimpleStats;

/// What a manifest list records of a manifest file.
#[derive(Debug, Clone, PartialEq)]
pub struct ManifestFileMeta {
    /// Name in `manifest/`.
    pub file_name: String,
    /// Bytes.
    pub file_size: i64,
    /// Number of ADD entries.
    pub num_added_files: i64,
    /// Number of DELETE entries.
    pub num_deleted_files: i64,
    /// Statistics over the partitions of the entries.
    pub partition_stats: SimpleStats,
    /// Greatest schema id of the files.
    pub schema_id: i64,
    /// Least bucket.
    pub min_bucket: Option<i32>,
    /// Greatest bucket.
    pub max_bucket: Option<i32>,
    /// Least level.
    pub min_level: Option<i32>,
    /// Greatest level.
    pub max_level: Option<i32>,
    /// Least row id.
    pub min_row_id: Option<i64>,
    /// Greatest row id.
    pub max_row_id: Option<i64>,
}
