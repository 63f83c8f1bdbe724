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

pub use crate::avro::AvroCodec;

use super::avro::{Cursor, Schema};
use crate::{BinaryRow, Error, Result};

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
