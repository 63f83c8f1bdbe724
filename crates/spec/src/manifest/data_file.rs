//! One data file: format.md §7, `DataFileMeta.java`.

use super::SimpleStats;
use crate::BinaryRow;

/// How a file came to be (`_FILE_SOURCE`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileSource {
    /// Written by a writer's flush: 0.
    Append,
    /// Written by a compaction: 1.
    Compact,
}

/// What manifests record of a data file.
#[derive(Debug, Clone, PartialEq)]
pub struct DataFileMeta {
    /// Name in its bucket's directory.
    pub file_name: String,
    /// Bytes.
    pub file_size: i64,
    /// Physical rows, retracting ones included.
    pub row_count: i64,
    /// First key (trimmed primary key); empty row for append tables.
    pub min_key: BinaryRow,
    /// Last key.
    pub max_key: BinaryRow,
    /// Statistics of the key columns, all of them.
    pub key_stats: SimpleStats,
    /// Statistics of the columns named in `value_stats_cols`, or of all.
    pub value_stats: SimpleStats,
    /// Least sequence number.
    pub min_sequence_number: i64,
    /// Greatest sequence number.
    pub max_sequence_number: i64,
    /// Schema the file was written with.
    pub schema_id: i64,
    /// Level in the LSM tree.
    pub level: i32,
    /// Files that belong to this one: file index, changelog.
    pub extra_files: Vec<String>,
    /// Wall clock of the writer as if it were UTC, milliseconds.
    pub creation_time: Option<i64>,
    /// Rows of kind `-U` and `-D`; unknown in old files.
    pub delete_row_count: Option<i64>,
    /// File index small enough to live here.
    pub embedded_index: Option<Vec<u8>>,
    /// How the file came to be; unknown in old files.
    pub file_source: Option<FileSource>,
    /// Columns of `value_stats`; `None`: all.
    pub value_stats_cols: Option<Vec<String>>,
    /// Full path when the file is not in its bucket's directory.
    pub external_path: Option<String>,
    /// First row id of row-tracking tables.
    pub first_row_id: Option<i64>,
    /// Columns in the file, when not all (data evolution).
    pub write_cols: Option<Vec<String>>,
    /// Sequence numbers per column of `write_cols`.
    pub write_cols_sequences: Option<Vec<i64>>,
}
