//! The choice of a format by name.

use crate::avro::AvroFormat;
use crate::blob::BlobFormat;
use crate::orc::OrcFormat;
use crate::parquet::ParquetFormat;
use crate::{FileFormat, TextFormat};
use rimon_spec::{Error, Result};
use std::sync::Arc;

/// The format of a data file, from the last extension of its name (`DataFilePathFactory.formatIdentifier`); a format of
/// lines may have its compression behind.
///
/// # Errors
/// `Unsupported` naming the format when this build does not have it.
pub fn format_for(file_name: &str) -> Result<Arc<dyn FileFormat>> {
    if let Some(format) = TextFormat::of(file_name) {
        return Ok(Arc::new(format));
    }
    let extension = file_name.rsplit_once('.').map(|(_, e)| e).unwrap_or_default();
    // of changelog files that were put together (`CompactedChangelogFormatReaderFactory.java`)
    let extension = extension.strip_prefix("cc-").unwrap_or(extension);
    named_format(extension).map_err(|e| e.with("file", file_name))
}

/// The format called `name` in the option `file.format`.
///
/// # Errors
/// `Unsupported` naming the format when this build does not have it.
pub fn named_format(name: &str) -> Result<Arc<dyn FileFormat>> {
    match name {
        "avro" => Ok(Arc::new(AvroFormat)),
        "blob" => Ok(Arc::new(BlobFormat)),
        "orc" => Ok(Arc::new(OrcFormat)),
        "parquet" => Ok(Arc::new(ParquetFormat::new())),
        "" => Err(Error::unsupported("a data file without an extension has no known format")),
        other => match TextFormat::named(other) {
            Some(format) => Ok(Arc::new(format)),
            None => Err(Error::unsupported(format!("file format '{other}'"))),
        },
    }
}
