//! Parquet.

use crate::{DataFileReader, FileFormat, FileRef, FormatWriter, WriteOptions};
use async_trait::async_trait;
use rimon_spec::{DataField, Error, Result};
use std::sync::Arc;

/// Opened files kept in memory: footers and page indexes by file name and size. Data files never change. Clones
/// share the cache.
#[derive(Debug, Clone, Default)]
pub struct MetadataCache {}

impl MetadataCache {
    /// A cache of up to `bytes` bytes of decoded metadata.
    pub fn new(_bytes: u64) -> Self {
        Self {}
    }
}

/// The Parquet format.
#[derive(Debug, Clone)]
pub struct ParquetFormat {}

impl ParquetFormat {
    /// The format with the process-wide metadata cache.
    pub fn new() -> Self {
        Self {}
    }

    /// The format with a cache of its own.
    pub fn with_cache(_cache: MetadataCache) -> Self {
        Self {}
    }
}

impl Default for ParquetFormat {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl FileFormat for ParquetFormat {
    fn name(&self) -> &'static str {
        "parquet"
    }

    async fn open(&self, _file: FileRef) -> Result<Arc<dyn DataFileReader>> {
        Err(Error::unsupported("not built yet"))
    }

    fn create(
        &self,
        _file: FileRef,
        _fields: &[DataField],
        _options: &WriteOptions,
    ) -> Result<Box<dyn FormatWriter>> {
        Err(Error::unsupported("not built yet"))
    }
}
