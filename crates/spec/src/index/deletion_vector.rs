//! Deletion vectors: which rows of a data file are deleted. format.md §11, `DeletionVector.java`.
//!
//! In an index file each vector is framed as `size (i32 BE) | magic, bitmap (size bytes) | CRC-32 of these (i32 BE)`.
//! Its kind is told by the magic number. Java does not check the CRC; here a wrong one is an error.

mod file;
#[cfg(test)]
mod tests;

use std::ops::Range;

use roaring::RoaringBitmap;
use roaring::bitmap::Iter;

use super::portable::{read_bitmap, write_bitmap};
use crate::{Error, Result};

pub use file::{INDEX_TYPE, encode_index_file};

/// Magic number of 32-bit vectors, big endian.
const MAGIC_32: [u8; 4] = 1_581_511_376_u32.to_be_bytes();
/// Magic number of 64-bit vectors, little endian.
const MAGIC_64: [u8; 4] = 1_681_511_377_u32.to_le_bytes();
/// Bytes of the size field and of the CRC.
const FRAME: usize = 8;
/// Greatest key of a 32-bit bitmap in a 64-bit vector, and greatest number of them.
const MAX_KEY: u32 = i32::MAX as u32 - 1;

/// How a vector is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VectorKind {
    /// One 32-bit bitmap: files of less than 2^31 rows. `_LENGTH` in the index manifest counts magic and bitmap.
    Bits32,
    /// Bitmaps by the upper 32 bits, as in Iceberg. `_LENGTH` counts the frame as well.
    Bits64,
}

/// Positions of deleted rows in one data file, counted from 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeletionVector {
    /// Bitmaps by the upper 32 bits of the positions, ascending, none empty.
    parts: Vec<(u32, RoaringBitmap)>,
}

impl DeletionVector {
    /// The greatest number of bytes of a vector whose index manifest says `length`: what has to be read from its
    /// offset to decode it, less where the file ends.
    pub fn framed_length(length: i32) -> u64 {
        u64::try_from(length).unwrap_or(0).saturating_add(FRAME as u64)
    }

    /// Reads a vector that begins at the start of `bytes`; bytes behind it are not looked at. `length` is what the
    /// index manifest says.
    ///
    /// # Errors
    /// `Corrupt` for an unknown magic number, a size that is not as recorded, a wrong checksum or a bitmap that is
    /// none.
    pub fn decode(bytes: &[u8], length: i32) -> Result<Self> {
        let short = || Error::corrupt("a deletion vector ends too early");
        let size = bytes.first_chunk::<4>().map(|b| u32::from_be_bytes(*b)).ok_or_else(short)?;
        let payload_end = (size as usize).checked_add(4).ok_or_else(short)?;
        let magic = bytes.get(4..8).ok_or_else(short)?;
        let kind = match magic {
            m if m == MAGIC_32 => VectorKind::Bits32,
            m if m == MAGIC_64 => VectorKind::Bits64,
            _ => return Err(Error::corrupt("a deletion vector has an unknown magic number")),
        };
        if recorded_length(kind, size) != i64::from(length) {
            return Err(Error::corrupt(format!(
                "a deletion vector has size {size}, its index manifest says {length}"
            )));
        }
        let payload = bytes.get(4..payload_end).ok_or_else(short)?;
        let crc = bytes.get(payload_end..).and_then(|b| b.first_chunk::<4>()).ok_or_else(short)?;
        if crc32fast::hash(payload) != u32::from_be_bytes(*crc) {
            return Err(Error::corrupt("the checksum of a deletion vector is wrong"));
        }
        let bitmaps = payload.get(4..).ok_or_else(short)?;
        match kind {
            VectorKind::Bits32 => Self::decode_32(bitmaps),
            VectorKind::Bits64 => Self::decode_64(bitmaps),
        }
    }

    fn decode_32(mut bytes: &[u8]) -> Result<Self> {
        let bitmap = read_bitmap(&mut bytes)?;
        all_read(bytes)?;
        Ok(Self { parts: vec![(0, bitmap)] }.without_empty_parts())
    }

    fn decode_64(bytes: &[u8]) -> Result<Self> {
        let short = || Error::corrupt("a deletion vector ends too early");
        let (count, mut rest) = bytes.split_first_chunk::<8>().ok_or_else(short)?;
        let count = u64::from_le_bytes(*count);
        let mut parts: Vec<(u32, RoaringBitmap)> = Vec::new();
        for _ in 0..count {
            let (key, bitmap) = rest.split_first_chunk::<4>().ok_or_else(short)?;
            let key = u32::from_le_bytes(*key);
            if key > MAX_KEY || parts.last().is_some_and(|(last, _)| key <= *last) {
                return Err(Error::corrupt("bitmaps of a deletion vector are out of order"));
            }
            rest = bitmap;
            parts.push((key, read_bitmap(&mut rest)?));
        }
        all_read(rest)?;
        Ok(Self { parts }.without_empty_parts())
    }

    fn without_empty_parts(mut self) -> Self {
        self.parts.retain(|(_, bitmap)| !bitmap.is_empty());
        self
    }

