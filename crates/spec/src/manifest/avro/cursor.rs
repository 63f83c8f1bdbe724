//! Reads Avro's binary encoding. Every length is checked against the bytes that remain before anything is allocated.

use super::schema::Schema;
use crate::{Error, Result};

/// A position in the bytes of a block or header.
#[derive(Debug)]
pub(in crate::manifest) struct Cursor<'a> {
    bytes: &'a [u8],
    start: usize,
}

impl<'a> Cursor<'a> {
    pub(in crate::manifest) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, start: bytes.len() }
    }

    /// Bytes read so far.
    pub(in crate::manifest) fn position(&self) -> usize {
        self.start - self.bytes.len()
    }

    pub(in crate::manifest) fn remaining(&self) -> usize {
        self.bytes.len()
    }

    pub(in crate::manifest) fn is_at_end(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(in crate::manifest) fn corrupt(&self, message: impl Into<String>) -> Error {
        Error::corrupt(message).with("offset", self.position())
    }

    pub(in crate::manifest) fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        match self.bytes.split_at_checked(length) {
            Some((head, tail)) => {
                self.bytes = tail;
                Ok(head)
            }
            None => {
                Err(self
                    .corrupt(format!("{length} bytes announced where {} remain", self.bytes.len())))
            }
        }
    }

    /// A zigzag-encoded number of at most ten bytes.
    #[inline]
    pub(in crate::manifest) fn long(&mut self) -> Result<i64> {
        let mut value = 0_u64;
        for (i, byte) in self.bytes.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * i);
            if byte & 0x80 == 0 {
                self.bytes = self.bytes.get(i + 1..).unwrap_or_default();
                return Ok((value >> 1) as i64 ^ -((value & 1) as i64));
            }
        }
        Err(self.corrupt("number is cut off or longer than ten bytes"))
    }

    pub(in crate::manifest) fn int(&mut self) -> Result<i32> {
        let value = self.long()?;
        i32::try_from(value).map_err(|_| self.corrupt(format!("{value} is not a 32-bit number")))
    }

    pub(in crate::manifest) fn bytes(&mut self) -> Result<&'a [u8]> {
        let length = self.long()?;
        let length = usize::try_from(length)
            .map_err(|_| self.corrupt(format!("length {length} of bytes")))?;
        self.take(length)
    }

    pub(in crate::manifest) fn string(&mut self) -> Result<&'a str> {
        let bytes = self.bytes()?;
        std::str::from_utf8(bytes).map_err(|e| self.corrupt("string is not UTF-8").with_source(e))
    }

    /// The branch of a union that comes next.
    #[inline]
    pub(in crate::manifest) fn branch<'s>(&mut self, branches: &'s [Schema]) -> Result<&'s Schema> {
        let index = self.long()?;
        usize::try_from(index)
            .ok()
            .and_then(|i| branches.get(i))
            .ok_or_else(|| self.corrupt(format!("branch {index} of {}", branches.len())))
    }

    /// The number of items in the next block of an array or map, 0 at its end. A block of more items than could be
    /// there is refused.
    pub(in crate::manifest) fn block(&mut self, least_item_size: usize) -> Result<usize> {
        let mut count = self.long()?;
        if count < 0 {
            count = count.checked_neg().unwrap_or(i64::MAX);
            self.long()?;
        }
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        if count.saturating_mul(least_item_size) > self.remaining() {
            return Err(
                self.corrupt(format!("{count} items announced in {} bytes", self.remaining()))
            );
        }
        Ok(count)
    }

    /// Reads over a value.
    pub(in crate::manifest) fn skip(&mut self, schema: &Schema) -> Result<()> {
        match schema {
            Schema::Null => {}
            Schema::Boolean => drop(self.take(1)?),
            Schema::Int | Schema::Long | Schema::Enum => drop(self.long()?),
            Schema::Float => drop(self.take(4)?),
            Schema::Double => drop(self.take(8)?),
            Schema::Bytes | Schema::String => drop(self.bytes()?),
            Schema::Fixed(size) => drop(self.take(*size)?),
            Schema::Union(branches) => {
                let branch = self.branch(branches)?;
                self.skip(branch)?;
            }
            Schema::Record(fields) => {
                for field in fields {
                    self.skip(&field.schema)?;
                }
            }
            Schema::Array(item) => self.skip_items(item, false)?,
            Schema::Map(value) => self.skip_items(value, true)?,
        }
        Ok(())
    }

    fn skip_items(&mut self, item: &Schema, with_key: bool) -> Result<()> {
        let size = item.least_size() + usize::from(with_key);
        loop {
            let count = self.block(size)?;
            if count == 0 {
                return Ok(());
            }
            // Items without bytes need no reading, however many are announced.
            for _ in 0..if size == 0 { 0 } else { count } {
                if with_key {
                    self.bytes()?;
                }
                self.skip(item)?;
            }
        }
    }

    /// Reads one field after the other of a record, calling `read` with the slot of those the shape knows.
    #[inline]
    pub(in crate::manifest) fn record(
        &mut self,
        schema: &Schema,
        mut read: impl FnMut(usize, &mut Self, &Schema) -> Result<()>,
    ) -> Result<()> {
        let Schema::Record(fields) = schema else {
            return Err(self.corrupt("a record expected"));
        };
        for field in fields {
            match field.slot {
                Some(slot) => read(slot, self, &field.schema)?,
                None => self.skip(&field.schema)?,
            }
        }
        Ok(())
    }

    /// A value that may be null: `read` gets the schema without the union.
    #[inline]
    pub(in crate::manifest) fn optional<T>(
        &mut self,
        schema: &Schema,
        read: impl FnOnce(&mut Self, &Schema) -> Result<T>,
    ) -> Result<Option<T>> {
        let schema = match schema {
            Schema::Union(branches) => self.branch(branches)?,
            other => other,
        };
        if matches!(schema, Schema::Null) { Ok(None) } else { read(self, schema).map(Some) }
    }

    /// A value that must not be null.
    #[inline]
    pub(in crate::manifest) fn required<T>(
        &mut self,
        schema: &Schema,
        read: impl FnOnce(&mut Self, &Schema) -> Result<T>,
    ) -> Result<T> {
        match self.optional(schema, read)? {
            Some(value) => Ok(value),
            None => Err(self.corrupt("null where a value must be")),
        }
    }

    /// Items of an array.
    pub(in crate::manifest) fn array<T>(
        &mut self,
        schema: &Schema,
        mut read: impl FnMut(&mut Self, &Schema) -> Result<T>,
    ) -> Result<Vec<T>> {
        let Schema::Array(item) = schema else {
            return Err(self.corrupt("an array expected"));
        };
        let size = item.least_size().max(1);
        let mut items = Vec::new();
        loop {
            let count = self.block(size)?;
            if count == 0 {
                return Ok(items);
            }
            for _ in 0..count {
                items.push(read(self, item)?);
            }
        }
    }

    pub(in crate::manifest) fn read_long(&mut self, schema: &Schema) -> Result<i64> {
        match schema {
            Schema::Int | Schema::Long => self.long(),
            other => Err(self.corrupt(format!("a number expected, not {other:?}"))),
        }
    }

    pub(in crate::manifest) fn read_int(&mut self, schema: &Schema) -> Result<i32> {
        match schema {
            Schema::Int | Schema::Long => self.int(),
            other => Err(self.corrupt(format!("a number expected, not {other:?}"))),
        }
    }

    pub(in crate::manifest) fn read_bytes(&mut self, schema: &Schema) -> Result<&'a [u8]> {
        match schema {
            Schema::Bytes | Schema::String => self.bytes(),
            other => Err(self.corrupt(format!("bytes expected, not {other:?}"))),
        }
    }

    pub(in crate::manifest) fn read_string(&mut self, schema: &Schema) -> Result<String> {
        match schema {
            Schema::Bytes | Schema::String => self.string().map(str::to_owned),
            other => Err(self.corrupt(format!("a string expected, not {other:?}"))),
        }
    }
}
