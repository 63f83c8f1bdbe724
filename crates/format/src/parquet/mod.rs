//! Parquet.

mod blocks;
mod bloom;
mod cache;
mod carrier;
mod column;
mod error;
mod footer;
mod io;
mod outline;
mod page_index;
mod pages;
mod properties;
mod reader;
mod sample;
mod schema;
mod selection;
mod statistics;
mod thrift;
mod writer;

pub use cache::MetadataCache;
pub(crate) use footer::MAGIC;

use crate::arrow_schema::from_arrow_field;
use crate::records::Declared;
use crate::{DataFileReader, FileFormat, FileRef, FormatWriter, WriteOptions};
use async_trait::async_trait;
use rimon_spec::{DataField, Result};
use std::sync::{Arc, LazyLock};

static SHARED: LazyLock<MetadataCache> = LazyLock::new(MetadataCache::default);

/// The Parquet format.
#[derive(Debug, Clone)]
pub struct ParquetFormat {
    cache: MetadataCache,
}

impl ParquetFormat {
    /// The format with the process-wide metadata cache.
    pub fn new() -> Self {
        Self::with_cache(SHARED.clone())
    }

    /// The format with a cache of its own.
    pub fn with_cache(cache: MetadataCache) -> Self {
        Self { cache }
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

    async fn open(&self, file: FileRef) -> Result<Arc<dyn DataFileReader>> {
        let footer = self.cache.footer(&file).await?;
        Ok(Arc::new(reader::ParquetReader::new(file, footer)))
    }

    fn create(
        &self,
        file: FileRef,
        fields: &[DataField],
        options: &WriteOptions,
    ) -> Result<Box<dyn FormatWriter>> {
        Ok(Box::new(writer::ParquetWriter::new(file, fields, options)?))
    }
}

/// Opens a file whose columns are what it declares; the cache is not used.
///
/// # Errors
/// As [`FileFormat::open`], and `Unsupported` naming a column without a type of Paimon.
pub(crate) async fn open_declared(file: FileRef) -> Result<Declared> {
    let footer = Arc::new(footer::Footer::load(&file).await?);
    let schema = Arc::clone(footer.reader_metadata().schema());
    let fields = schema.fields().iter().map(|f| from_arrow_field(f)).collect::<Result<_>>();
    let fields = fields.map_err(|e| e.with("file", &file.name))?;
    Ok((Arc::new(reader::ParquetReader::new(file, footer)), fields))
}
