//! What is asked of a data file, and what it answers.

use arrow::array::RecordBatch;
use async_trait::async_trait;
use futures::stream::BoxStream;
use rimon_spec::{DataField, DataType, Predicate, Result, Value};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Batches of one file in file order.
pub type BatchStream = BoxStream<'static, Result<RecordBatch>>;

/// Where a column of the result comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A column of the file.
    File {
        /// Name in the schema that wrote the file.
        name: String,
        /// Type in the schema that wrote the file.
        data_type: DataType,
    },
    /// The file has no such column: all null.
    Null,
    /// The same value in every row, of the output's type: partition columns.
    Constant(Value),
}

/// One column of the result.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadColumn {
    /// Name and type wanted. The Arrow field of the batches is [`crate::arrow_schema::to_arrow_field`] of it.
    pub output: DataField,
    /// Where it comes from.
    pub source: Source,
}

/// Rows and columns wanted of a file.
#[derive(Debug, Clone)]
pub struct ReadRequest {
    /// Columns of the batches, in this order. May be empty: then batches have only a number of rows.
    pub columns: Vec<ReadColumn>,
    /// Rows wanted, ascending and disjoint; `None`: all. Without a predicate the batches hold exactly these rows.
    pub ranges: Option<Vec<Range<u64>>>,
    /// Condition on the *output* columns by name, used to skip row groups and pages that cannot match. Rows that do
    /// not match may still come, unless `exact` is set; rows that match always come.
    pub predicate: Option<Predicate>,
    /// Drop the rows that do not match `predicate`.
    pub exact: bool,
    /// Greatest number of rows of a batch.
    pub batch_size: usize,
    /// CHAR and VARCHAR columns come as `Utf8View` and not as `Utf8`, those inside nested columns excepted: nothing
    /// is copied then out of dictionaries and pages.
    pub string_views: bool,
    /// Where formats with statistics count what they skip.
    pub counters: Option<Arc<crate::ReadCounters>>,
}

impl ReadRequest {
    /// All rows of `columns`, in batches of up to 8192 rows.
    pub fn new(columns: Vec<ReadColumn>) -> Self {
        Self {
            columns,
            ranges: None,
            predicate: None,
            exact: false,
            batch_size: 8192,
            string_views: false,
            counters: None,
        }
    }

    /// Only these rows; ascending, disjoint.
    #[must_use]
    pub fn with_ranges(mut self, ranges: Vec<Range<u64>>) -> Self {
        self.ranges = Some(ranges);
        self
    }

    /// Skips what cannot match.
    #[must_use]
    pub fn with_predicate(mut self, predicate: Predicate) -> Self {
        self.predicate = Some(predicate);
        self
    }

    /// CHAR and VARCHAR columns as `Utf8View`.
    #[must_use]
    pub fn with_string_views(mut self, views: bool) -> Self {
        self.string_views = views;
        self
    }

    /// Counts what is skipped.
    #[must_use]
    pub fn with_counters(mut self, counters: Arc<crate::ReadCounters>) -> Self {
        self.counters = Some(counters);
        self
    }

    /// Sets the greatest number of rows of a batch.
    #[must_use]
    pub fn with_batch_size(mut self, rows: usize) -> Self {
        self.batch_size = rows;
        self
    }
}

/// Consecutive rows of a file with what is known of one column in them.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Rows of the file, counted from 0.
    pub rows: Range<u64>,
    /// A lower bound of the column, in its output type; `None`: unknown, or only nulls.
    pub min: Option<Value>,
    /// An upper bound of the column.
    pub max: Option<Value>,
    /// Nulls of the column in these rows, if known.
    pub null_count: Option<u64>,
}

/// A file that has been opened: its footer is at hand.
#[async_trait]
pub trait DataFileReader: fmt::Debug + Send + Sync {
    /// Physical rows.
    fn num_rows(&self) -> u64;

    /// Rows of each row group, in order: what is read with one round of requests.
    fn row_groups(&self) -> Vec<Range<u64>>;

    /// Blocks that cover all rows in order with bounds of `column`: pages where the file has a page index, else row
    /// groups. Bounds are sound, not tight. A column that is not read from the file gives row groups.
    ///
    /// # Errors
    /// As [`DataFileReader::read`].
    async fn blocks(&self, column: &ReadColumn) -> Result<Vec<Block>>;

    /// Rows that may match `predicate` (on the output columns of `columns`), from the statistics of row groups and
    /// pages: ascending, disjoint, of all rows.
    ///
    /// # Errors
    /// As [`DataFileReader::read`].
    async fn matching(
        &self,
        columns: &[ReadColumn],
        predicate: &Predicate,
    ) -> Result<Vec<Range<u64>>>;

    /// The batches asked for. Nothing is decoded before the stream is polled, and decoding happens on the task that
    /// polls it.
    ///
    /// # Errors
    /// `Invalid` for a request that makes no sense, `Unsupported` for a conversion that this build does not do,
    /// `Corrupt` (here and in the stream) for bytes that are not what the format says.
    async fn read(&self, request: ReadRequest) -> Result<BatchStream>;
}
