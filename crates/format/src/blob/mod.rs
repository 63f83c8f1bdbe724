//! Files of one BLOB column, `.blob` (`BlobFileFormat.java`): values one after the other, each framed by a magic number,
//! its length and a checksum; then their lengths, packed; then the length of that and a version. Read only.

mod index;
mod reader;

use crate::{DataFileReader, FileFormat, FileRef, FormatWriter, WriteOptions};
use async_trait::async_trait;
use rimon_spec::{DataField, Error, Result};
use std::sync::Arc;

/// The format of BLOB columns.
#[derive(Debug, Clone, Copy, Default)]
pub struct BlobFormat;

#[async_trait]
impl FileFormat for BlobFormat {
    fn name(&self) -> &'static str {
        "blob"
    }

    async fn open(&self, file: FileRef) -> Result<Arc<dyn DataFileReader>> {
        Ok(Arc::new(reader::BlobReader::open(file).await?))
    }

    fn create(
        &self,
        file: FileRef,
        _fields: &[DataField],
        _options: &WriteOptions,
    ) -> Result<Box<dyn FormatWriter>> {
        Err(Error::unsupported("writing BLOB files").with("file", &file.name))
    }
}
