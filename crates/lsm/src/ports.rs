//! What the engine needs from the outside: sorted files to read, runs to write.
//!
//! The engine knows no paths, formats or runtimes. The table layer implements these traits over
//! data files; `testing` implements them in memory.

use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use async_trait::async_trait;
use futures::stream::BoxStream;
use rimon_spec::{Result, Value};

/// Record batches that arrive one after the other; the first error ends the stream.
pub type BatchStream = BoxStream<'static, Result<RecordBatch>>;

/// What is known of a sorted file before it is opened (from its manifest entry).
#[derive(Debug, Clone)]
pub struct SortedFileMeta {
    /// Name, for error messages and as the last tie-break of orders.
    pub name: String,
    /// Physical rows.
    pub rows: u64,
    /// Bytes.
    pub size: u64,
    /// First key: one value per key column, in primary-key order.
    pub min_key: Vec<Value>,
    /// Last key.
    pub max_key: Vec<Value>,
    /// Least `_SEQUENCE_NUMBER` in the file.
    pub min_sequence: i64,
    /// Greatest `_SEQUENCE_NUMBER` in the file.
    pub max_sequence: i64,
    /// Rows of kind `-U` and `-D`; `None` where the writer did not record it.
    pub delete_rows: Option<u64>,
    /// Level in the LSM tree, 0 the newest.
    pub level: i32,
    /// Creation time in milliseconds, an ordering hint among files of level 0.
    pub creation_time: Option<i64>,
}

/// Consecutive rows of a file and the range of their **first** key column.
///
/// Bounds may be loose (a minimum too small, a maximum too large), never too tight.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyBlock {
    /// Rows of the file. Blocks of a file follow each other without gap from row 0 to its end.
    pub rows: Range<u64>,
    /// Least value of the first key column, `None` when unknown.
    pub min: Option<Value>,
    /// Greatest value of the first key column, `None` when unknown.
    pub max: Option<Value>,
}

/// The columns that [`SortedFile::read_keys`] yields after the key columns, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyParts {
    /// `_SEQUENCE_NUMBER` as Int64.
    pub sequence: bool,
    /// `_VALUE_KIND` as Int8.
    pub kind: bool,
    /// The columns of `sequence.field`, in the order of the option.
    pub user_sequence: bool,
}

/// Rows of one file: sorted ranges that neither touch nor overlap.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowRanges(Vec<Range<u64>>);

impl RowRanges {
    /// Rows `range`; nothing when it is empty.
    pub fn single(range: Range<u64>) -> Self {
        let mut ranges = Self::default();
        ranges.push(range);
        ranges
    }

    /// Appends a range that starts at or after the end of the last; touching ranges become one,
    /// empty ones are left out.
    pub fn push(&mut self, range: Range<u64>) {
        if range.is_empty() {
            return;
        }
        match self.0.last_mut() {
            Some(last) if last.end >= range.start => last.end = last.end.max(range.end),
            _ => self.0.push(range),
        }
    }

    /// The ranges in order.
    pub fn as_slice(&self) -> &[Range<u64>] {
        &self.0
    }

    /// The rows in both.
    pub fn intersect(&self, other: &Self) -> Self {
        let mut both = Self::default();
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        while let (Some(x), Some(y)) = (left.peek(), right.peek()) {
            both.push(x.start.max(y.start)..x.end.min(y.end));
            if x.end <= y.end {
                left.next();
            } else {
                right.next();
            }
        }
        both
    }

    /// Number of rows in all ranges.
    pub fn rows(&self) -> u64 {
        self.0.iter().map(|r| r.end - r.start).sum()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A file whose rows are sorted by primary key, each key at most once.
///
/// The keys can be read without the values, and the values of chosen rows later. Which value
/// columns there are is fixed when the file object is made: a file object serves one scan.
///
/// An implementation may not reorder, drop or add rows: both streams yield every row asked for,
/// in file order, in batches of any size ≥ 1. The same rows may be asked for again (neighbouring
/// key ranges share border blocks). Large batches (32 Ki rows) serve the engine best.
#[async_trait]
pub trait SortedFile: Debug + Send + Sync {
    /// What the manifest says of the file.
    fn meta(&self) -> &SortedFileMeta;

    /// The blocks of the file (pages or row groups) with their bounds; one block without bounds
    /// when nothing is known. An empty file has no blocks.
    async fn blocks(&self) -> Result<Arc<[KeyBlock]>>;

    /// The key columns of `rows` in primary-key order, then the columns that `parts` asks for.
    ///
    /// `rows` are consecutive and inside the file. The key columns have the same types in every
    /// file of a scan.
    async fn read_keys(&self, parts: KeyParts, rows: Range<u64>) -> Result<BatchStream>;

    /// Those of `rows` whose values are wanted: rows that a condition of the scan on the values
    /// excludes may be left out. Only asked where each row is a row of the result by itself.
    async fn wanted(&self, rows: RowRanges) -> Result<RowRanges> {
        Ok(rows)
    }

    /// The value columns of `rows`, in the order fixed when this object was made. Never called
    /// when the scan wants no value column.
    async fn read_values(&self, rows: RowRanges) -> Result<BatchStream>;
}

/// Which run a [`RunWriter`] is to produce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunRole {
    /// Level of the files: 0 for a flush.
    pub level: i32,
    /// Rows that will come, at most: versions of one key are merged on the way.
    pub rows: usize,
}

/// Rows for a run, in key order, each key once.
#[derive(Debug, Clone)]
pub struct RunBatch {
    /// Columns in the layout of data files (format.md §9): key columns, `_SEQUENCE_NUMBER`
    /// (Int64), `_VALUE_KIND` (Int8), then the value columns. The first and last row hold the
    /// least and greatest key of the batch.
    pub batch: RecordBatch,
    /// Least sequence number of the batch.
    pub min_sequence: i64,
    /// Greatest sequence number of the batch.
    pub max_sequence: i64,
    /// Rows of kind `-U` and `-D`.
    pub delete_rows: u64,
}

/// Makes writers of sorted runs; one per bucket that is written to.
#[async_trait]
pub trait RunWriterFactory: Debug + Send + Sync {
    /// What a finished run is described by (the table layer uses `DataFileMeta`).
    type File: Send + 'static;

    /// Starts a run. Nothing may become visible before [`RunWriter::finish`].
    async fn create(&self, role: RunRole) -> Result<Box<dyn RunWriter<File = Self::File>>>;
}

/// Writes one sorted run as one or more files.
#[async_trait]
pub trait RunWriter: Send {
    /// See [`RunWriterFactory::File`].
    type File: Send + 'static;

    /// Appends rows whose keys are all greater than those before. A file may end between batches
    /// and, since keys are unique, also inside one.
    async fn write(&mut self, batch: RunBatch) -> Result<()>;

    /// Completes the run and describes its files, in key order. No rows: no files.
    async fn finish(self: Box<Self>) -> Result<Vec<Self::File>>;

    /// Removes what was written. Called at most once, in place of `finish`.
    async fn abort(self: Box<Self>) -> Result<()>;
}
