//! Byte ranges of a data file for the `parquet` crate.

use super::pages::Chunks;
use crate::FileRef;
use crate::input::RangeReader;
use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::ParquetMetaData;
use rimon_spec::{Error, Result};
use std::ops::Range;
use std::sync::Arc;

/// The ranges of a file whose footer is known. Pages are checked as they come.
#[derive(Debug, Clone)]
pub(super) struct ParquetInput {
    ranges: RangeReader,
    name: Arc<str>,
    metadata: Arc<ParquetMetaData>,
    chunks: Chunks,
}

impl ParquetInput {
    pub(super) fn with_metadata(file: FileRef, metadata: Arc<ParquetMetaData>) -> Self {
        let chunks = Chunks::of(&metadata);
        Self { name: Arc::clone(&file.name), ranges: RangeReader::new(file), metadata, chunks }
    }

    fn checked(&self, bytes: Bytes, range: &Range<u64>) -> Result<Bytes> {
        let checked = self.chunks.check(&bytes, range, &self.metadata);
        checked.map(|()| bytes).map_err(|e| e.with("file", &self.name))
    }
}

impl AsyncFileReader for ParquetInput {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, ParquetResult<Bytes>> {
        async move {
            let read = self.ranges.range(range.clone()).await;
            read.and_then(|bytes| self.checked(bytes, &range)).map_err(external)
        }
        .boxed()
    }

    fn get_byte_ranges(
        &mut self,
        ranges: Vec<Range<u64>>,
    ) -> BoxFuture<'_, ParquetResult<Vec<Bytes>>> {
        async move {
            let read = self.ranges.ranges(ranges.clone()).await.map_err(external)?;
            let parts = read.into_iter().zip(&ranges);
            parts.map(|(bytes, range)| self.checked(bytes, range).map_err(external)).collect()
        }
        .boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, ParquetResult<Arc<ParquetMetaData>>> {
        let metadata = Arc::clone(&self.metadata);
        async move { Ok(metadata) }.boxed()
    }
}

pub(super) fn external(error: Error) -> ParquetError {
    ParquetError::External(Box::new(error))
}
