//! A stripe: its footer, and the streams of the columns that are read.

use super::chunks::{Compression, Stream};
use super::tail::{Stripe, Tail};
use super::wire::{Fields, Item, text};
use crate::input::FileBytes;
use bytes::Bytes;
use rimon_spec::{Error, Result};
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

/// A longer footer of a stripe is refused.
const MAX_FOOTER: usize = 64 << 20;

/// Kinds of streams (`orc_proto.proto`, `Stream.Kind`).
pub(super) const PRESENT: u64 = 0;
pub(super) const DATA: u64 = 1;
pub(super) const LENGTH: u64 = 2;
pub(super) const DICTIONARY_DATA: u64 = 3;
pub(super) const SECONDARY: u64 = 5;

/// How a column is encoded in a stripe.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Encoding {
    pub(super) dictionary: bool,
    /// Version 2 of the run lengths.
    pub(super) second: bool,
    pub(super) dictionary_size: u64,
}

/// What a stripe holds of the columns read.
#[derive(Debug)]
pub(super) struct Streams {
    compression: Compression,
    streams: HashMap<(usize, u64), Bytes>,
    encodings: Vec<Encoding>,
    /// Zone of the writer, in which timestamps without zone count.
    pub(super) zone: Option<String>,
}

impl Streams {
    /// Reads the streams of `columns` (indexes of the file's columns).
    pub(super) async fn read(
        bytes: &FileBytes,
        tail: &Tail,
        stripe: &Stripe,
        columns: &BTreeSet<usize>,
    ) -> Result<Self> {
        let packed = bytes.range(stripe.footer.clone()).await?;
        let footer = Footer::parse(&tail.compression.unpack(&packed, MAX_FOOTER)?)
            .map_err(|e| e.with("offset", stripe.footer.start))?;
        let (mut keys, mut ranges, mut at) = (Vec::new(), Vec::new(), stripe.streams.start);
        for (column, kind, length) in footer.streams {
            let end = at.checked_add(length).filter(|end| *end <= stripe.streams.end);
            let end = end.ok_or_else(|| {
                Error::corrupt("a stream goes beyond its stripe").with("offset", at)
            })?;
            if columns.contains(&column) && wanted(kind) {
                keys.push((column, kind));
                ranges.push(at..end);
            }
            at = end;
        }
        let parts = fetch(bytes, &ranges).await?;
        Ok(Self {
            compression: tail.compression,
            streams: keys.into_iter().zip(parts).collect(),
            encodings: footer.encodings,
            zone: footer.zone,
        })
    }

    /// A stream; one that is not there has no bytes.
    pub(super) fn stream(&self, column: usize, kind: u64) -> Stream {
        let bytes = self.streams.get(&(column, kind)).cloned().unwrap_or_default();
        Stream::new(bytes, self.compression)
    }

    /// The stream of nulls, if the column has any.
    pub(super) fn present(&self, column: usize) -> Option<Stream> {
        let bytes = self.streams.get(&(column, PRESENT))?;
        Some(Stream::new(bytes.clone(), self.compression))
    }

    pub(super) fn encoding(&self, column: usize) -> Encoding {
        self.encodings.get(column).copied().unwrap_or_default()
    }
}

fn wanted(kind: u64) -> bool {
    matches!(kind, PRESENT | DATA | LENGTH | DICTIONARY_DATA | SECONDARY)
}

/// Adjacent streams are read as one.
async fn fetch(bytes: &FileBytes, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
    let mut joined: Vec<Range<u64>> = Vec::new();
    for range in ranges.iter().filter(|r| r.start < r.end) {
        match joined.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => joined.push(range.clone()),
        }
    }
    let read = bytes.ranges(joined.clone()).await?;
    let part = |range: &Range<u64>| {
        if range.start >= range.end {
            return Ok(Bytes::new());
        }
        let found =
            joined.iter().zip(&read).find(|(j, _)| j.start <= range.start && range.end <= j.end);
        let (outer, bytes) = found.ok_or_else(|| Error::internal("a stream was not read"))?;
        let index =
            |n: u64| usize::try_from(n - outer.start).unwrap_or(usize::MAX).min(bytes.len());
        Ok(bytes.slice(index(range.start)..index(range.end)))
    };
    ranges.iter().map(part).collect()
}

#[derive(Default)]
struct Footer {
    /// Column, kind, length: in the order of the file.
    streams: Vec<(usize, u64, u64)>,
    encodings: Vec<Encoding>,
    zone: Option<String>,
}

impl Footer {
    fn parse(message: &[u8]) -> Result<Self> {
        let mut footer = Self::default();
        for field in Fields::new(message) {
            match field? {
                (1, Item::Bytes(message)) => footer.streams.push(stream(message)?),
                (2, Item::Bytes(message)) => footer.encodings.push(encoding(message)?),
                (3, Item::Bytes(name)) => footer.zone = Some(text(name)?),
                _ => {}
            }
        }
        Ok(footer)
    }
}

fn stream(message: &[u8]) -> Result<(usize, u64, u64)> {
    let (mut kind, mut column, mut length) = (0, 0, 0);
    for field in Fields::new(message) {
        match field? {
            (1, Item::Number(n)) => kind = n,
            (2, Item::Number(n)) => column = n,
            (3, Item::Number(n)) => length = n,
            _ => {}
        }
    }
    Ok((usize::try_from(column).unwrap_or(usize::MAX), kind, length))
}

fn encoding(message: &[u8]) -> Result<Encoding> {
    let mut encoding = Encoding::default();
    for field in Fields::new(message) {
        match field? {
            (1, Item::Number(kind @ 0..=3)) => {
                encoding.dictionary = kind == 1 || kind == 3;
                encoding.second = kind >= 2;
            }
            (1, _) => return Err(Error::unsupported("an ORC column of an unknown encoding")),
            (2, Item::Number(size)) => encoding.dictionary_size = size,
            _ => {}
        }
    }
    Ok(encoding)
}
