//! Reading the encoded value: headers, sizes, where the parts of objects and arrays are.

use super::malformed;
use rimon_spec::{Error, Result};

/// The two low bits of a value's first byte.
const BASIC_MASK: u8 = 0x3;
pub(super) const SHORT_STRING: u8 = 1;
pub(super) const OBJECT: u8 = 2;
pub(super) const ARRAY: u8 = 3;

/// The six high bits of the first byte of a value that is neither a short string, an object nor an array.
pub(super) mod primitive {
    pub(in super::super) const TRUE: u8 = 1;
    pub(in super::super) const FALSE: u8 = 2;
    pub(in super::super) const INT8: u8 = 3;
    pub(in super::super) const INT16: u8 = 4;
    pub(in super::super) const INT32: u8 = 5;
    pub(in super::super) const INT64: u8 = 6;
    pub(in super::super) const DOUBLE: u8 = 7;
    pub(in super::super) const DECIMAL4: u8 = 8;
    pub(in super::super) const DECIMAL8: u8 = 9;
    pub(in super::super) const DECIMAL16: u8 = 10;
    pub(in super::super) const DATE: u8 = 11;
    pub(in super::super) const TIMESTAMP: u8 = 12;
    pub(in super::super) const TIMESTAMP_NTZ: u8 = 13;
    pub(in super::super) const FLOAT: u8 = 14;
    pub(in super::super) const BINARY: u8 = 15;
    pub(in super::super) const STRING: u8 = 16;
    pub(in super::super) const UUID: u8 = 20;
}

/// Where the parts of an object or array are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Parts {
    /// Number of fields or elements.
    pub(super) count: usize,
    id_width: usize,
    offset_width: usize,
    ids: usize,
    offsets: usize,
    /// Where the data begins.
    pub(super) data: usize,
}

/// A value at `position` of the bytes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Object(Parts),
    Array(Parts),
    /// Anything else, of this many bytes with its header.
    Scalar(usize),
}

/// What is at `position`.
pub(super) fn kind(bytes: &[u8], position: usize) -> Result<Kind> {
    let header = *bytes.get(position).ok_or_else(|| malformed("a value beyond the end"))?;
    let info = header >> 2;
    match header & BASIC_MASK {
        OBJECT => {
            let widths = (usize::from(info >> 2 & 0x3) + 1, usize::from(info & 0x3) + 1);
            Ok(Kind::Object(parts(bytes, position, info >> 4 & 1 == 1, widths)?))
        }
        ARRAY => {
            let widths = (0, usize::from(info & 0x3) + 1);
            Ok(Kind::Array(parts(bytes, position, info >> 2 & 1 == 1, widths)?))
        }
        SHORT_STRING => Ok(Kind::Scalar(1 + usize::from(info))),
        _ => Ok(Kind::Scalar(primitive_size(bytes, position, info)?)),
    }
}

fn parts(bytes: &[u8], position: usize, large: bool, widths: (usize, usize)) -> Result<Parts> {
    let size_width = if large { 4 } else { 1 };
    let count = unsigned(bytes, position.saturating_add(1), size_width)?;
    let (id_width, offset_width) = widths;
    let ids = position.saturating_add(1 + size_width);
    let offsets = ids.saturating_add(count.saturating_mul(id_width));
    let data = offsets.saturating_add(count.saturating_add(1).saturating_mul(offset_width));
    if data > bytes.len() {
        return Err(malformed("more parts than bytes"));
    }
    Ok(Parts { count, id_width, offset_width, ids, offsets, data })
}

impl Parts {
    /// The id of the key of field `index`.
    pub(super) fn id(&self, bytes: &[u8], index: usize) -> Result<usize> {
        unsigned(bytes, self.ids + index * self.id_width, self.id_width)
    }

    /// Where the value of field or element `index` begins.
    pub(super) fn start(&self, bytes: &[u8], index: usize) -> Result<usize> {
        let offset = unsigned(bytes, self.offsets + index * self.offset_width, self.offset_width)?;
        Ok(self.data.saturating_add(offset))
    }
}

fn primitive_size(bytes: &[u8], position: usize, info: u8) -> Result<usize> {
    use primitive as p;
    Ok(match info {
        0 | p::TRUE | p::FALSE => 1,
        p::INT8 => 2,
        p::INT16 => 3,
        p::INT32 | p::DATE | p::FLOAT => 5,
        p::DECIMAL4 => 6,
        p::INT64 | p::DOUBLE | p::TIMESTAMP | p::TIMESTAMP_NTZ => 9,
        p::DECIMAL8 => 10,
        p::UUID => 17,
        p::DECIMAL16 => 18,
        p::BINARY | p::STRING => unsigned(bytes, position.saturating_add(1), 4)?.saturating_add(5),
        other => return Err(Error::unsupported(format!("a VARIANT with a value of type {other}"))),
    })
}

/// A little-endian number of `width` bytes, at most four.
pub(super) fn unsigned(bytes: &[u8], position: usize, width: usize) -> Result<usize> {
    let end = position.saturating_add(width);
    let found = bytes.get(position..end).ok_or_else(|| malformed("it ends too early"))?;
    Ok(found.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte)))
}
