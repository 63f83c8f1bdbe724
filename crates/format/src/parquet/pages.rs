//! Pages as they come from the store, checked before the `parquet` crate decodes them: it allocates what a page header
//! announces, and it does not look at checksums. Java writes a checksum for every page.

use super::thrift::{Reader, Wire};
use parquet::basic::Compression;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use rimon_spec::{Error, Result};
use std::ops::Range;

/// Pages up to this size are believed whatever they are packed into.
const MODEST: u64 = 64 << 20;
/// Most that larger ones may have been packed, as a factor.
const DENSE: u64 = 1024;

/// Where the column chunks of a file lie.
#[derive(Debug, Clone)]
pub(super) struct Chunks {
    /// First byte, index of the row group, and index of the column, ascending.
    starts: Vec<(u64, usize, usize)>,
}

impl Chunks {
    pub(super) fn of(metadata: &ParquetMetaData) -> Self {
        let mut starts = Vec::new();
        for (group, row_group) in metadata.row_groups().iter().enumerate() {
            for (column, chunk) in row_group.columns().iter().enumerate() {
                starts.extend(range_of(chunk).map(|range| (range.start, group, column)));
            }
        }
        starts.sort_unstable();
        Self { starts }
    }

    /// The chunk that `range` lies in, if it does.
    fn find<'a>(
        &self,
        range: &Range<u64>,
        metadata: &'a ParquetMetaData,
    ) -> Option<&'a ColumnChunkMetaData> {
        let before = self.starts.partition_point(|(start, ..)| *start <= range.start);
        let (_, group, column) = self.starts.get(before.checked_sub(1)?)?;
        let chunk = metadata.row_groups().get(*group)?.columns().get(*column)?;
        range_of(chunk).filter(|of| range.end <= of.end).map(|_| chunk)
    }

    /// Checks the pages in `bytes`, the part `range` of the file. Bytes that are of no column chunk hold no pages.
    ///
    /// # Errors
    /// `Corrupt` for a page whose header or checksum is wrong; `ResourceExhausted` for one that would be unpacked to
    /// an absurd size.
    pub(super) fn check(
        &self,
        bytes: &[u8],
        range: &Range<u64>,
        metadata: &ParquetMetaData,
    ) -> Result<()> {
        let Some(chunk) = self.find(range, metadata) else { return Ok(()) };
        let mut rest = bytes;
        let mut values = 0_u64;
        // Behind the last value a chunk may have bytes that nobody reads.
        while !rest.is_empty() && values < u64::try_from(chunk.num_values()).unwrap_or(0) {
            let offset = range.start + (bytes.len() - rest.len()) as u64;
            let page = Page::read(&mut rest).and_then(|page| page.check(chunk).map(|()| page));
            let page = page.map_err(|e| e.with("offset", offset))?;
            values = values.saturating_add(page.values);
        }
        Ok(())
    }
}

/// The bytes of a column chunk, as far as the footer makes sense.
fn range_of(chunk: &ColumnChunkMetaData) -> Option<Range<u64>> {
    let data = u64::try_from(chunk.data_page_offset()).ok()?;
    let dictionary = chunk.dictionary_page_offset().and_then(|at| u64::try_from(at).ok());
    let start = dictionary.map_or(data, |at| at.min(data));
    let length = u64::try_from(chunk.compressed_size()).ok()?;
    Some(start..start.checked_add(length)?)
}

/// What a page header says, and the bytes behind it.
struct Page<'a> {
    packed: &'a [u8],
    unpacked: u64,
    crc: Option<u32>,
    /// Values of a data page, nulls among them.
    values: u64,
}

