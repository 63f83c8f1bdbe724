//! Rows to files of about the target size: `RollingFileWriterImpl.java`.

use std::sync::Arc;

use arrow::array::RecordBatch;
use rimon_format::{FileFormat, FormatWriter, WriteOptions, named_format};
use rimon_spec::{BinaryRow, DataFileMeta, Error, Result};

use super::data_file::{FileLayout, RowsSummary, data_file_meta};
use super::encoding::write_options;
use super::files::{FileNames, NewFile, OpenFiles};
use super::kernel::arrow_error;
use crate::table::Table;

/// Java looks at the size of the file it writes every so many rows.
const ROLL_CHECK_ROWS: usize = 1_000;
/// Files this large are looked at less often.
const LARGE_TARGET: u64 = 16 << 20;
const LARGE_CHECK_ROWS: usize = 16_384;

/// What all files of one bucket have in common.
#[derive(Debug)]
pub(crate) struct BucketFiles {
    pub(crate) table: Table,
    pub(crate) layout: Arc<FileLayout>,
    pub(crate) names: FileNames,
    pub(crate) open: Arc<OpenFiles>,
    pub(crate) format: Arc<dyn FileFormat>,
    pub(crate) options: WriteOptions,
}

impl BucketFiles {
    /// The files in a bucket's directory, of the level of `layout`, as the table's options want them.
    ///
    /// # Errors
    /// `Unsupported` formats, `Invalid` compressions.
    pub(crate) fn new(
        table: &Table,
        layout: Arc<FileLayout>,
        directory: String,
        open: Arc<OpenFiles>,
    ) -> Result<Self> {
        let options = table.options();
        Ok(Self {
            names: FileNames::new(directory, table.runtime().ids().uuid()),
            format: named_format(options.format_of_level(layout.level))?,
            options: write_options(options, layout.level)?,
            table: table.clone(),
            layout,
            open,
        })
    }

    fn create(&self, expected_rows: Option<u64>) -> Result<(NewFile, Box<dyn FormatWriter>)> {
        let file = self.names.next(&self.table, self.format.name())?;
        self.open.add(file.path.clone());
        let options = WriteOptions { expected_rows, ..self.options.clone() };
        let writer = self.format.create(file.file.clone(), &self.layout.fields, &options)?;
        Ok((file, writer))
    }
}

/// What is to be known of the rows of a file: a part of [`RowsSummary`] per batch.
pub(crate) trait Summarize: Send {
    /// Notes rows about to be written.
    fn note(&mut self, rows: &RecordBatch) -> Result<()>;
    /// The summary of the rows noted since the last call.
    fn take(&mut self) -> Result<RowsSummary>;
}

/// Writes the rows of one bucket to one file after the other.
pub(crate) struct RollingWriter<S> {
    files: Arc<BucketFiles>,
    summary: S,
    current: Option<(NewFile, Box<dyn FormatWriter>)>,
    /// Rows that may still come, if known.
    expected_rows: Option<u64>,
    finished: Vec<DataFileMeta>,
}

impl<S: Summarize> RollingWriter<S> {
    pub(crate) fn new(files: Arc<BucketFiles>, summary: S) -> Self {
        Self { files, summary, current: None, expected_rows: None, finished: Vec::new() }
    }

    /// So many rows will come, at most.
    pub(crate) fn expecting(mut self, rows: u64) -> Self {
        self.expected_rows = Some(rows);
        self
    }

    /// Appends rows in the layout of the files.
    pub(crate) async fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let target = self.files.table.options().target_file_size;
        let most_rows = self.files.table.options().target_file_row_num;
        let step = if target < LARGE_TARGET { ROLL_CHECK_ROWS } else { LARGE_CHECK_ROWS };
        let mut from = 0;
        while from < batch.num_rows() {
            let written = self.current.as_ref().map_or(0, |(_, w)| w.rows());
            let left = usize::try_from(most_rows.saturating_sub(written)).unwrap_or(usize::MAX);
            let rows = step.min(left.max(1)).min(batch.num_rows() - from);
            self.append(&batch.slice(from, rows)).await?;
            from += rows;
            let full = self
                .current
                .as_ref()
                .is_some_and(|(_, w)| w.rows() >= most_rows || w.estimated_size() >= target);
            if full {
                self.close().await?;
            }
        }
        Ok(())
    }

    async fn append(&mut self, rows: &RecordBatch) -> Result<()> {
        if self.current.is_none() {
            self.current = Some(self.files.create(self.expected_rows)?);
        }
        let Some((file, writer)) = &mut self.current else {
            return Err(Error::internal("a rolling writer without a file"));
        };
        self.summary.note(rows)?;
        self.expected_rows =
            self.expected_rows.map(|all| all.saturating_sub(rows.num_rows() as u64));
        let rows = without_first(rows, self.files.layout.left_out)?;
        writer.write(&rows).await.map_err(|e| e.with("file", &file.path))
    }

    /// Bytes that the open file holds in memory, at most.
    pub(crate) fn memory(&self) -> usize {
        let open = self.current.as_ref().map_or(0, |(_, w)| w.estimated_size());
        usize::try_from(open.min(self.files.options.row_group_bytes)).unwrap_or(usize::MAX)
    }

    /// Completes the open file.
    pub(crate) async fn close(&mut self) -> Result<()> {
        let Some((file, writer)) = self.current.take() else { return Ok(()) };
        let written = writer.finish().await.map_err(|e| e.with("file", &file.path))?;
        let summary = self.summary.take()?;
        let table = &self.files.table;
        self.finished.push(data_file_meta(
            &self.files.layout,
            file.name,
            &written,
            summary,
            table.schema().id,
            table.runtime().clock().local_wall_millis(),
        )?);
        Ok(())
    }

    /// Completes the open file; the files since the last call.
    pub(crate) async fn finish(&mut self) -> Result<Vec<DataFileMeta>> {
        self.close().await?;
        Ok(std::mem::take(&mut self.finished))
    }

    /// Gives up the open file. Files that are complete are deleted with [`OpenFiles::delete_all`].
    pub(crate) async fn abort(&mut self) -> Result<()> {
        match self.current.take() {
            Some((_, writer)) => writer.abort().await,
            None => Ok(()),
        }
    }
}

/// The batch without its first `columns` columns.
fn without_first(rows: &RecordBatch, columns: usize) -> Result<RecordBatch> {
    if columns == 0 {
        return Ok(rows.clone());
    }
    let left: Vec<usize> = (columns..rows.num_columns()).collect();
    rows.project(&left).map_err(arrow_error)
}

/// The empty key of append tables.
pub(crate) fn no_key() -> BinaryRow {
    BinaryRow::empty()
}
