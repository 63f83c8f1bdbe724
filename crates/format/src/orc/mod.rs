//! ORC, read as Java's reader reads it. Decoded here rather than by a crate: the only one trusts lengths in the file when
//! it allocates, panics on damage, and reads times before 1970 of other writers wrongly.

mod chunks;
mod column;
mod decimal;
mod declared;
mod integers;
mod nested;
mod reader;
mod statistics;
mod strings;
mod stripe;
mod tail;
mod timestamp;
mod wire;

use crate::records::Declared;
use crate::{DataFileReader, FileFormat, FileRef, FormatWriter, WriteOptions};
use async_trait::async_trait;
use rimon_spec::{DataField, Error, Result};
use std::sync::Arc;

/// The ORC format, for reading.
#[derive(Debug, Clone, Copy, Default)]
pub struct OrcFormat;

#[async_trait]
impl FileFormat for OrcFormat {
    fn name(&self) -> &'static str {
        "orc"
    }

    async fn open(&self, file: FileRef) -> Result<Arc<dyn DataFileReader>> {
        Ok(Arc::new(reader::OrcReader::open(file).await?))
    }

    fn create(
        &self,
        _file: FileRef,
        _fields: &[DataField],
        _options: &WriteOptions,
    ) -> Result<Box<dyn FormatWriter>> {
        Err(Error::unsupported("writing files of format 'orc'")
            .with_hint("set 'file.format' to 'parquet' or 'avro'"))
    }
}

/// Opens a file whose columns are what it declares.
///
/// # Errors
/// As [`FileFormat::open`], and `Unsupported` naming a column without a type of Paimon.
pub(crate) async fn open_declared(file: FileRef) -> Result<Declared> {
    let name = Arc::clone(&file.name);
    let reader = reader::OrcReader::open(file).await?;
    let fields = declared::fields(reader.tail()).map_err(|e| e.with("file", name))?;
    Ok((Arc::new(reader), fields))
}
