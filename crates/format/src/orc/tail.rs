//! The tail of a file: postscript and footer.

use super::chunks::{Codec, Compression};
use super::wire::{Fields, Item, numbers, text};
use crate::input::FileBytes;
use rimon_spec::{Error, Result};
use std::ops::Range;

/// Mark in the postscript.
const MAGIC: &[u8] = b"ORC";
/// The last byte is the length of the postscript.
const FIRST_READ: u64 = 64 << 10;
/// A longer footer is refused.
const MAX_FOOTER: u64 = 64 << 20;
/// Types in a schema.
const MAX_TYPES: usize = 50_000;

/// What is known of a file without its stripes.
#[derive(Debug)]
pub(super) struct Tail {
    pub(super) compression: Compression,
    pub(super) stripes: Vec<Stripe>,
    pub(super) types: Vec<Type>,
    /// Statistics of the stripes.
    pub(super) metadata: Range<u64>,
    /// Bounds of texts are in the order of their bytes: since `HIVE_8732` in the versions of Java's writer.
    pub(super) texts_in_utf8: bool,
}

/// Where a stripe is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stripe {
    /// Its rows, counted from the beginning of the file.
    pub(super) rows: Range<u64>,
    /// Streams of index and data.
    pub(super) streams: Range<u64>,
    /// Footer.
    pub(super) footer: Range<u64>,
}

/// Kinds of columns (`orc_proto.proto`, `Type.Kind`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Boolean,
    Byte,
    Short,
    Int,
    Long,
    Float,
    Double,
    String,
    Binary,
    Timestamp,
    List,
    Map,
    Struct,
    Union,
    Decimal,
    Date,
    Varchar,
    Char,
    Instant,
    Other,
}

/// A column of the file, the root being column 0.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Type {
    pub(super) kind: Kind,
    /// Columns inside: always after their parent.
    pub(super) children: Vec<usize>,
    /// Names of the columns inside a struct.
    pub(super) names: Vec<String>,
}

impl Tail {
    /// Reads the tail of a file.
    pub(super) async fn read(bytes: &FileBytes) -> Result<Self> {
        let size = bytes.size();
        let start = size.saturating_sub(FIRST_READ);
        let tail = bytes.range(start..size).await?;
        let Some((last, head)) = tail.split_last() else {
            return Err(Error::corrupt("too short for an ORC file"));
        };
        let length = usize::from(*last);
        let begin = head.len().checked_sub(length);
        let postscript = begin.and_then(|at| head.get(at..));
        let postscript = postscript.ok_or_else(|| Error::corrupt("too short for an ORC file"))?;
        let postscript = Postscript::parse(postscript).map_err(|e| e.with("offset", size - 1))?;
        let end = size - 1 - length as u64;
        if postscript.footer > end {
            return Err(Error::corrupt("the footer is longer than the file").with("offset", end));
        }
        if postscript.footer > MAX_FOOTER {
            let length = postscript.footer;
            return Err(Error::exhausted(format!("a footer of {length} bytes")));
        }
        let at = end - postscript.footer;
        let packed = bytes.range(at..end).await?;
        let footer = postscript.compression.unpack(&packed, MAX_FOOTER as usize)?;
        let mut tail =
            Self::parse(&footer, postscript.compression).map_err(|e| e.with("offset", at))?;
        tail.check(at)?;
        tail.metadata = at.saturating_sub(postscript.metadata)..at;
        tail.texts_in_utf8 = postscript.writer_version >= 1;
        Ok(tail)
    }

    fn parse(footer: &[u8], compression: Compression) -> Result<Self> {
        let (mut stripes, mut types, mut rows, mut total) = (Vec::new(), Vec::new(), 0_u64, 0_u64);
        for field in Fields::new(footer) {
            match field? {
                (3, Item::Bytes(message)) => {
                    let stripe = stripe(message, rows)?;
                    rows = stripe.rows.end;
                    stripes.push(stripe);
                }
                (4, Item::Bytes(message)) if types.len() < MAX_TYPES => {
                    types.push(column(message)?)
                }
                (4, _) => return Err(Error::corrupt("too many columns in an ORC file")),
                (6, Item::Number(number)) => total = number,
                (10, _) => return Err(Error::unsupported("an encrypted ORC file")),
                _ => {}
            }
        }
        if total != rows {
            return Err(Error::corrupt("the stripes do not add up to the rows of the file"));
        }
        Ok(Self { compression, stripes, types, metadata: 0..0, texts_in_utf8: false })
    }

