//! Byte ranges of a data file for the `parquet` crate.

use crate::FileRef;
use crate::input::RangeReader;
use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::ParquetMetaData;
use rimon_spec::Error;
use std::ops::Range;
use std::sync::Arc;

/// The ranges of a file whose footer may be known.
#[derive(Debug, Clone)]
pub(super) struct ParquetInput {
    ranges: RangeReader,
    metadata: Option<Arc<ParquetMetaData>>,
}

impl ParquetInput {
    pub(super) fn new(file: FileRef) -> Self {
        Self { ranges: RangeReader::new(file), metadata: None }
    }

    /// A reader that has its footer already.
    pub(super) fn with_metadata(file: FileRef, metadata: Arc<ParquetMetaData>) -> Self {
        Self { ranges: RangeReader::new(file), metadata: Some(metadata) }
    }
}

impl AsyncFileReader for ParquetInput {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, ParquetResult<Bytes>> {
        async move { self.ranges.range(range).await.map_err(external) }.boxed()
    }

    fn get_byte_ranges(
        &mut self,
        ranges: Vec<Range<u64>>,
    ) -> BoxFuture<'_, ParquetResult<Vec<Bytes>>> {
        async move { self.ranges.ranges(ranges).await.map_err(external) }.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, ParquetResult<Arc<ParquetMetaData>>> {
        let missing = || ParquetError::General("the footer has not been read".to_owned());
        let metadata = self.metadata.clone().ok_or_else(missing);
        async move { metadata }.boxed()
    }
}

fn external(error: Error) -> ParquetError {
    ParquetError::External(Box::new(error))
}
