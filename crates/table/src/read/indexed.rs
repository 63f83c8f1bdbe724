//! Rows of a file that its file index leaves, in the manifest or beside the data file.

use std::ops::Range;
use std::sync::Arc;

use rimon_metadata::Storage;
use rimon_spec::index::file_index::FILE_SUFFIX;
use rimon_spec::{DataFileMeta, Predicate, TableSchema};
use tokio::sync::OnceCell;

use super::data_files::place_of;
use super::ranges::close_gaps;
use super::table_read::TableRead;
use crate::plan::{Split, indexed_rows};

/// Greatest index file that is read.
const MAX_INDEX_FILE: u64 = 64 << 20;

/// The index of one data file, asked when the file is first read. Clones share the answer.
#[derive(Debug, Clone)]
pub(super) struct IndexedRows {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// The index file, when the index is not in the manifest.
    place: Option<(Storage, String)>,
    meta: DataFileMeta,
    predicate: Predicate,
    schema: Arc<TableSchema>,
    file_schema: Arc<TableSchema>,
    rows: OnceCell<Option<Vec<Range<u64>>>>,
}

impl IndexedRows {
    /// The rows of a file that may pass `predicate`; `None` without index or filter.
    pub(super) fn of(
        read: &TableRead,
        predicate: &Predicate,
        split: &Split,
        meta: &DataFileMeta,
        file_schema: &Arc<TableSchema>,
    ) -> Option<Self> {
        let table = &read.table;
        if *predicate == Predicate::True || !table.options().file_index_read_enabled {
            return None;
        }
        let beside = meta.extra_files.iter().find(|name| name.ends_with(FILE_SUFFIX));
        let place = match (&meta.embedded_index, beside) {
            (Some(_), _) => None,
            (None, Some(name)) => Some(place_of(table, split, meta, name).ok()?),
            (None, None) => return None,
        };
        Some(Self {
            inner: Arc::new(Inner {
                place,
                meta: meta.clone(),
                predicate: predicate.clone(),
                schema: table.schema().clone(),
                file_schema: file_schema.clone(),
                rows: OnceCell::new(),
            }),
        })
    }

    /// The rows that may pass the filter, and perhaps some between them; `None` when the index does not say.
    pub(super) async fn rows(&self) -> Option<&[Range<u64>]> {
        let inner = &self.inner;
        let rows = inner.rows.get_or_init(|| async { inner.ask().await.map(|r| close_gaps(&r)) });
        rows.await.as_deref()
    }
}

impl Inner {
    async fn ask(&self) -> Option<Vec<Range<u64>>> {
        let ask = |bytes: &[u8]| {
            indexed_rows(bytes, &self.predicate, &self.schema, &self.file_schema, &self.meta)
        };
        let Some((storage, path)) = &self.place else {
            return ask(self.meta.embedded_index.as_ref()?);
        };
        match storage.read_limited(path, MAX_INDEX_FILE).await {
            Ok(bytes) => ask(&bytes),
            Err(error) => {
                tracing::warn!(%error, "a file index cannot be read; the whole file is");
                None
            }
        }
    }
}
