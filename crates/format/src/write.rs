//! What a writer of data files takes and gives.

use arrow::array::RecordBatch;
use async_trait::async_trait;
use rimon_spec::{Error, Result, Value};
use std::collections::BTreeMap;

/// Compression of pages (Parquet) and blocks (Avro).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// `none`
    None,
    /// `snappy`
    Snappy,
    /// `gzip`
    Gzip,
    /// `lz4`
    Lz4,
    /// `deflate`: Avro only
    Deflate,
    /// `bzip2`: Avro only
    Bzip2,
    /// `zstd` with a level 1..=22
    Zstd(i32),
}

impl Compression {
    /// Parses the option `file.compression`; `zstd_level` is `file.compression.zstd-level`.
    ///
    /// # Errors
    /// `Invalid` naming the codec.
    pub fn parse(codec: &str, zstd_level: i32) -> Result<Self> {
        match codec.to_ascii_lowercase().as_str() {
            "zstd" | "zstandard" => Ok(Self::Zstd(zstd_level)),
            "none" | "uncompressed" => Ok(Self::None),
            // Names of Avro's.
            "null" => Ok(Self::None),
            "deflate" => Ok(Self::Deflate),
            "bzip2" => Ok(Self::Bzip2),
            "snappy" => Ok(Self::Snappy),
            "gzip" => Ok(Self::Gzip),
            "lz4" => Ok(Self::Lz4),
            _ => Err(Error::invalid(format!("file.compression: unknown codec '{codec}'"))),
        }
    }
}

/// How one column is written; `None`: as all are.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ColumnWriteOptions {
    /// Try dictionary encoding.
    pub dictionary: Option<bool>,
    /// Make a Bloom filter.
    pub bloom_filter: Option<bool>,
    /// Different values that are expected: the size of the Bloom filter.
    pub bloom_filter_values: Option<u64>,
    /// Share of wrong hits of the Bloom filter.
    pub bloom_filter_fpp: Option<f64>,
}

/// How a file is written.
#[derive(Debug, Clone)]
pub struct WriteOptions {
    /// Compression; zstd level 1 by default.
    pub compression: Compression,
    /// Bytes of a row group, `file.block-size`; 128 MiB by default.
    pub row_group_bytes: u64,
    /// Bytes of a page before compression; 40 KiB by default (Java's is 1 MiB): a few rows chosen by a value cost half
    /// then, and a whole read about 5 % more.
    pub page_bytes: usize,
    /// Try dictionary encoding; `true` by default.
    pub dictionary: bool,
    /// Leaves out dictionaries that would grow too large to be kept, as the first rows tell; `false` by default.
    pub sample_dictionary: bool,
    /// Rows of the file, if it is known how many come at most: what a dictionary has to pay for.
    pub expected_rows: Option<u64>,
    /// Rows of a page, at most; 20,000 by default.
    pub page_rows: Option<usize>,
    /// Bytes of a dictionary, at most; 1 MiB by default.
    pub dictionary_page_bytes: Option<usize>,
    /// Bloom filters for all columns, where the format has them; `false` by default.
    pub bloom_filter: bool,
    /// What differs in single columns, by path (`a`, `a.b`).
    pub columns: BTreeMap<String, ColumnWriteOptions>,
    /// Names of further columns whose values ascend in the file (the first key column and `_SEQUENCE_NUMBER` are
    /// known without): integers among them are delta-encoded.
    pub sorted_columns: Vec<String>,
    /// Encodings of Parquet's second version, which old readers do not know; `true` by default.
    pub delta: bool,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self {
            compression: Compression::Zstd(1),
            row_group_bytes: 128 << 20,
            page_bytes: 40 << 10,
            dictionary: true,
            sample_dictionary: false,
            expected_rows: None,
            page_rows: None,
            dictionary_page_bytes: None,
            bloom_filter: false,
            columns: BTreeMap::new(),
            sorted_columns: Vec::new(),
            delta: true,
        }
    }
}

/// What is known of a column of a file just written, before any truncation (`SimpleColStats.java`).
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnStats {
    /// Least value; null when unknown or all values are null.
    pub min: Value,
    /// Greatest value; null when unknown or all values are null.
    pub max: Value,
    /// Number of nulls; `None` when unknown (nested columns).
    pub null_count: Option<i64>,
}

impl ColumnStats {
    /// Nothing known.
    pub fn unknown() -> Self {
        Self { min: Value::Null, max: Value::Null, null_count: None }
    }
}

/// A file that is complete on its store.
#[derive(Debug, Clone, PartialEq)]
pub struct WrittenFile {
    /// Bytes.
    pub size: u64,
    /// Rows.
    pub rows: u64,
    /// Per column, in the order of the writer's fields.
    pub stats: Vec<ColumnStats>,
}

/// Writes one file.
#[async_trait]
pub trait FormatWriter: Send {
    /// Appends rows. The batch's columns are the writer's fields by position, in their canonical Arrow types.
    ///
    /// # Errors
    /// `Invalid` for a batch of another shape or nulls in a NOT NULL column; `Unavailable` or `ResourceExhausted`
    /// from the store. After an error only [`FormatWriter::abort`] makes sense.
    async fn write(&mut self, batch: &RecordBatch) -> Result<()>;

    /// Rows taken so far.
    fn rows(&self) -> u64;

    /// Bytes the file would have about now: what is written plus an estimate of what is still in memory.
    fn estimated_size(&self) -> u64;

    /// Completes the file and makes it visible.
    ///
    /// # Errors
    /// From the store; nothing is visible then, as far as the store allows.
    async fn finish(self: Box<Self>) -> Result<WrittenFile>;

    /// Gives up and removes what has been stored.
    ///
    /// # Errors
    /// From the store.
    async fn abort(self: Box<Self>) -> Result<()>;
}
