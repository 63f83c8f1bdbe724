//! Range-bitmap indexes: a sorted dictionary of values and the bit-sliced numbers of each row's value in it.
//! `RangeBitmap.java`, `ChunkedDictionary.java`, `BitSliceIndexBitmap.java`.

use super::cursor::Cursor;
use super::key::{Key, Layout, Literal};
use super::rows::{Compared, Op, Rows, Slices};
use crate::index::portable::read_bitmap;
use crate::{DataType, Error, Result};
use roaring::RoaringBitmap;
use std::cmp::Ordering;

/// The rows that may pass, by the index in `body` of a file with `rows` rows.
pub(super) fn evaluate(body: &[u8], data_type: &DataType, rows: u32, op: Op<'_>) -> Result<Rows> {
    let Some(layout) = Layout::of(data_type) else { return Ok(None) };
    let mut cursor = Cursor::new(body);
    let mut header = Cursor::new(cursor.part()?);
    version(&mut header)?;
    if u32::try_from(header.length()?).ok() != Some(rows) {
        return Err(Error::corrupt("a range bitmap is of another number of rows"));
    }
    let cardinality = header.length()?;
    if cardinality > 0 {
        layout.read(&mut header)?;
        layout.read(&mut header)?;
    }
    let length = header.length()?;
    let dictionary = cursor.take(length)?;
    let slices = if cardinality == 0 { Slices::default() } else { slices(cursor, rows)? };
    let value = match op {
        Op::IsNull => {
            let mut all = RoaringBitmap::new();
            all.insert_range(0..rows);
            return Ok(Some(all - slices.present));
        }
        Op::IsNotNull => return Ok(Some(slices.present)),
        Op::Eq(v) | Op::NotEq(v) | Op::Lt(v) | Op::LtEq(v) | Op::Gt(v) | Op::GtEq(v) => v,
    };
    // Zeros and NaN aside, engines agree on equality of floating point numbers, not on their order.
    let floating = matches!(layout, Layout::Float | Layout::Double);
    if floating && !matches!(op, Op::Eq(_) | Op::NotEq(_)) {
        return Ok(None);
    }
    let Some(literal) = Literal::of(value, data_type) else { return Ok(None) };
    if cardinality == 0 {
        return Ok(Some(RoaringBitmap::new()));
    }
    let compared = match find(dictionary, layout, &literal.key)? {
        Ok(code) => slices.compare(code),
        Err(next) => {
            let Compared { less, equal, greater } = slices.compare(next);
            Compared { less, equal: RoaringBitmap::new(), greater: greater | equal }
        }
    };
    Ok(Some(compared.pass(op, literal.coarse)))
}

fn version(cursor: &mut Cursor<'_>) -> Result<()> {
    match cursor.byte()? {
        1 => Ok(()),
        other => Err(Error::unsupported(format!("version {other} of range bitmaps"))),
    }
}

fn slices(mut cursor: Cursor<'_>, rows: u32) -> Result<Slices> {
    let mut header = Cursor::new(cursor.part()?);
    version(&mut header)?;
    let count = header.byte()?;
    if count > 64 {
        return Err(Error::corrupt("a range bitmap has more than 64 digits"));
    }
    let present = cursor.take(header.length()?)?;
    let mut places = Cursor::new(header.part()?);
    let bodies = cursor.rest();
    let mut digits = Vec::new();
    for _ in 0..count {
        let (offset, length) = (places.length()?, places.length()?);
        let body = bodies.get(offset..).and_then(|b| b.get(..length));
        digits.push(whole(body.ok_or_else(|| Error::corrupt("a bitmap is nowhere"))?)?);
    }
    let present = whole(present)?;
    if present.max().is_some_and(|last| last >= rows) {
        return Err(Error::corrupt("a range bitmap has rows that the file has not"));
    }
    Ok(Slices { present, digits })
}

fn whole(mut bytes: &[u8]) -> Result<RoaringBitmap> {
    read_bitmap(&mut bytes)
}

/// A chunk of the dictionary: a first value and those after it.
#[derive(Debug)]
struct Chunk<'a> {
    first: Key<'a>,
    /// Number of the first value.
    code: u64,
    /// Values after the first.
    size: usize,
    /// Where these are: offsets of each, for values of different lengths, and the values.
    offsets: &'a [u8],
    keys: &'a [u8],
    /// Bytes of each value, when all have the same.
    width: usize,
    layout: Layout,
}

/// The number of a value, or of the next greater one.
fn find(dictionary: &[u8], layout: Layout, key: &Key<'_>) -> Result<std::result::Result<u64, u64>> {
    let mut cursor = Cursor::new(dictionary);
    let mut header = Cursor::new(cursor.part()?);
    version(&mut header)?;
    let count = header.length()?;
    let (offsets, chunks) = (header.length()?, header.length()?);
    let offsets = cursor.take(offsets)?;
    let chunks = cursor.take(chunks)?;
    let chunk = |at: usize| -> Result<Chunk<'_>> {
        let start = at.checked_mul(4).and_then(|at| offsets.get(at..)).unwrap_or_default();
        let start = Cursor::new(start).length()?;
        let bytes = chunks.get(start..).ok_or_else(|| Error::corrupt("a chunk is nowhere"))?;
        Chunk::read(bytes, cursor.rest(), layout)
    };
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        match chunk(middle)?.first.cmp(key) {
            Ordering::Equal => return Ok(Ok(chunk(middle)?.code)),
            Ordering::Less => low = middle + 1,
            Ordering::Greater => high = middle,
        }
    }
    match low.checked_sub(1) {
        Some(at) => chunk(at)?.find(key),
        None => Ok(Err(0)),
    }
}

impl<'a> Chunk<'a> {
    fn read(bytes: &'a [u8], keys: &'a [u8], layout: Layout) -> Result<Self> {
        let mut header = Cursor::new(bytes);
        version(&mut header)?;
        let first = layout.read(&mut header)?;
        let code = header.length()? as u64;
        let offset = header.length()?;
        let size = header.length()?;
        let keys = keys.get(offset..).ok_or_else(|| Error::corrupt("a chunk is nowhere"))?;
        let mut keys = Cursor::new(keys);
        if layout == Layout::Text {
            let (offsets, length) = (header.length()?, header.length()?);
            let (offsets, keys) = (keys.take(offsets)?, keys.take(length)?);
            return Ok(Self { first, code, size, offsets, keys, width: 0, layout });
        }
        let (length, width) = (header.length()?, header.length()?);
        let keys = keys.take(length)?;
        Ok(Self { first, code, size, offsets: &[], keys, width, layout })
    }

    fn key(&self, index: usize) -> Result<Key<'a>> {
        let at = if self.layout == Layout::Text {
            let place = index.checked_mul(4).and_then(|at| self.offsets.get(at..));
            Cursor::new(place.unwrap_or_default()).length()?
        } else {
            index.saturating_mul(self.width)
        };
        self.layout.read(&mut Cursor::new(self.keys.get(at..).unwrap_or_default()))
    }

    fn find(&self, key: &Key<'_>) -> Result<std::result::Result<u64, u64>> {
        let base = self.code.saturating_add(1);
        let (mut low, mut high) = (0, self.size);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.key(middle)?.cmp(key) {
                Ordering::Equal => return Ok(Ok(base.saturating_add(middle as u64))),
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
            }
        }
        Ok(Err(base.saturating_add(low as u64)))
    }
}
