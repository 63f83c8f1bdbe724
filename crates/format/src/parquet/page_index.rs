//! The bytes of a file's page index, looked over before the `parquet` crate decodes them.

use super::io::external;
use super::thrift::look_over;
use crate::FileRef;
use crate::input::RangeReader;
use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use parquet::arrow::async_reader::MetadataFetch;
use parquet::errors::Result as ParquetResult;
use parquet::file::metadata::ParquetMetaData;
use rimon_spec::Result;
use std::ops::Range;
use std::sync::Arc;

/// `ColumnIndex.null_pages` of parquet.thrift, the one list of booleans.
const NULL_PAGES: i64 = 1;

/// Gives the page index of a file whose footer is known.
#[derive(Debug)]
pub(super) struct IndexInput {
    ranges: RangeReader,
    name: Arc<str>,
    metadata: Arc<ParquetMetaData>,
}

impl IndexInput {
    pub(super) fn new(file: FileRef, metadata: Arc<ParquetMetaData>) -> Self {
        Self { name: Arc::clone(&file.name), ranges: RangeReader::new(file), metadata }
    }

    /// Looks over the index of every column chunk that is within `range` of the file.
    fn check(&self, bytes: &[u8], range: &Range<u64>) -> Result<()> {
        let part = |offset: Option<i64>, length: Option<i32>| {
            let from = u64::try_from(offset?).ok()?.checked_sub(range.start)?;
            let from = usize::try_from(from).ok()?;
            bytes.get(from..from.checked_add(usize::try_from(length?).ok()?)?)
        };
        for chunk in self.metadata.row_groups().iter().flat_map(|group| group.columns()) {
            if let Some(part) = part(chunk.column_index_offset(), chunk.column_index_length()) {
                look_over(part, Some(NULL_PAGES)).map_err(|e| e.with("file", &self.name))?;
            }
            if let Some(part) = part(chunk.offset_index_offset(), chunk.offset_index_length()) {
                look_over(part, None).map_err(|e| e.with("file", &self.name))?;
            }
        }
        Ok(())
    }
}

impl MetadataFetch for &mut IndexInput {
    fn fetch(&mut self, range: Range<u64>) -> BoxFuture<'_, ParquetResult<Bytes>> {
        async move {
            let bytes = self.ranges.range(range.clone()).await.map_err(external)?;
            self.check(&bytes, &range).map_err(external)?;
            Ok(bytes)
        }
        .boxed()
    }
}
