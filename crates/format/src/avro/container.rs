//! The container: a header, then blocks of rows between sync markers. Where each block begins is found by walking
//! from one to the next.

use super::cursor::Cursor;
use super::schema::{Field, Schema};
use crate::FileRef;
use crate::input::RangeReader;
use bytes::Bytes;
use rimon_spec::avro::{AvroCodec, MAX_BLOCK};
use rimon_spec::{Error, Result};
use std::ops::Range;

/// First bytes of a file.
pub(super) const MAGIC: &[u8] = b"Obj\x01";
/// Bytes of the mark behind the header and each block.
pub(super) const SYNC: usize = 16;
/// Files up to this size are kept in memory while open; of larger ones only the places of the blocks are.
const KEPT: u64 = 16 << 20;
/// Bytes read at once while looking for the blocks of a large file. The header must be within the first of them.
const WINDOW: u64 = 8 << 20;
/// Most bytes of the two numbers before a block.
const BLOCK_HEAD: u64 = 20;

/// A block of rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Block {
    /// Its rows, counted from the beginning of the file.
    pub(super) rows: Range<u64>,
    /// Its packed bytes in the file; the sync marker is behind them.
    pub(super) bytes: Range<u64>,
}

/// An opened file.
#[derive(Debug)]
pub(super) struct Container {
    /// The fields of its rows.
    pub(super) fields: Vec<Field>,
    /// The branch of a union that every row is of, where the schema is one: rows are never null.
    pub(super) branch: Option<i64>,
    pub(super) codec: AvroCodec,
    sync: [u8; SYNC],
    pub(super) blocks: Vec<Block>,
    whole: Option<Bytes>,
    input: RangeReader,
}

struct Header {
    fields: Vec<Field>,
    branch: Option<i64>,
    codec: AvroCodec,
    sync: [u8; SYNC],
    length: u64,
}

impl Container {
    /// Reads the header and finds the blocks.
    pub(super) async fn open(file: &FileRef) -> Result<Self> {
        let input = RangeReader::new(file.clone());
        let first = if file.size <= KEPT { file.size } else { WINDOW };
        let mut window = input.range(0..first).await?;
        let header = Header::parse(&window)?;
        let (mut start, mut at) = (0_u64, header.length);
        let (mut blocks, mut rows) = (Vec::new(), 0_u64);
        while at < file.size {
            let seen = (start + window.len() as u64).saturating_sub(at);
            if seen < BLOCK_HEAD.min(file.size - at) {
                start = at;
                window = input.range(at..file.size.min(at + WINDOW)).await?;
            }
            let offset = usize::try_from(at - start).unwrap_or(usize::MAX);
            let block = block_at(&window, offset, rows, at).map_err(|e| e.with("block", at))?;
            at = block.bytes.end.saturating_add(SYNC as u64);
            if at > file.size {
                return Err(Error::corrupt("Avro block goes beyond the end of the file")
                    .with("offset", block.bytes.start));
            }
            rows = block.rows.end;
            blocks.push(block);
        }
        let whole = (file.size <= KEPT).then_some(window);
        let Header { fields, branch, codec, sync, .. } = header;
        Ok(Self { fields, branch, codec, sync, blocks, whole, input })
    }

    /// Rows in all blocks.
    pub(super) fn rows(&self) -> u64 {
        self.blocks.last().map_or(0, |b| b.rows.end)
    }

    /// The packed bytes of blocks, each with the marker behind it checked.
    pub(super) async fn fetch(&self, blocks: &[Block]) -> Result<Vec<Bytes>> {
        let ranges: Vec<Range<u64>> =
            blocks.iter().map(|b| b.bytes.start..b.bytes.end + SYNC as u64).collect();
        let parts = match &self.whole {
            Some(whole) => {
                let index = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).min(whole.len());
                ranges.iter().map(|r| whole.slice(index(r.start)..index(r.end))).collect()
            }
            None => self.input.ranges(ranges).await?,
        };
        parts.into_iter().zip(blocks).map(|(part, block)| self.checked(part, block)).collect()
    }

    fn checked(&self, mut part: Bytes, block: &Block) -> Result<Bytes> {
        let packed = part.len().saturating_sub(SYNC);
        if part.split_off(packed) == self.sync.as_slice() {
            return Ok(part);
        }
        let end = block.bytes.end;
        Err(Error::corrupt("Avro block without its sync marker").with("offset", end))
    }
}

impl Header {
    fn parse(bytes: &[u8]) -> Result<Self> {
        let mut cursor = Cursor::new(bytes);
        if !bytes.starts_with(MAGIC) {
            return Err(cursor.corrupt("not an Avro file"));
        }
        cursor.take(MAGIC.len())?;
        let (mut schema, mut codec) = (None, AvroCodec::Null);
        loop {
            let count = cursor.items(2)?;
            if count == 0 {
                break;
            }
            for _ in 0..count {
                match (cursor.string()?, cursor.bytes()?) {
                    ("avro.schema", json) => {
                        let json = std::str::from_utf8(json)
                            .map_err(|e| cursor.corrupt("schema is not UTF-8").with_source(e))?;
                        schema = Some(Schema::parse(json)?);
                    }
                    ("avro.codec", name) => codec = AvroCodec::from_name(name)?,
                    _ => {}
                }
            }
        }
        let schema = schema.ok_or_else(|| cursor.corrupt("Avro header without schema"))?;
        let (fields, branch) = rows_of(schema)?;
        let sync = cursor.array::<SYNC>()?;
        Ok(Self { fields, branch, codec, sync, length: cursor.position() as u64 })
    }
}

/// The fields of a record, or of the only record in a union.
fn rows_of(schema: Schema) -> Result<(Vec<Field>, Option<i64>)> {
    let no_rows = |name| Error::unsupported(format!("Avro file of {name} instead of records"));
    match schema {
        Schema::Record(fields) => Ok((fields, None)),
        Schema::Union(branches) => {
            let records =
                branches.into_iter().zip(0..).filter_map(|(branch, index)| match branch {
                    Schema::Record(fields) => Some((fields, Some(index))),
                    _ => None,
                });
            records.last().ok_or_else(|| no_rows("union"))
        }
        other => Err(no_rows(other.name())),
    }
}

/// The block that begins at `offset` of `window`, byte `at` of the file, with `first` as its first row.
fn block_at(window: &[u8], offset: usize, first: u64, at: u64) -> Result<Block> {
    let mut cursor = Cursor::at(window, offset);
    let (count, length) = (cursor.long()?, cursor.long()?);
    let head = (cursor.position() - offset) as u64;
    let count = u64::try_from(count).ok().filter(|n| *n <= MAX_BLOCK as u64);
    let count = count.ok_or_else(|| Error::corrupt("number of rows of an Avro block"))?;
    let length =
        u64::try_from(length).map_err(|_| Error::corrupt("number of bytes of an Avro block"))?;
    let start = at + head;
    Ok(Block {
        rows: first..first.saturating_add(count),
        bytes: start..start.saturating_add(length),
    })
}
