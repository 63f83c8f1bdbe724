//! Bit-sliced indexes of numbers: `BitSliceIndexBitmapFileIndex.java`. Numbers below zero are kept apart, by their
//! absolute value.

use super::cursor::Cursor;
use super::key::{Key, Literal};
use super::rows::{Compared, Op, Rows, Slices};
use crate::index::portable::read_bitmap;
use crate::{DataType, Error, Result};
use roaring::RoaringBitmap;

/// One sign of an index.
#[derive(Debug, Default)]
struct Half {
    /// Subtracted from every number.
    least: u64,
    slices: Slices,
}

/// The rows that may pass, by the index in `body` of a file with `rows` rows.
pub(super) fn evaluate(body: &[u8], data_type: &DataType, rows: u32, op: Op<'_>) -> Result<Rows> {
    let mut cursor = Cursor::new(body);
    version(&mut cursor)?;
    if u32::try_from(cursor.length()?).ok() != Some(rows) {
        return Err(Error::corrupt("a bit-sliced index is of another number of rows"));
    }
    let positive = Half::read(&mut cursor)?;
    let negative = Half::read(&mut cursor)?;
    let present = &positive.slices.present | &negative.slices.present;
    if present.max().is_some_and(|last| last >= rows) {
        return Err(Error::corrupt("a bit-sliced index has rows that the file has not"));
    }
    let value = match op {
        Op::IsNull => {
            let mut all = RoaringBitmap::new();
            all.insert_range(0..rows);
            return Ok(Some(all - present));
        }
        Op::IsNotNull => return Ok(Some(present)),
        Op::Eq(v) | Op::NotEq(v) | Op::Lt(v) | Op::LtEq(v) | Op::Gt(v) | Op::GtEq(v) => v,
    };
    let literal = Literal::of(value, data_type);
    let Some(Literal { key: Key::Number(number), coarse }) = literal else { return Ok(None) };
    let compared = if number >= 0 {
        let mut found = positive.compare(number.unsigned_abs());
        found.less |= negative.slices.present;
        found
    } else {
        let Compared { less, equal, greater } = negative.compare(number.unsigned_abs());
        Compared { less: greater, equal, greater: less | positive.slices.present }
    };
    Ok(Some(compared.pass(op, coarse)))
}

fn version(cursor: &mut Cursor<'_>) -> Result<()> {
    match cursor.byte()? {
        1 => Ok(()),
        other => Err(Error::unsupported(format!("version {other} of bit-sliced indexes"))),
    }
}

impl Half {
    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
        if cursor.byte()? == 0 {
            return Ok(Self::default());
        }
        version(cursor)?;
        let least = u64::try_from(cursor.long()?)
            .map_err(|_| Error::corrupt("a bit-sliced index has a negative minimum"))?;
        cursor.long()?;
        let present = bitmap(cursor)?;
        let count = cursor.length()?;
        if count > 64 {
            return Err(Error::corrupt("a bit-sliced index has more than 64 digits"));
        }
        let digits = (0..count).map(|_| bitmap(cursor)).collect::<Result<_>>()?;
        Ok(Self { least, slices: Slices { present, digits } })
    }

    fn compare(&self, value: u64) -> Compared {
        match value.checked_sub(self.least) {
            Some(value) => self.slices.compare(value),
            None => Compared { greater: self.slices.present.clone(), ..Compared::default() },
        }
    }
}

fn bitmap(cursor: &mut Cursor<'_>) -> Result<RoaringBitmap> {
    let mut rest = cursor.rest();
    let bitmap = read_bitmap(&mut rest)?;
    *cursor = Cursor::new(rest);
    Ok(bitmap)
}