impl<'a> Page<'a> {
    /// Takes one page from the front of `rest` (`PageHeader` of parquet.thrift).
    fn read(rest: &mut &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(rest);
        let (mut packed, mut unpacked, mut crc, mut values) = (None, None, None, 0);
        while let Some((id, wire)) = reader.field()? {
            match (id, wire) {
                (2, Wire::Int) => unpacked = u64::try_from(reader.int()?).ok(),
                (3, Wire::Int) => packed = usize::try_from(reader.int()?).ok(),
                (4, Wire::Int) => crc = Some(reader.int()? as u32),
                // DataPageHeader and DataPageHeaderV2 both begin with the number of values.
                (5 | 8, Wire::Struct) => values = first_number(&mut reader)?,
                _ => reader.skip(wire)?,
            }
        }
        let bad = || Error::corrupt("a page header without the sizes of its page");
        let (packed, unpacked) = (packed.ok_or_else(bad)?, unpacked.ok_or_else(bad)?);
        let body = reader.rest();
        let (page, behind) = body.split_at_checked(packed).ok_or_else(|| {
            let left = body.len();
            Error::corrupt(format!("a page of {packed} bytes where {left} are left"))
        })?;
        *rest = behind;
        Ok(Self { packed: page, unpacked, crc, values })
    }

    fn check(&self, chunk: &ColumnChunkMetaData) -> Result<()> {
        let of_chunk = u64::try_from(chunk.uncompressed_size()).unwrap_or(0);
        let packed = self.packed.len() as u64;
        let plain = chunk.compression() == Compression::UNCOMPRESSED;
        if self.unpacked > of_chunk || (plain && self.unpacked != packed) {
            return Err(Error::corrupt(format!(
                "a page of {} bytes, packed {packed}, in a column chunk of {of_chunk}",
                self.unpacked
            )));
        }
        if self.unpacked > MODEST && self.unpacked / DENSE > packed {
            let size = self.unpacked;
            return Err(Error::exhausted(format!("a page of {size} bytes, packed into {packed}")));
        }
        match self.crc {
            Some(crc) if crc != crc32fast::hash(self.packed) => {
                Err(Error::corrupt("the checksum of a page is wrong"))
            }
            _ => Ok(()),
        }
    }
}

/// Field 1 of a struct, a number that is not negative.
fn first_number(reader: &mut Reader<'_>) -> Result<u64> {
    let outer = reader.enter();
    let mut number = 0;
    while let Some((id, wire)) = reader.field()? {
        match (id, wire) {
            (1, Wire::Int) => number = u64::try_from(reader.int()?).unwrap_or(0),
            _ => reader.skip(wire)?,
        }
    }
    reader.leave(outer);
    Ok(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header of a data page of `values` values with a checksum, and the page.
    fn page(values: u8, unpacked: u8, crc: u32, packed: &[u8]) -> Vec<u8> {
        let zigzag = |n: u8| n << 1;
        let mut bytes = vec![0x15, 0, 0x15, zigzag(unpacked), 0x15, zigzag(packed.len() as u8)];
        bytes.push(0x15);
        let mut crc = u64::from((crc << 1) ^ ((crc as i32 >> 31) as u32));
        while crc > 0x7f {
            bytes.push(crc as u8 | 0x80);
            crc >>= 7;
        }
        bytes.push(crc as u8);
        // data_page_header { num_values, encoding }
        bytes.extend([0x1c, 0x15, zigzag(values), 0x15, 0, 0, 0]);
        bytes.extend(packed);
        bytes
    }

    #[test]
    fn a_page_is_read_with_its_checksum() {
        let packed = b"page";
        for crc in [crc32fast::hash(packed), 7, u32::MAX] {
            let bytes = page(9, 20, crc, packed);
            let mut rest = bytes.as_slice();
            let page = Page::read(&mut rest).unwrap();
            assert_eq!((page.values, page.unpacked, page.crc), (9, 20, Some(crc)));
            assert_eq!((page.packed, rest.len()), (packed.as_slice(), 0));
        }
    }

    #[test]
    fn pages_that_are_cut_are_corrupt() {
        let bytes = page(9, 20, 1, b"page");
        for length in 0..bytes.len() {
            let mut rest = bytes.get(..length).unwrap();
            assert!(Page::read(&mut rest).is_err(), "{length}");
        }
    }
}
