//! Rows of an append table, straight to files: `AppendOnlyWriter.java`.

use std::sync::Arc;

use arrow::array::RecordBatch;
use rimon_spec::{DataFileMeta, Error, Result};

use super::data_file::RowsSummary;
use super::rolling::{BucketFiles, RollingWriter, Summarize, no_key};

/// Writes the rows of one bucket.
pub(crate) struct AppendWriter {
    files: RollingWriter<Counter>,
    next_sequence: i64,
}

impl AppendWriter {
    /// A writer whose first row has the sequence number `first_sequence`.
    pub(crate) fn new(files: Arc<BucketFiles>, first_sequence: i64) -> Self {
        let counter = Counter { first: first_sequence, next: first_sequence };
        Self { files: RollingWriter::new(files, counter), next_sequence: first_sequence }
    }

    pub(crate) async fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let rows = batch.num_rows() as i64;
        let next = self.next_sequence.checked_add(rows);
        self.next_sequence =
            next.ok_or_else(|| Error::exhausted("the bucket is out of sequence numbers"))?;
        self.files.write(batch).await
    }

    /// Sequence number of the next row.
    pub(crate) fn next_sequence(&self) -> i64 {
        self.next_sequence
    }

    pub(crate) fn memory(&self) -> usize {
        self.files.memory()
    }

    pub(crate) async fn flush(&mut self) -> Result<()> {
        self.files.close().await
    }

    pub(crate) async fn finish(&mut self) -> Result<Vec<DataFileMeta>> {
        self.files.finish().await
    }

    pub(crate) async fn abort(&mut self) -> Result<()> {
        self.files.abort().await
    }
}

/// Sequence numbers of append tables are not stored with the rows: they count them
/// (`RowDataFileSequenceNumberTracker.java`).
struct Counter {
    first: i64,
    next: i64,
}

impl Summarize for Counter {
    fn note(&mut self, rows: &RecordBatch) -> Result<()> {
        self.next = self.next.saturating_add(rows.num_rows() as i64);
        Ok(())
    }

    fn take(&mut self) -> Result<RowsSummary> {
        let summary = RowsSummary {
            min_key: no_key(),
            max_key: no_key(),
            min_sequence: self.first,
            max_sequence: self.next.saturating_sub(1),
            delete_rows: 0,
        };
        self.first = self.next;
        Ok(summary)
    }
}