    /// The vector as it stands in an index file.
    ///
    /// # Errors
    /// `Invalid` for positions that `kind` cannot hold; `ResourceExhausted` above 2 GiB.
    pub fn encode(&self, kind: VectorKind) -> Result<Vec<u8>> {
        let mut payload = Vec::new();
        match kind {
            VectorKind::Bits32 => {
                if self.last().is_some_and(|p| p > i32::MAX as u64) {
                    return Err(Error::invalid("rows beyond 2^31 need 64-bit deletion vectors"));
                }
                payload.extend_from_slice(&MAGIC_32);
                let bitmap = self.parts.first().map(|(_, bitmap)| bitmap.clone());
                write_runs(bitmap.unwrap_or_default(), &mut payload)?;
            }
            VectorKind::Bits64 => {
                payload.extend_from_slice(&MAGIC_64);
                // Java writes every bitmap up to the last, empty ones too.
                let count = self.parts.last().map_or(0, |(key, _)| u64::from(*key) + 1);
                if count > u64::from(MAX_KEY) {
                    return Err(Error::invalid("a position beyond what deletion vectors hold"));
                }
                payload.extend_from_slice(&count.to_le_bytes());
                let mut parts = self.parts.iter().peekable();
                for key in 0..u32::try_from(count).unwrap_or(MAX_KEY) {
                    payload.extend_from_slice(&key.to_le_bytes());
                    let part = parts.next_if(|(part, _)| *part == key);
                    let bitmap = part.map(|(_, bitmap)| bitmap.clone());
                    write_runs(bitmap.unwrap_or_default(), &mut payload)?;
                }
            }
        }
        let size = i32::try_from(payload.len())
            .ok()
            .filter(|size| *size <= i32::MAX - FRAME as i32)
            .ok_or_else(|| Error::exhausted("a deletion vector would be larger than 2 GiB"))?;
        let mut framed = Vec::with_capacity(payload.len() + FRAME);
        framed.extend_from_slice(&size.to_be_bytes());
        framed.extend_from_slice(&payload);
        framed.extend_from_slice(&crc32fast::hash(&payload).to_be_bytes());
        Ok(framed)
    }

    /// Marks a row as deleted; whether it was not before.
    pub fn insert(&mut self, position: u64) -> bool {
        let (key, low) = split(position);
        match self.parts.binary_search_by_key(&key, |(key, _)| *key) {
            Ok(at) => self.parts.get_mut(at).is_some_and(|(_, bitmap)| bitmap.insert(low)),
            Err(at) => {
                self.parts.insert(at, (key, RoaringBitmap::from_iter([low])));
                true
            }
        }
    }

    /// Whether the row is deleted.
    pub fn contains(&self, position: u64) -> bool {
        let (key, low) = split(position);
        let part = self.parts.binary_search_by_key(&key, |(key, _)| *key).ok();
        part.and_then(|at| self.parts.get(at)).is_some_and(|(_, bitmap)| bitmap.contains(low))
    }

    /// Number of deleted rows.
    pub fn cardinality(&self) -> u64 {
        self.parts.iter().map(|(_, bitmap)| bitmap.len()).sum()
    }

    /// The last deleted row.
    pub fn last(&self) -> Option<u64> {
        self.parts.last().and_then(|(key, bitmap)| Some(join(*key, bitmap.max()?)))
    }

    /// Deleted rows among `rows`, ascending.
    pub fn positions_in(&self, rows: Range<u64>) -> impl Iterator<Item = u64> + '_ {
        self.parts_in(rows).flat_map(|(base, lows)| lows.map(move |low| base + u64::from(low)))
    }

    /// Deleted rows among `rows`, as ranges that ascend and do not touch within 2^32 rows.
    pub fn deleted(&self, rows: Range<u64>) -> impl Iterator<Item = Range<u64>> + '_ {
        let end = rows.end;
        self.parts_in(rows).flat_map(move |(base, mut lows)| {
            std::iter::from_fn(move || {
                let run = lows.next_range()?;
                let from = base + u64::from(*run.start());
                let to = (base + u64::from(*run.end())).saturating_add(1);
                Some(from..to.min(end))
            })
        })
    }

    /// The bitmaps of `rows`: the row that a bitmap's 0 stands for, and what is set among the rows wanted.
    fn parts_in(&self, rows: Range<u64>) -> impl Iterator<Item = (u64, Iter<'_>)> {
        self.parts.iter().filter_map(move |(key, bitmap)| {
            let base = join(*key, 0);
            let from = rows.start.saturating_sub(base);
            let to = rows.end.saturating_sub(base).min(1 << 32);
            // Bounds within this bitmap, both inclusive.
            let from = u32::try_from(from).ok()?;
            let to = u32::try_from(to.checked_sub(1)?).ok()?;
            (from <= to).then(|| (base, bitmap.range(from..=to)))
        })
    }
}

impl FromIterator<u64> for DeletionVector {
    fn from_iter<I: IntoIterator<Item = u64>>(positions: I) -> Self {
        let mut vector = Self::default();
        for position in positions {
            vector.insert(position);
        }
        vector
    }
}

/// What the index manifest records as the length of a vector of `size` bytes.
fn recorded_length(kind: VectorKind, size: u32) -> i64 {
    match kind {
        VectorKind::Bits32 => i64::from(size),
        VectorKind::Bits64 => i64::from(size) + FRAME as i64,
    }
}

fn write_runs(mut bitmap: RoaringBitmap, out: &mut Vec<u8>) -> Result<()> {
    bitmap.optimize();
    write_bitmap(&bitmap, out)
}

fn all_read(rest: &[u8]) -> Result<()> {
    if rest.is_empty() {
        return Ok(());
    }
    Err(Error::corrupt(format!("{} bytes follow the bitmap of a deletion vector", rest.len())))
}

fn split(position: u64) -> (u32, u32) {
    ((position >> 32) as u32, position as u32)
}

fn join(key: u32, low: u32) -> u64 {
    u64::from(key) << 32 | u64::from(low)
}
