//! Streams of bytes, compressed in chunks of bounded size.

use bytes::Bytes;
use rimon_spec::{Error, Result};
use std::io::Read;

/// Chunks that unpack to more are refused; writers use 64 to 256 KiB, and the length of a chunk has 23 bits.
const MAX_CHUNK: u64 = 8 << 20;

/// Compression of the chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    None,
    Zlib,
    Snappy,
    Lz4,
    Zstd,
}

impl Codec {
    /// From `orc_proto.proto`, `CompressionKind`.
    ///
    /// # Errors
    /// `Unsupported` naming it.
    pub(super) fn from_number(number: u64) -> Result<Self> {
        match number {
            0 => Ok(Self::None),
            1 => Ok(Self::Zlib),
            2 => Ok(Self::Snappy),
            3 => Err(Error::unsupported("ORC compression 'lzo'")),
            4 => Ok(Self::Lz4),
            5 => Ok(Self::Zstd),
            6 => Err(Error::unsupported("ORC compression 'brotli'")),
            other => Err(Error::unsupported(format!("ORC compression {other}"))),
        }
    }
}

/// Compression of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Compression {
    codec: Codec,
    block: usize,
}

impl Compression {
    /// Chunks unpack to `block` bytes at most.
    pub(super) fn new(codec: Codec, block: u64) -> Result<Self> {
        match usize::try_from(block) {
            Ok(size) if block <= MAX_CHUNK => Ok(Self { codec, block: size }),
            _ => Err(Error::unsupported(format!("ORC compression in blocks of {block} bytes"))),
        }
    }

    /// All bytes of a stream, up to `limit`.
    pub(super) fn unpack(self, packed: &Bytes, limit: usize) -> Result<Vec<u8>> {
        let mut stream = Stream::new(packed.clone(), self);
        let mut bytes = Vec::new();
        loop {
            let chunk = stream.ready()?;
            if chunk.is_empty() {
                return Ok(bytes);
            }
            let length = chunk.len();
            bytes.extend_from_slice(chunk);
            stream.at += length;
            if bytes.len() > limit {
                return Err(Error::exhausted(format!("a part of more than {limit} bytes")));
            }
        }
    }

    fn chunk(self, packed: &[u8], into: &mut Vec<u8>) -> Result<()> {
        let broken = || Error::corrupt("a chunk does not unpack");
        let limit = self.block as u64 + 1;
        into.clear();
        match self.codec {
            Codec::None => into.extend_from_slice(packed),
            Codec::Zlib => {
                let reader = flate2::read::DeflateDecoder::new(packed);
                reader.take(limit).read_to_end(into).map_err(|e| broken().with_source(e))?;
            }
            Codec::Zstd => {
                let reader = zstd::stream::read::Decoder::with_buffer(packed);
                let reader = reader.map_err(|e| broken().with_source(e))?;
                reader.take(limit).read_to_end(into).map_err(|e| broken().with_source(e))?;
            }
            Codec::Snappy => {
                let length = snap::raw::decompress_len(packed);
                let length = length.map_err(|e| broken().with_source(e))?;
                if length > self.block {
                    return Err(broken());
                }
                into.resize(length, 0);
                let done = snap::raw::Decoder::new().decompress(packed, into);
                done.map_err(|e| broken().with_source(e))?;
            }
            Codec::Lz4 => {
                into.resize(self.block, 0);
                let length = lz4_flex::block::decompress_into(packed, into);
                into.truncate(length.map_err(|e| broken().with_source(e))?);
            }
        }
        if into.len() > self.block {
            return Err(Error::corrupt("a chunk unpacks to more than the file's block size"));
        }
        Ok(())
    }
}

/// The bytes of a stream, unpacked chunk by chunk.
#[derive(Debug)]
pub(super) struct Stream {
    packed: Bytes,
    compression: Compression,
    chunk: Vec<u8>,
    /// Bytes of the chunk that have been read.
    at: usize,
}

impl Stream {
    pub(super) fn new(packed: Bytes, compression: Compression) -> Self {
        Self { packed, compression, chunk: Vec::new(), at: 0 }
    }

    /// The bytes at hand, none at the end.
    fn ready(&mut self) -> Result<&[u8]> {
        while self.at >= self.chunk.len() && !self.packed.is_empty() {
            self.unpack()?;
        }
        Ok(self.chunk.get(self.at..).unwrap_or_default())
    }

    fn unpack(&mut self) -> Result<()> {
        self.at = 0;
        if self.compression.codec == Codec::None {
            self.chunk.clear();
            let length = self.packed.len().min(256 << 10);
            self.chunk.extend_from_slice(&self.packed.split_to(length));
            return Ok(());
        }
        let Some((head, _)) = self.packed.split_first_chunk::<3>() else {
            return Err(Error::corrupt("a chunk of a stream is cut off"));
        };
        let [a, b, c] = *head;
        let head = u32::from_le_bytes([a, b, c, 0]);
        let length = (head >> 1) as usize;
        let _ = self.packed.split_to(3);
        if length > self.packed.len() {
            return Err(Error::corrupt("a chunk of a stream is cut off"));
        }
        let packed = self.packed.split_to(length);
        if head & 1 == 1 {
            self.chunk.clear();
            self.chunk.extend_from_slice(&packed);
            return Ok(());
        }
        self.compression.chunk(&packed, &mut self.chunk)
    }

    #[inline]
    pub(super) fn byte(&mut self) -> Result<u8> {
        if let Some(byte) = self.chunk.get(self.at) {
            self.at += 1;
            return Ok(*byte);
        }
        let byte = self.ready()?.first().copied().ok_or_else(ended)?;
        self.at += 1;
        Ok(byte)
    }

    /// Appends the next `length` bytes.
    pub(super) fn read_into(&mut self, into: &mut Vec<u8>, mut length: usize) -> Result<()> {
        while length > 0 {
            let ready = self.ready()?;
            let part = ready.get(..length.min(ready.len())).unwrap_or_default();
            if part.is_empty() {
                return Err(ended());
            }
            into.extend_from_slice(part);
            let taken = part.len();
            length -= taken;
            self.at += taken;
        }
        Ok(())
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        for byte in &mut bytes {
            *byte = self.byte()?;
        }
        Ok(bytes)
    }

    /// A number in groups of seven bits, the lowest first.
    pub(super) fn varint(&mut self) -> Result<u64> {
        let mut value = 0_u64;
        for i in 0..10 {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << (7 * i);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Error::corrupt("a number longer than ten bytes"))
    }

    /// The same, signed and of up to 128 bits.
    pub(super) fn wide(&mut self) -> Result<i128> {
        let mut value = 0_u128;
        for i in 0..19 {
            let byte = self.byte()?;
            value |= u128::from(byte & 0x7f) << (7 * i);
            if byte & 0x80 == 0 {
                return Ok((value >> 1) as i128 ^ -((value & 1) as i128));
            }
        }
        Err(Error::corrupt("a decimal longer than 19 bytes"))
    }
}

fn ended() -> Error {
    Error::corrupt("a stream ends before its values")
}
