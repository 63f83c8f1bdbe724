//! Files whose rows are all rows of the table: read one after the other, the next one opened while one is read.

use std::ops::Range;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use rimon_format::{DataFileReader, FileRef, ReadColumn, ReadCounters, ReadRequest, format_for};
use rimon_spec::{Error, ErrorKind, Predicate, Result};

use super::BatchStream;
use super::deletion::{FileDeletions, leave_out, read_live};
use super::dynamic::Late;
use super::indexed::IndexedRows;
use super::ranges::intersect;
use super::tracking::Tracking;

/// Rows of one file.
#[derive(Debug, Clone)]
pub(super) struct RawPiece {
    pub(super) file: FileRef,
    /// Rows of the whole file, as its manifest says.
    pub(super) file_rows: u64,
    pub(super) columns: Arc<[ReadColumn]>,
    /// `None`: all rows.
    pub(super) rows: Option<Range<u64>>,
    /// Rows to be read, about.
    pub(super) count: u64,
    /// Skips row groups and pages; on the output columns.
    pub(super) predicate: Predicate,
    pub(super) batch_size: usize,
    /// Rows of the file that its index leaves.
    pub(super) indexed: Option<IndexedRows>,
    /// Rows of the file that are deleted.
    pub(super) deletions: Option<FileDeletions>,
    pub(super) string_views: bool,
    /// Row ids and sequence numbers of rows that have none in the file.
    pub(super) tracking: Option<Tracking>,
    /// The filter that becomes known while the query runs, of files whose rows may be skipped by it.
    pub(super) late: Option<Late>,
    pub(super) counters: Arc<ReadCounters>,
}

/// The rows of all pieces, in order.
pub(super) fn read_pieces(pieces: Vec<RawPiece>) -> BatchStream {
    futures::stream::iter(pieces)
        .map(|piece| async move { piece.open().await })
        .buffered(2)
        .try_flatten()
        .boxed()
}

impl RawPiece {
    async fn open(self) -> Result<BatchStream> {
        if let Some(tracking) = self.tracking {
            return self.open_tracked(tracking).await;
        }
        let late = self.late.map_or(Predicate::True, |late| late.predicate());
        let predicate = Predicate::and(vec![self.predicate, late]);
        if predicate == Predicate::False {
            self.counters.note_skipped(self.count);
            return Ok(futures::stream::empty().boxed());
        }
        let mut rows = self.rows.map(|rows| vec![rows]);
        if let Some(indexed) = &self.indexed
            && let Some(may_pass) = indexed.rows().await
        {
            let kept = rows.map_or_else(|| may_pass.to_vec(), |r| intersect(&r, may_pass));
            let left = kept.iter().map(|r| r.end - r.start).sum();
            self.counters.note_skipped(self.count.saturating_sub(left));
            if kept.is_empty() {
                return Ok(futures::stream::empty().boxed());
            }
            rows = Some(kept);
        }
        let reader = open_file(self.file, self.file_rows).await?;
        let mut request = ReadRequest::new(self.columns.to_vec())
            .with_batch_size(self.batch_size)
            .with_string_views(self.string_views)
            .with_counters(self.counters);
        if let Some(rows) = rows {
            request = request.with_ranges(rows);
        }
        if predicate != Predicate::True {
            request = request.with_predicate(predicate);
        }
        match self.deletions {
            Some(deletions) => read_live(reader.as_ref(), request, &deletions).await,
            None => reader.read(request).await,
        }
    }
}

impl RawPiece {
    /// With every row, since rows are counted.
    async fn open_tracked(self, tracking: Tracking) -> Result<BatchStream> {
        let reader = open_file(self.file, self.file_rows).await?;
        let rows = self.rows.unwrap_or(0..reader.num_rows());
        let request = ReadRequest::new(self.columns.to_vec())
            .with_batch_size(self.batch_size)
            .with_string_views(self.string_views)
            .with_ranges(vec![rows.clone()]);
        let all = tracking.fill(reader.read(request).await?, rows.clone());
        match self.deletions {
            Some(deletions) => leave_out(all, rows, &deletions).await,
            None => Ok(all),
        }
    }
}

/// Opens a file of `rows` rows named by a manifest; when it is missing, says what that means.
///
/// # Errors
/// `Corrupt` when it is missing, damaged, or a file of another number of rows; else the store's.
pub(super) async fn open_file(file: FileRef, rows: u64) -> Result<Arc<dyn DataFileReader>> {
    let format = format_for(file.path.filename().unwrap_or_default())?;
    let name = file.name.clone();
    let reader = format.open(file).await.map_err(|e| match e.kind() {
        ErrorKind::NotFound => Error::corrupt("a data file that the snapshot names is missing")
            .with("file", &name)
            .with_hint("another program may have expired the snapshot or deleted the file")
            .with_source(e),
        _ => e,
    })?;
    if reader.num_rows() != rows {
        let found = reader.num_rows();
        let message = format!("a file has {found} rows where its manifest says {rows}");
        return Err(Error::corrupt(message).with("file", name));
    }
    Ok(reader)
}
