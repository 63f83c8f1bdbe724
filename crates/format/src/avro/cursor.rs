//! Avro's binary encoding. Every length is checked against the bytes that remain before anything is allocated.

use super::schema::Schema;
use rimon_spec::{Error, Result};

/// A position in the bytes of a header or block.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
    length: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, length: bytes.len() }
    }

    /// Goes on at `position` of `bytes`.
    pub(super) fn at(bytes: &'a [u8], position: usize) -> Self {
        Self { rest: bytes.get(position..).unwrap_or_default(), length: bytes.len() }
    }

    /// Bytes read so far.
    pub(super) fn position(&self) -> usize {
        self.length - self.rest.len()
    }

    pub(super) fn remaining(&self) -> usize {
        self.rest.len()
    }

    pub(super) fn corrupt(&self, message: impl Into<String>) -> Error {
        Error::corrupt(message).with("offset", self.position())
    }

    #[inline]
    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        match self.rest.split_at_checked(length) {
            Some((head, tail)) => {
                self.rest = tail;
                Ok(head)
            }
            None => {
                let left = self.rest.len();
                Err(self.corrupt(format!("{length} bytes announced where {left} remain")))
            }
        }
    }

    #[inline]
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        match self.rest.split_first_chunk::<N>() {
            Some((head, tail)) => {
                self.rest = tail;
                Ok(*head)
            }
            None => Err(self.corrupt("a value is cut off")),
        }
    }

    /// A zigzag-encoded number of at most ten bytes.
    #[inline]
    pub(super) fn long(&mut self) -> Result<i64> {
        let mut value = 0_u64;
        for (i, byte) in self.rest.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * i);
            if byte & 0x80 == 0 {
                self.rest = self.rest.get(i + 1..).unwrap_or_default();
                return Ok((value >> 1) as i64 ^ -((value & 1) as i64));
            }
        }
        Err(self.corrupt("a number is cut off or longer than ten bytes"))
    }

    #[inline]
    pub(super) fn int(&mut self) -> Result<i32> {
        let value = self.long()?;
        i32::try_from(value).map_err(|_| self.corrupt(format!("{value} is not a 32-bit number")))
    }

    #[inline]
    pub(super) fn boolean(&mut self) -> Result<bool> {
        match self.array::<1>()? {
            [0] => Ok(false),
            [1] => Ok(true),
            [other] => Err(self.corrupt(format!("{other} is not a boolean"))),
        }
    }

    #[inline]
    pub(super) fn bytes(&mut self) -> Result<&'a [u8]> {
        let length = self.long()?;
        let length = usize::try_from(length)
            .map_err(|_| self.corrupt(format!("length {length} of bytes")))?;
        self.take(length)
    }

    pub(super) fn string(&mut self) -> Result<&'a str> {
        let bytes = self.bytes()?;
        std::str::from_utf8(bytes).map_err(|e| self.corrupt("text is not UTF-8").with_source(e))
    }

    /// The number of items in the next block of an array or map, 0 at its end. Items of no bytes are not believed:
    /// each counts as one byte at least.
    pub(super) fn items(&mut self, least_size: usize) -> Result<usize> {
        let mut count = self.long()?;
        if count < 0 {
            count = count.checked_neg().unwrap_or(i64::MAX);
            self.long()?;
        }
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        if count.saturating_mul(least_size.max(1)) > self.remaining() {
            let left = self.remaining();
            return Err(self.corrupt(format!("{count} items announced in {left} bytes")));
        }
        Ok(count)
    }

    /// Reads over a value.
    pub(super) fn skip(&mut self, schema: &Schema) -> Result<()> {
        match schema {
            Schema::Null => {}
            Schema::Boolean => drop(self.take(1)?),
            Schema::Int(_) | Schema::Long(_) | Schema::Enum => drop(self.long()?),
            Schema::Float => drop(self.take(4)?),
            Schema::Double => drop(self.take(8)?),
            Schema::Bytes(_) | Schema::String => drop(self.bytes()?),
            Schema::Fixed(size, _) => drop(self.take(*size)?),
            Schema::Union(branches) => {
                let index = self.long()?;
                let branch = usize::try_from(index).ok().and_then(|i| branches.get(i));
                match branch {
                    Some(branch) => self.skip(branch)?,
                    None => return Err(self.corrupt(format!("branch {index} of a union"))),
                }
            }
            Schema::Record(fields) => {
                fields.iter().try_for_each(|field| self.skip(&field.schema))?;
            }
            Schema::Array(item) => self.skip_items(item, false)?,
            Schema::Map(value) => self.skip_items(value, true)?,
        }
        Ok(())
    }

    fn skip_items(&mut self, item: &Schema, with_key: bool) -> Result<()> {
        let size = item.least_size().saturating_add(usize::from(with_key));
        loop {
            let count = self.items(size)?;
            if count == 0 {
                return Ok(());
            }
            for _ in 0..count {
                if with_key {
                    self.bytes()?;
                }
                self.skip(item)?;
            }
        }
    }
}
