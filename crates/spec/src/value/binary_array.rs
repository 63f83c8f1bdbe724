//! Arrays in Paimon's binary layout: format.md §4, `BinaryArray.java`.

use crate::{Error, Result};

/// An encoded array of elements of 4 or 8 bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BinaryArray<'a> {
    bytes: &'a [u8],
    len: usize,
}

/// Bytes before the elements: the size and one null bit an element, in words of 4 bytes.
fn header_bytes(len: usize) -> usize {
    4 + len.div_ceil(32) * 4
}

impl<'a> BinaryArray<'a> {
    /// An array whose elements have `width` bytes. [`crate::ErrorKind::Corrupt`] when they are not all there.
    pub(crate) fn new(bytes: &'a [u8], width: usize) -> Result<Self> {
        let cut = || Error::corrupt(format!("binary array of {} bytes is cut off", bytes.len()));
        let size = bytes.first_chunk::<4>().ok_or_else(cut)?;
        let len = u32::from_le_bytes(*size) as usize;
        // An element has a bit in the header at least: this cannot overflow once it holds.
        if len > bytes.len().saturating_mul(8) || header_bytes(len) + len * width > bytes.len() {
            return Err(cut());
        }
        Ok(Self { bytes, len })
    }

    /// Number of elements.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_null(&self, i: usize) -> bool {
        i >= self.len || self.bytes.get(4 + i / 8).is_none_or(|byte| byte & (1 << (i % 8)) != 0)
    }

    fn slice(&self, offset: usize, length: usize) -> Result<&'a [u8]> {
        let end = offset.checked_add(length);
        end.and_then(|end| self.bytes.get(offset..end)).ok_or_else(|| {
            Error::corrupt(format!(
                "binary array of {} bytes points at {length} bytes at {offset}",
                self.bytes.len()
            ))
        })
    }

    fn element<const N: usize>(&self, i: usize) -> Result<[u8; N]> {
        let bytes = self.slice(header_bytes(self.len) + N * i, N)?;
        bytes.try_into().map_err(|_| Error::corrupt("binary array is cut off"))
    }

    /// An element of type INT.
    pub(crate) fn i32(&self, i: usize) -> Result<i32> {
        self.element(i).map(i32::from_le_bytes)
    }

    /// An element of type BIGINT.
    pub(crate) fn i64(&self, i: usize) -> Result<i64> {
        self.element(i).map(i64::from_le_bytes)
    }

    /// An element of a type of characters or bytes.
    pub(crate) fn bytes(&self, i: usize) -> Result<&'a [u8]> {
        let slot = u64::from_le_bytes(self.element(i)?);
        let inline = (slot >> 56) as u8;
        if inline & 0x80 == 0 {
            return self.nested(i);
        }
        let length = usize::from(inline & 0x7f);
        if length > 7 {
            return Err(Error::corrupt(format!("{length} bytes in a slot of 7")));
        }
        self.slice(header_bytes(self.len) + 8 * i, length)
    }

    /// An element of a nested type.
    pub(crate) fn nested(&self, i: usize) -> Result<&'a [u8]> {
        let slot = u64::from_le_bytes(self.element(i)?);
        self.slice((slot >> 32) as usize, slot as u32 as usize)
    }
}

/// Encodes an array, element by element.
#[derive(Debug)]
pub(crate) struct ArrayWriter {
    bytes: Vec<u8>,
    elements: usize,
}

impl ArrayWriter {
    /// For `len` elements of `width` bytes.
    pub(crate) fn new(len: usize, width: usize) -> Self {
        let elements = header_bytes(len);
        let mut bytes = vec![0; (elements + len * width).next_multiple_of(8)];
        for (to, from) in bytes.iter_mut().zip((len as u32).to_le_bytes()) {
            *to = from;
        }
        Self { bytes, elements }
    }

    fn put(&mut self, at: usize, value: &[u8]) {
        if let Some(target) = self.bytes.get_mut(at..at + value.len()) {
            target.copy_from_slice(value);
        }
    }

    pub(crate) fn null(&mut self, i: usize) {
        if let Some(byte) = self.bytes.get_mut(4 + i / 8) {
            *byte |= 1 << (i % 8);
        }
    }

    /// An element of type INT.
    pub(crate) fn i32(&mut self, i: usize, value: i32) {
        self.put(self.elements + 4 * i, &value.to_le_bytes());
    }

    /// An element of type BIGINT.
    pub(crate) fn i64(&mut self, i: usize, value: i64) {
        self.put(self.elements + 8 * i, &value.to_le_bytes());
    }

    /// An element of a type of characters or bytes: at most 7 in the slot, more behind the elements.
    pub(crate) fn bytes(&mut self, i: usize, value: &[u8]) {
        if value.len() > 7 {
            return self.nested(i, value);
        }
        self.put(self.elements + 8 * i, value);
        self.put(self.elements + 8 * i + 7, &[0x80 | value.len() as u8]);
    }

    /// An element of a nested type.
    pub(crate) fn nested(&mut self, i: usize, value: &[u8]) {
        let slot = ((self.bytes.len() as u64) << 32) | value.len() as u64;
        self.bytes.extend_from_slice(value);
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        self.put(self.elements + 8 * i, &slot.to_le_bytes());
    }

    /// The encoded array.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}
