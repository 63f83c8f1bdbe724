//! The lines of a file, unpacked and found.

use bytes::Bytes;
use rimon_spec::{Error, Result};
use std::borrow::Cow;
use std::io::Read;
use std::ops::Range;

/// Greatest file, unpacked: it is held in memory while it is read.
const MAX_BYTES: u64 = 512 << 20;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How a file is packed, by the end of its name (`HadoopCompressionType.java`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Packing {
    Gzip,
    Bzip2,
    Zlib,
    Zstd,
    /// In Hadoop's own framing, which this build does not read.
    Hadoop(&'static str),
}

impl Packing {
    pub(super) fn of(extension: &str) -> Option<Self> {
        Some(match extension.to_ascii_lowercase().as_str() {
            "gz" => Self::Gzip,
            "bz2" => Self::Bzip2,
            "deflate" => Self::Zlib,
            "zst" => Self::Zstd,
            "snappy" => Self::Hadoop("snappy"),
            "lz4" => Self::Hadoop("lz4"),
            _ => return None,
        })
    }

    fn unpack(self, packed: &[u8]) -> Result<Vec<u8>> {
        let broken = |e| Error::corrupt("a file that does not unpack").with_source(e);
        let mut bytes = Vec::new();
        let limit = MAX_BYTES + 1;
        let read = match self {
            Self::Gzip => {
                flate2::read::MultiGzDecoder::new(packed).take(limit).read_to_end(&mut bytes)
            }
            Self::Bzip2 => {
                bzip2::read::MultiBzDecoder::new(packed).take(limit).read_to_end(&mut bytes)
            }
            Self::Zlib => {
                flate2::read::ZlibDecoder::new(packed).take(limit).read_to_end(&mut bytes)
            }
            Self::Zstd => zstd::stream::read::Decoder::with_buffer(packed)
                .and_then(|decoder| decoder.take(limit).read_to_end(&mut bytes)),
            Self::Hadoop(name) => {
                return Err(Error::unsupported(format!("lines compressed with '{name}'")));
            }
        };
        read.map_err(broken)?;
        check_size(bytes.len() as u64)?;
        Ok(bytes)
    }
}

/// Refuses a file that is too large to be held.
pub(super) fn check_size(size: u64) -> Result<()> {
    if size <= MAX_BYTES {
        return Ok(());
    }
    Err(Error::exhausted(format!("a file of lines of more than {MAX_BYTES} bytes")))
}

/// Lines between two whose places are kept.
const STRIDE: usize = 1024;

/// The lines of a file.
#[derive(Debug)]
pub(super) struct Lines {
    bytes: Bytes,
    /// Ends a line; `None`: `\n`, `\r` or both.
    end: Option<Vec<u8>>,
    count: usize,
    /// Where line 0, [`STRIDE`], twice that, and so on begin.
    marks: Vec<usize>,
}

impl Lines {
    /// Finds them, behind a header if there is one.
    pub(super) fn new(
        bytes: Bytes,
        packing: Option<Packing>,
        end: Option<Vec<u8>>,
        header: bool,
    ) -> Result<Self> {
        let bytes = match packing {
            Some(packing) => packing.unpack(&bytes)?.into(),
            None => bytes,
        };
        let mut lines = Self { bytes, end, count: 0, marks: Vec::new() };
        // Java knows the mark at the beginning only where it looks for ends of its own.
        let marked = lines.end.is_none() && lines.bytes.starts_with(BYTE_ORDER_MARK);
        let mut at = if marked { BYTE_ORDER_MARK.len() } else { 0 };
        if header {
            at = lines.next(at).map_or(at, |(_, next)| next);
        }
        while let Some((_, next)) = lines.next(at) {
            if lines.count.is_multiple_of(STRIDE) {
                lines.marks.push(at);
            }
            lines.count += 1;
            at = next;
        }
        Ok(lines)
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The lines from number `first` on. Bytes that are not UTF-8 come as replacement characters, as in Java.
    pub(super) fn starting_at(&self, first: usize) -> impl Iterator<Item = Cow<'_, str>> {
        let mut at = self.marks.get(first / STRIDE).copied().unwrap_or(self.bytes.len());
        let all = std::iter::from_fn(move || {
            let (line, next) = self.next(at)?;
            at = next;
            Some(self.bytes.get(line).unwrap_or_default())
        });
        all.skip(first % STRIDE).map(String::from_utf8_lossy)
    }

    /// The line that begins at `at`, and where the next one begins.
    fn next(&self, at: usize) -> Option<(Range<usize>, usize)> {
        let rest = self.bytes.get(at..).filter(|rest| !rest.is_empty())?;
        let (length, ended) = match &self.end {
            None => standard(rest),
            Some(end) => custom(rest, end),
        };
        Some((at..at + length, at + length + ended))
    }
}

/// Bytes of the first line and of what ends it (`StandardLineReader.java`).
fn standard(rest: &[u8]) -> (usize, usize) {
    let Some(length) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
        return (rest.len(), 0);
    };
    let both = rest.get(length..length + 2) == Some(b"\r\n");
    (length, if both { 2 } else { 1 })
}

/// The same (`CustomLineReader.java`): after a beginning of the end that does not go on, it looks again only from the
/// byte that did not fit.
fn custom(rest: &[u8], end: &[u8]) -> (usize, usize) {
    let mut matched = 0;
    for (at, byte) in rest.iter().enumerate() {
        if end.get(matched) == Some(byte) {
            matched += 1;
            if matched == end.len() {
                return (at + 1 - matched, matched);
            }
        } else {
            matched = usize::from(matched > 0 && end.first() == Some(byte));
        }
    }
    (rest.len(), 0)
}
