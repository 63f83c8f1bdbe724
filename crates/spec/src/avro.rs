//! Compression of the blocks of Avro files: those of manifests and those of data.

use crate::{Error, Result};
use std::borrow::Cow;
use std::io::{Read, Write};

/// A block that unpacks to more is refused: blocks have 64 KB and one row.
pub const MAX_BLOCK: usize = 256 << 20;

/// A codec that a file's header may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AvroCodec {
    /// None.
    Null,
    /// Deflate; the level, which matters to writers, is the usual one when it is negative.
    Deflate(i32),
    /// Snappy with a CRC.
    Snappy,
    /// zstd; the level matters to writers.
    Zstandard(i32),
    /// bzip2.
    Bzip2,
}

impl AvroCodec {
    /// From an option: `none` and `zstd` have other names there; `zstd_level` is `file.compression.zstd-level`.
    ///
    /// # Errors
    /// `Unsupported` naming it.
    pub fn from_option(name: &str, zstd_level: i32) -> Result<Self> {
        match name.to_ascii_lowercase().as_str() {
            "none" | "" => Ok(Self::Null),
            "zstd" | "zstandard" => Ok(Self::Zstandard(zstd_level)),
            other => Self::from_name(other.as_bytes()),
        }
    }

    /// From `avro.codec` of a header.
    ///
    /// # Errors
    /// `Unsupported` naming it.
    pub fn from_name(name: &[u8]) -> Result<Self> {
        match name {
            b"null" => Ok(Self::Null),
            b"deflate" => Ok(Self::Deflate(-1)),
            b"snappy" => Ok(Self::Snappy),
            b"zstandard" => Ok(Self::Zstandard(1)),
            b"bzip2" => Ok(Self::Bzip2),
            other => {
                let name: String = String::from_utf8_lossy(other).chars().take(40).collect();
                Err(Error::unsupported(format!("Avro codec '{name}'")))
            }
        }
    }

    /// The value of `avro.codec`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Deflate(_) => "deflate",
            Self::Snappy => "snappy",
            Self::Zstandard(_) => "zstandard",
            Self::Bzip2 => "bzip2",
        }
    }

    /// The bytes of a block.
    ///
    /// # Errors
    /// `Corrupt` when they do not unpack or are more than [`MAX_BLOCK`].
    pub fn unpack(self, packed: &[u8]) -> Result<Cow<'_, [u8]>> {
        match self {
            Self::Null => Ok(Cow::Borrowed(packed)),
            Self::Deflate(_) => limited(flate2::read::DeflateDecoder::new(packed)),
            Self::Zstandard(_) => {
                limited(zstd::stream::read::Decoder::with_buffer(packed).map_err(broken)?)
            }
            Self::Bzip2 => limited(bzip2::read::BzDecoder::new(packed)),
            Self::Snappy => unpack_snappy(packed).map(Cow::Owned),
        }
    }

    /// The bytes of a block as they go into the file.
    ///
    /// # Errors
    /// `Internal` from the codec.
    pub fn pack(self, bytes: &[u8]) -> Result<Vec<u8>> {
        match self {
            Self::Null => Ok(bytes.to_vec()),
            Self::Zstandard(level) => zstd::stream::encode_all(bytes, level).map_err(failed),
            Self::Deflate(level) => {
                let level = u32::try_from(level)
                    .map_or(flate2::Compression::default(), flate2::Compression::new);
                let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), level);
                encoder.write_all(bytes).map_err(failed)?;
                encoder.finish().map_err(failed)
            }
            Self::Bzip2 => {
                let mut encoder =
                    bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
                encoder.write_all(bytes).map_err(failed)?;
                encoder.finish().map_err(failed)
            }
            Self::Snappy => {
                let mut packed = snap::raw::Encoder::new()
                    .compress_vec(bytes)
                    .map_err(|e| Error::internal("compressing a block").with_source(e))?;
                packed.extend_from_slice(&crc32(bytes).to_be_bytes());
                Ok(packed)
            }
        }
    }
}

fn broken(e: std::io::Error) -> Error {
    Error::corrupt("Avro block does not unpack").with_source(e)
}

fn failed(e: std::io::Error) -> Error {
    Error::internal("compressing a block").with_source(e)
}

fn limited(reader: impl Read) -> Result<Cow<'static, [u8]>> {
    let mut bytes = Vec::new();
    reader.take(MAX_BLOCK as u64 + 1).read_to_end(&mut bytes).map_err(broken)?;
    within_limit(bytes.len())?;
    Ok(Cow::Owned(bytes))
}

fn within_limit(length: usize) -> Result<()> {
    if length > MAX_BLOCK {
        return Err(Error::corrupt(format!("Avro block of more than {MAX_BLOCK} bytes")));
    }
    Ok(())
}

/// Snappy's raw format with the CRC-32 of the unpacked bytes behind it, big endian.
fn unpack_snappy(packed: &[u8]) -> Result<Vec<u8>> {
    let wrong = |e: snap::Error| Error::corrupt("Avro block does not unpack").with_source(e);
    let Some((packed, crc)) = packed.split_last_chunk::<4>() else {
        return Err(Error::corrupt("Avro block shorter than its checksum"));
    };
    let length = snap::raw::decompress_len(packed).map_err(wrong)?;
    within_limit(length)?;
    // The length is the file's word; no snappy stream grows by more than 64 bytes for 3.
    if length / 64 > packed.len() {
        return Err(Error::corrupt("Avro block announces more bytes than it can hold"));
    }
    let bytes = snap::raw::Decoder::new().decompress_vec(packed).map_err(wrong)?;
    if crc32(&bytes) != u32::from_be_bytes(*crc) {
        return Err(Error::corrupt("Avro block with a wrong checksum"));
    }
    Ok(bytes)
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_codec_gives_its_bytes_back() {
        let bytes: Vec<u8> = (0..100_000_u32).flat_map(|i| (i / 7).to_le_bytes()).collect();
        for codec in [
            AvroCodec::Null,
            AvroCodec::Deflate(6),
            AvroCodec::Snappy,
            AvroCodec::Zstandard(3),
            AvroCodec::Bzip2,
        ] {
            let packed = codec.pack(&bytes).unwrap();
            assert_eq!(codec.unpack(&packed).unwrap(), bytes.as_slice(), "{codec:?}");
            assert_eq!(AvroCodec::from_name(codec.name().as_bytes()).unwrap().name(), codec.name());
            if codec != AvroCodec::Null {
                assert!(codec.unpack(&packed[..packed.len() / 2]).is_err(), "{codec:?}");
            }
        }
        let error = AvroCodec::from_name(b"xz").unwrap_err();
        assert!(error.to_string().contains("'xz'"), "{error}");
    }
}
