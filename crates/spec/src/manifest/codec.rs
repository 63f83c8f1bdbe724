//! Manifests, manifest lists and index manifests as Avro files: format.md §6.

use super::{IndexManifestEntry, ManifestEntry, ManifestFileMeta};
use crate::{Error, Result};

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

/// Reads a manifest; `file` names it in errors.
pub fn decode_manifest(_bytes: &[u8], _file: &str) -> Result<Vec<ManifestEntry>> {
    Err(Error::internal("unfinished"))
}

/// Writes a manifest as Java does.
pub fn encode_manifest(_entries: &[ManifestEntry], _codec: &AvroCodec) -> Result<Vec<u8>> {
    Err(Error::internal("unfinished"))
}

/// Reads a manifest list; `file` names it in errors.
pub fn decode_manifest_list(_bytes: &[u8], _file: &str) -> Result<Vec<ManifestFileMeta>> {
    Err(Error::internal("unfinished"))
}

/// Writes a manifest list as Java does.
pub fn encode_manifest_list(_entries: &[ManifestFileMeta], _codec: &AvroCodec) -> Result<Vec<u8>> {
    Err(Error::internal("unfinished"))
}

/// Reads an index manifest; `file` names it in errors.
pub fn decode_manifest_index(_bytes: &[u8], _file: &str) -> Result<Vec<IndexManifestEntry>> {
    Err(Error::internal("unfinished"))
}

/// Writes an index manifest as Java does.
pub fn encode_manifest_index(
    _entries: &[IndexManifestEntry],
    _codec: &AvroCodec,
) -> Result<Vec<u8>> {
    Err(Error::internal("unfinished"))
}
