//! Big-endian values from bytes that are not trusted.

use crate::{Error, Result};

/// Reads values one after the other; everything read is within the bytes given.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What has not been read.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(short)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or_else(short)?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8> {
        self.array::<1>().map(|[b]| b)
    }

    pub(super) fn int(&mut self) -> Result<i32> {
        self.array().map(i32::from_be_bytes)
    }

    pub(super) fn long(&mut self) -> Result<i64> {
        self.array().map(i64::from_be_bytes)
    }

    /// A length or count: an int that is not negative.
    pub(super) fn length(&mut self) -> Result<usize> {
        let length = self.int()?;
        usize::try_from(length)
            .map_err(|_| Error::corrupt(format!("a file index has the length {length}")))
    }

    /// Bytes with their length as an int before them.
    pub(super) fn part(&mut self) -> Result<&'a [u8]> {
        let length = self.length()?;
        self.take(length)
    }

    /// A string of `DataOutput.writeUTF`: UTF-16 units of one to three bytes each.
    pub(super) fn java_utf(&mut self) -> Result<String> {
        let length = u16::from_be_bytes(self.array()?);
        let mut bytes = self.take(usize::from(length))?.iter().map(|b| u16::from(*b));
        let mut units = Vec::new();
        let wrong = || Error::corrupt("a file index has a malformed name");
        while let Some(first) = bytes.next() {
            let mut more = || bytes.next().map(|b| b & 0x3f).ok_or_else(wrong);
            units.push(match first {
                0..0x80 => first,
                0xc0..0xe0 => (first & 0x1f) << 6 | more()?,
                0xe0..0xf0 => (first & 0xf) << 12 | more()? << 6 | more()?,
                _ => return Err(wrong()),
            });
        }
        String::from_utf16(&units).map_err(|_| wrong())
    }
}

fn short() -> Error {
    Error::corrupt("a file index ends too early")
}
