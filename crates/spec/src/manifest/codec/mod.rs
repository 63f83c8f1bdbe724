//! Manifests, manifest lists and index manifests as Avro files: format.md §6. Written with the schema that Java writes;
//! read by field name, so that files of older and newer versions are understood.

mod data_file;
mod entry;
mod index;
mod list;
mod schemas;
#[cfg(test)]
mod tests;

pub use entry::{decode_manifest, encode_manifest};
pub use index::{decode_manifest_index, encode_manifest_index};
pub use list::{decode_manifest_list, encode_manifest_list};

use super::avro::{Cursor, Schema};
use crate::{BinaryRow, Error, Result};

/// Compression of the blocks of an Avro file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AvroCodec {
    /// None.
    Null,
    /// zstd at a level.
    Zstandard(i32),
    /// Snappy with a CRC.
    Snappy,
    /// Deflate.
    Deflate,
}

impl AvroCodec {
    /// From `manifest.compression` and `file.compression.zstd-level`.
    pub fn from_option(name: &str, zstd_level: i32) -> Result<Self> {
        match name.to_ascii_lowercase().as_str() {
            "null" | "none" | "" => Ok(Self::Null),
            "zstd" | "zstandard" => Ok(Self::Zstandard(zstd_level)),
            "snappy" => Ok(Self::Snappy),
            "deflate" => Ok(Self::Deflate),
            other => Err(Error::unsupported(format!("manifest.compression '{other}'"))),
        }
    }
}

fn row(cursor: &mut Cursor<'_>, schema: &Schema) -> Result<BinaryRow> {
    let bytes = cursor.required(schema, Cursor::read_bytes)?;
    BinaryRow::from_framed(bytes).map_err(|e| e.with("offset", cursor.position()))
}

/// Refuses generations of an entry that this build does not know.
fn check_version(version: i32, known: i32) -> Result<()> {
    if version == known {
        return Ok(());
    }
    let message =
        format!("manifest entries of version {version}; this build reads version {known}");
    Err(Error::unsupported(message))
}

fn missing(field: &str) -> Error {
    Error::corrupt(format!("Avro record without {field}"))
}
