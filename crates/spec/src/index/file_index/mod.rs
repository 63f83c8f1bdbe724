//! Indexes of one data file: format.md §12.2, `FileIndexFormat.java`.
//!
//! They only say which rows cannot pass a filter. An index that is damaged or unknown says nothing.

mod bitmap;
mod bloom;
mod bsi;
mod cursor;
mod key;
mod range_bitmap;
mod rows;
#[cfg(test)]
mod tests;

use std::ops::Range;

use cursor::Cursor;
use roaring::RoaringBitmap;
use rows::{Op, Rows, both, select};

use crate::{DataField, Error, Predicate, Result};

/// First bytes of a file index.
const MAGIC: i64 = 1_493_475_289_347_502;

/// The end of the name of an index file that lies beside its data file.
pub const FILE_SUFFIX: &str = ".index";

/// The indexes of one data file.
#[derive(Debug, Clone)]
pub struct FileIndex<'a> {
    indexes: Vec<ColumnIndex<'a>>,
}

#[derive(Debug, Clone)]
struct ColumnIndex<'a> {
    /// Name in the schema that wrote the file.
    column: String,
    /// `bloom-filter`, `bitmap`, `bsi`, `range-bitmap`.
    kind: String,
    /// `None`: every row is null.
    body: Option<&'a [u8]>,
}

impl<'a> FileIndex<'a> {
    /// Reads the head of a file index.
    ///
    /// # Errors
    /// `Corrupt` when it is none; `Unsupported` for versions that are not known.
    pub fn open(bytes: &'a [u8]) -> Result<Self> {
        let mut cursor = Cursor::new(bytes);
        if cursor.long()? != MAGIC {
            return Err(Error::corrupt("a file index does not begin as one"));
        }
        let version = cursor.int()?;
        if version != 1 {
            return Err(Error::unsupported(format!("version {version} of file indexes")));
        }
        let head = cursor.length()?;
        let head = bytes.get(..head).and_then(|head| head.get(16..));
        let mut head = Cursor::new(head.ok_or_else(|| Error::corrupt("a file index is cut"))?);
        let mut indexes = Vec::new();
        for _ in 0..head.length()? {
            let column = head.java_utf()?;
            for _ in 0..head.length()? {
                let kind = head.java_utf()?;
                let (start, length) = (head.int()?, head.int()?);
                let body = if start == -1 { None } else { Some(body(bytes, start, length)?) };
                indexes.push(ColumnIndex { column: column.clone(), kind, body });
            }
        }
        Ok(Self { indexes })
    }

    /// Rows of the file that may pass `predicate`, ascending and disjoint; `None` when nothing is known. `rows` is the
    /// number of rows of the file. `field_of` gives the field in the schema that wrote the file for a column of the
    /// predicate, `None` where the column had another type then or was not there.
    pub fn matching(
        &self,
        predicate: &Predicate,
        field_of: &dyn Fn(&str) -> Option<DataField>,
        rows: u64,
    ) -> Option<Vec<Range<u64>>> {
        let rows = u32::try_from(rows).ok()?;
        let ask = |column: &str, op: Op<'_>| -> Rows {
            let field = field_of(column)?;
            let of_column = self.indexes.iter().filter(|index| index.column == field.name);
            of_column.fold(None, |found, index| {
                // What cannot be read says nothing.
                both(found, index.evaluate(&field, rows, op).unwrap_or(None))
            })
        };
        select(predicate, true, &ask).map(|rows| ranges(&rows))
    }
}

impl ColumnIndex<'_> {
    fn evaluate(&self, field: &DataField, rows: u32, op: Op<'_>) -> Result<Rows> {
        let Some(body) = self.body else {
            return Ok(if op == Op::IsNull { None } else { Some(RoaringBitmap::new()) });
        };
        match self.kind.as_str() {
            "bloom-filter" => bloom::evaluate(body, &field.data_type, op),
            "bitmap" => bitmap::evaluate(body, &field.data_type, rows, op),
            "bsi" => bsi::evaluate(body, &field.data_type, rows, op),
            "range-bitmap" => range_bitmap::evaluate(body, &field.data_type, rows, op),
            _ => Ok(None),
        }
    }
}

fn body(bytes: &[u8], start: i32, length: i32) -> Result<&[u8]> {
    let part = || {
        let (start, length) = (usize::try_from(start).ok()?, usize::try_from(length).ok()?);
        bytes.get(start..)?.get(..length)
    };
    part().ok_or_else(|| Error::corrupt("an index lies beyond the end of its file"))
}

fn ranges(rows: &RoaringBitmap) -> Vec<Range<u64>> {
    let mut iter = rows.iter();
    std::iter::from_fn(|| iter.next_range())
        .map(|run| u64::from(*run.start())..u64::from(*run.end()) + 1)
        .collect()
}
