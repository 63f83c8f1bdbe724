//! Avro: object container files whose rows are records (`AvroBulkFormat.java`). Read and written here rather than by a
//! crate: Paimon's time types are the reverse of Avro's, maps may be arrays, and every length is bounded.

mod column;
mod container;
mod cursor;
mod declare;
mod encode;
mod nested;
mod reader;
mod schema;
mod writer;

use crate::{DataFileReader, FileFormat, FileRef, FormatWriter, WriteOptions};
use async_trait::async_trait;
use rimon_spec::{DataField, Result};
use std::sync::Arc;

/// The Avro format.
#[derive(Debug, Clone, Copy, Default)]
pub struct AvroFormat;

impl AvroFormat {
    /// Whether these columns have Avro types and names.
    pub fn can_hold(fields: &[DataField]) -> bool {
        declare::schema_of(fields).is_ok()
    }
}

#[async_trait]
impl FileFormat for AvroFormat {
    fn name(&self) -> &'static str {
        "avro"
    }

    async fn open(&self, file: FileRef) -> Result<Arc<dyn DataFileReader>> {
        Ok(Arc::new(reader::AvroReader::open(file).await?))
    }

    fn create(
        &self,
        file: FileRef,
        fields: &[DataField],
        options: &WriteOptions,
    ) -> Result<Box<dyn FormatWriter>> {
        Ok(Box::new(writer::AvroWriter::new(file, fields, options)?))
    }
}
