//! Bitmap indexes, a bitmap of rows for each value: `BitmapFileIndex.java`, its versions 1 and 2.

use super::cursor::Cursor;
use super::key::{Key, Layout, Literal};
use super::rows::{Op, Rows};
use crate::index::portable::read_bitmap;
use crate::{DataType, Error, Result};
use roaring::RoaringBitmap;

/// Where the bitmaps of an index are.
#[derive(Debug)]
struct Directory<'a> {
    rows: u32,
    /// Offset of the bitmap of nulls, if there are nulls.
    nulls: Option<i32>,
    layout: Layout,
    entries: Entries<'a>,
    /// The bitmaps: offsets count from its start.
    bitmaps: &'a [u8],
}

#[derive(Debug)]
enum Entries<'a> {
    /// Values with offsets, as many as said.
    Flat(Cursor<'a>, usize),
    /// Blocks by their first values, in order.
    Blocks(Vec<(Key<'a>, Cursor<'a>)>),
}

/// The rows that may pass, by the index in `body` of a file with `rows` rows.
pub(super) fn evaluate(body: &[u8], data_type: &DataType, rows: u32, op: Op<'_>) -> Result<Rows> {
    let Some(layout) = Layout::of(data_type) else { return Ok(None) };
    let directory = Directory::open(body, layout)?;
    if directory.rows != rows {
        return Err(Error::corrupt("a bitmap index is of another number of rows"));
    }
    Ok(match op {
        Op::IsNull => Some(directory.null_rows()?),
        Op::IsNotNull => Some(directory.all() - directory.null_rows()?),
        Op::Eq(value) | Op::NotEq(value) => {
            let Some(literal) = Literal::of(value, data_type) else { return Ok(None) };
            match op {
                Op::Eq(_) => Some(directory.rows_of(&literal.key)?),
                _ if literal.coarse => None,
                _ => {
                    let not_null = directory.all() - directory.null_rows()?;
                    Some(not_null - directory.rows_of(&literal.key)?)
                }
            }
        }
        _ => None,
    })
}

impl<'a> Directory<'a> {
    fn open(body: &'a [u8], layout: Layout) -> Result<Self> {
        let mut cursor = Cursor::new(body);
        let version = cursor.byte()?;
        let rows = u32::try_from(cursor.length()?).unwrap_or(0);
        let values = cursor.length()?;
        let has_nulls = cursor.byte()? != 0;
        let nulls = if has_nulls { Some(cursor.int()?) } else { None };
        match version {
            1 => {
                let entries = Entries::Flat(cursor, values);
                for _ in 0..values {
                    layout.read(&mut cursor)?;
                    cursor.int()?;
                }
                Ok(Self { rows, nulls, layout, entries, bitmaps: cursor.rest() })
            }
            2 => {
                if has_nulls {
                    cursor.int()?;
                }
                let mut blocks = Vec::new();
                for _ in 0..cursor.length()? {
                    blocks.push((layout.read(&mut cursor)?, cursor.length()?));
                }
                let length = cursor.length()?;
                let directory = cursor.take(length)?;
                let block = |(key, offset): (Key<'a>, usize)| {
                    let bytes = directory.get(offset..);
                    let bytes = bytes.ok_or_else(|| Error::corrupt("a block is nowhere"))?;
                    Ok((key, Cursor::new(bytes)))
                };
                let blocks = blocks.into_iter().map(block).collect::<Result<_>>()?;
                let entries = Entries::Blocks(blocks);
                Ok(Self { rows, nulls, layout, entries, bitmaps: cursor.rest() })
            }
            other => Err(Error::unsupported(format!("version {other} of bitmap indexes"))),
        }
    }

    fn all(&self) -> RoaringBitmap {
        let mut all = RoaringBitmap::new();
        all.insert_range(0..self.rows);
        all
    }

    fn null_rows(&self) -> Result<RoaringBitmap> {
        self.nulls.map_or_else(|| Ok(RoaringBitmap::new()), |offset| self.bitmap(offset))
    }

    fn rows_of(&self, key: &Key<'_>) -> Result<RoaringBitmap> {
        let offset = match &self.entries {
            Entries::Flat(cursor, count) => self.find(*cursor, *count, key, false)?,
            Entries::Blocks(blocks) => {
                let after = blocks.partition_point(|(first, _)| first <= key);
                match after.checked_sub(1).and_then(|at| blocks.get(at)) {
                    Some((_, block)) => {
                        let mut block = *block;
                        let count = block.length()?;
                        self.find(block, count, key, true)?
                    }
                    None => None,
                }
            }
        };
        offset.map_or_else(|| Ok(RoaringBitmap::new()), |offset| self.bitmap(offset))
    }

    /// The offset of the bitmap of `key` among `count` entries.
    fn find(
        &self,
        mut entries: Cursor<'a>,
        count: usize,
        key: &Key<'_>,
        lengths: bool,
    ) -> Result<Option<i32>> {
        for _ in 0..count {
            let found = self.layout.read(&mut entries)?;
            let offset = entries.int()?;
            if lengths {
                entries.int()?;
            }
            if found == *key {
                return Ok(Some(offset));
            }
        }
        Ok(None)
    }

    /// A negative offset is the only row itself.
    fn bitmap(&self, offset: i32) -> Result<RoaringBitmap> {
        let bitmap = match u32::try_from(offset) {
            Err(_) => RoaringBitmap::from_iter([(!offset) as u32]),
            Ok(at) => {
                let bytes = self.bitmaps.get(at as usize..);
                read_bitmap(&mut bytes.ok_or_else(|| Error::corrupt("a bitmap is nowhere"))?)?
            }
        };
        if bitmap.max().is_some_and(|last| last >= self.rows) {
            return Err(Error::corrupt("a bitmap index has rows that the file has not"));
        }
        Ok(bitmap)
    }
}