    fn check(&self, end: u64) -> Result<()> {
        for (index, column) in self.types.iter().enumerate() {
            let inside = |child: &usize| *child > index && *child < self.types.len();
            if !column.children.iter().all(inside) {
                return Err(Error::corrupt("a column of an ORC file that is not in its schema"));
            }
        }
        if self.types.first().is_none_or(|root| root.kind != Kind::Struct) {
            return Err(Error::unsupported("an ORC file whose rows are no struct"));
        }
        match self.stripes.iter().find(|s| s.footer.end > end) {
            Some(stripe) => Err(Error::corrupt("a stripe goes beyond the end of the file")
                .with("offset", stripe.streams.start)),
            None => Ok(()),
        }
    }

    pub(super) fn rows(&self) -> u64 {
        self.stripes.last().map_or(0, |s| s.rows.end)
    }
}

/// The column called `name` inside a struct.
pub(super) fn child(parent: &Type, name: &str) -> Option<usize> {
    let at = parent.names.iter().position(|n| n == name)?;
    parent.children.get(at).copied()
}

struct Postscript {
    footer: u64,
    metadata: u64,
    writer_version: u64,
    compression: Compression,
}

impl Postscript {
    fn parse(message: &[u8]) -> Result<Self> {
        let (mut footer, mut kind, mut block, mut magic) = (0, 0, 256 << 10, false);
        let (mut metadata, mut writer_version) = (0, 0);
        for field in Fields::new(message) {
            match field? {
                (1, Item::Number(length)) => footer = length,
                (2, Item::Number(number)) => kind = number,
                (3, Item::Number(size)) => block = size,
                (5, Item::Number(length)) => metadata = length,
                (6, Item::Number(version)) => writer_version = version,
                (8000, Item::Bytes(bytes)) => magic = bytes == MAGIC,
                _ => {}
            }
        }
        if !magic {
            return Err(Error::corrupt("not a whole ORC file: its end mark is missing"));
        }
        let codec = Codec::from_number(kind)?;
        let compression = Compression::new(codec, block)?;
        Ok(Self { footer, metadata, writer_version, compression })
    }
}

fn stripe(message: &[u8], first: u64) -> Result<Stripe> {
    let (mut offset, mut index, mut data, mut footer, mut rows) = (0, 0, 0, 0, 0);
    for field in Fields::new(message) {
        match field? {
            (1, Item::Number(n)) => offset = n,
            (2, Item::Number(n)) => index = n,
            (3, Item::Number(n)) => data = n,
            (4, Item::Number(n)) => footer = n,
            (5, Item::Number(n)) => rows = n,
            _ => {}
        }
    }
    let sum = |a: u64, b: u64| {
        a.checked_add(b).ok_or_else(|| Error::corrupt("a stripe goes beyond the end of the file"))
    };
    let streams = offset..sum(sum(offset, index)?, data)?;
    let footer = streams.end..sum(streams.end, footer)?;
    Ok(Stripe { rows: first..sum(first, rows)?, streams, footer })
}

fn column(message: &[u8]) -> Result<Type> {
    let (mut kind, mut children, mut names) = (0, Vec::new(), Vec::new());
    for field in Fields::new(message) {
        match field? {
            (1, Item::Number(number)) => kind = number,
            (2, item) => numbers(item, &mut children)?,
            (3, Item::Bytes(name)) => names.push(text(name)?),
            _ => {}
        }
    }
    let index = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let children = children.into_iter().map(index).collect();
    Ok(Type { kind: kind_of(kind), children, names })
}

fn kind_of(number: u64) -> Kind {
    match number {
        0 => Kind::Boolean,
        1 => Kind::Byte,
        2 => Kind::Short,
        3 => Kind::Int,
        4 => Kind::Long,
        5 => Kind::Float,
        6 => Kind::Double,
        7 => Kind::String,
        8 => Kind::Binary,
        9 => Kind::Timestamp,
        10 => Kind::List,
        11 => Kind::Map,
        12 => Kind::Struct,
        13 => Kind::Union,
        14 => Kind::Decimal,
        15 => Kind::Date,
        16 => Kind::Varchar,
        17 => Kind::Char,
        18 => Kind::Instant,
        _ => Kind::Other,
    }
}
