//! Where the sequence numbers of a file's rows are: `KeyValueFileReaderFactory.java`, `KeyValueDataFileRecordReader.java`.

use rimon_format::{ReadColumn, Source};
use rimon_spec::{DataField, DataFileMeta, Error, FileSource, Result, Value};

use super::columns::special;
use crate::table::Table;

/// The sequence numbers of a file's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sequence {
    /// Each row has its own.
    InFile,
    /// All have that of the snapshot which added the file.
    Snapshot(i64),
}

impl Sequence {
    /// With `sequence.snapshot-ordering` a file of new rows has the id of its snapshot in its manifest entry, since the
    /// writer could not know it. A compaction writes what it read of each row.
    ///
    /// # Errors
    /// `Unsupported` for a file of which nobody knows whether a compaction wrote it.
    pub(super) fn of(table: &Table, file: &DataFileMeta) -> Result<Self> {
        if !table.orders_by_snapshot() {
            return Ok(Self::InFile);
        }
        match file.file_source {
            Some(FileSource::Append) => Ok(Self::Snapshot(file.min_sequence_number)),
            Some(FileSource::Compact) => Ok(Self::InFile),
            None => Err(Error::unsupported(
                "a file that does not say whether a compaction wrote it, in a table with 'sequence.snapshot-ordering'",
            )
            .with("file", &file.file_name)
            .with_hint("the option is for tables that had no rows before it was set")),
        }
    }

    /// Least and greatest sequence number of a file.
    pub(super) fn range(self, file: &DataFileMeta) -> (i64, i64) {
        match self {
            Self::InFile => (file.min_sequence_number, file.max_sequence_number),
            Self::Snapshot(id) => (id, id),
        }
    }

    /// `_SEQUENCE_NUMBER` as `output`.
    pub(super) fn column(self, output: DataField) -> ReadColumn {
        match self {
            Self::InFile => special(output),
            Self::Snapshot(id) => {
                ReadColumn { output, source: Source::Constant(Value::BigInt(id)) }
            }
        }
    }
}
