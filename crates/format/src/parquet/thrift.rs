//! Thrift's compact protocol, as much as page headers need, and to look over what somebody else decodes.

use rimon_spec::{Error, Result};

/// Deepest nesting that is read over.
const DEPTH: u32 = 16;

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    /// A boolean within its field's header.
    Bool,
    Byte,
    /// i16, i32 and i64
    Int,
    Double,
    Binary,
    /// Lists and sets.
    List,
    Map,
    Struct,
}

impl Wire {
    fn of(nibble: u8) -> Result<Self> {
        Ok(match nibble {
            1 | 2 => Self::Bool,
            3 => Self::Byte,
            4..=6 => Self::Int,
            7 => Self::Double,
            8 => Self::Binary,
            9 | 10 => Self::List,
            11 => Self::Map,
            12 => Self::Struct,
            _ => return Err(Error::corrupt("a Thrift field of an unknown type")),
        })
    }
}

/// Reads the fields of one struct after the other.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    /// Id of the field before.
    last: i64,
    depth: u32,
    /// Whether there may be lists, sets and maps of booleans.
    flags: bool,
}

/// Looks over a struct before the `parquet` crate decodes it: that one takes booleans of lists that it passes over for
/// values without bytes, and counts up to 2³¹ of them. Such lists are there in field `flags` only.
///
/// # Errors
/// `Corrupt` for what is no struct, or has more values than bytes.
pub(super) fn look_over(bytes: &[u8], flags: Option<i64>) -> Result<()> {
    let mut reader = Reader::new(bytes);
    while let Some((id, wire)) = reader.field()? {
        reader.flags = flags == Some(id);
        reader.skip(wire)?;
    }
    Ok(())
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, last: 0, depth: 0, flags: false }
    }

    /// Bytes that have not been read.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Id and type of the next field of the struct; `None` at its end.
    pub(super) fn field(&mut self) -> Result<Option<(i64, Wire)>> {
        let head = self.byte()?;
        if head == 0 {
            return Ok(None);
        }
        let delta = i64::from(head >> 4);
        self.last = if delta == 0 { self.int()? } else { self.last.saturating_add(delta) };
        Ok(Some((self.last, Wire::of(head & 0x0f)?)))
    }

    /// Begins a struct within this one; what it gives is for [`Self::leave`].
    pub(super) fn enter(&mut self) -> i64 {
        std::mem::take(&mut self.last)
    }

    /// Goes on with the struct around.
    pub(super) fn leave(&mut self, outer: i64) {
        self.last = outer;
    }

    /// A zigzag-encoded number.
    pub(super) fn int(&mut self) -> Result<i64> {
        let value = self.varint()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// Reads over a value of a field.
    pub(super) fn skip(&mut self, wire: Wire) -> Result<()> {
        match wire {
            Wire::Bool => Ok(()),
            Wire::Byte => self.take(1),
            Wire::Int => self.varint().map(drop),
            Wire::Double => self.take(8),
            Wire::Binary => {
                let length = self.varint()?;
                self.take(usize::try_from(length).unwrap_or(usize::MAX))
            }
            Wire::List => self.nested(Self::skip_list),
            Wire::Map => self.nested(Self::skip_map),
            Wire::Struct => self.nested(Self::skip_struct),
        }
    }

    fn nested(&mut self, skip: fn(&mut Self) -> Result<()>) -> Result<()> {
        if self.depth >= DEPTH {
            return Err(Error::corrupt("Thrift values are nested too deeply"));
        }
        self.depth += 1;
        let done = skip(self);
        self.depth -= 1;
        done
    }

    fn skip_struct(&mut self) -> Result<()> {
        let outer = self.enter();
        while let Some((_, wire)) = self.field()? {
            self.skip(wire)?;
        }
        self.leave(outer);
        Ok(())
    }

    /// Begins a list: how many values come, and of what type.
    pub(super) fn list(&mut self) -> Result<(u64, Wire)> {
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => self.varint()?,
            short => u64::from(short),
        };
        Ok((count, Wire::of(head & 0x0f)?))
    }

    fn skip_list(&mut self) -> Result<()> {
        let (count, wire) = self.list()?;
        self.skip_items(count, wire)
    }

    fn skip_map(&mut self) -> Result<()> {
        let count = self.varint()?;
        if count == 0 {
            return Ok(());
        }
        let kinds = self.byte()?;
        let (key, value) = (Wire::of(kinds >> 4)?, Wire::of(kinds & 0x0f)?);
        for _ in 0..count {
            self.skip_items(1, key)?;
            self.skip_items(1, value)?;
        }
        Ok(())
    }

    /// Values outside of fields: booleans are a byte there, so every value has one at least.
    fn skip_items(&mut self, count: u64, wire: Wire) -> Result<()> {
        for _ in 0..count {
            match wire {
                Wire::Bool if self.flags => self.take(1)?,
                Wire::Bool => return Err(Error::corrupt("a list of booleans where none can be")),
                wire => self.skip(wire)?,
            }
        }
        Ok(())
    }

    fn varint(&mut self) -> Result<u64> {
        let mut value = 0_u64;
        for (i, byte) in self.rest.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * i);
            if byte & 0x80 == 0 {
                self.rest = self.rest.get(i + 1..).unwrap_or_default();
                return Ok(value);
            }
        }
        Err(Error::corrupt("a Thrift number is cut off or too long"))
    }

    fn byte(&mut self) -> Result<u8> {
        let (byte, rest) = self.rest.split_first().ok_or_else(cut)?;
        self.rest = rest;
        Ok(*byte)
    }

    fn take(&mut self, length: usize) -> Result<()> {
        self.rest = self.rest.get(length..).ok_or_else(cut)?;
        Ok(())
    }
}

fn cut() -> Error {
    Error::corrupt("a Thrift value is cut off")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_over() {
        // {1: i32 -1, 2: true, 3: "ab", 4: list of 2 bytes, 5: {1: i64 1}, 6: map of one byte to one, 8: double}
        let bytes = [
            0x15, 1, 0x11, 0x18, 2, b'a', b'b', 0x19, 0x23, 9, 9, 0x1c, 0x16, 2, 0, 0x1b, 1, 0x33,
            7, 7, 0x27, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xee,
        ];
        let mut reader = Reader::new(&bytes);
        let mut ids = Vec::new();
        while let Some((id, wire)) = reader.field().unwrap() {
            ids.push(id);
            reader.skip(wire).unwrap();
        }
        assert_eq!(ids, [1, 2, 3, 4, 5, 6, 8]);
        assert_eq!(reader.rest(), [0xee]);
    }

    #[test]
    fn deep_nesting_is_refused() {
        let bytes = [0x1c; 1000];
        let mut reader = Reader::new(&bytes);
        let (_, wire) = reader.field().unwrap().unwrap();
        assert!(reader.skip(wire).is_err());
    }

    #[test]
    fn values_without_bytes_are_not_counted() {
        // {1: i32 7, 9: list of 2³¹ - 1 booleans}
        let many = [0x15, 14, 0x89, 0xf1, 0xff, 0xff, 0xff, 0xff, 0x07, 0];
        assert!(look_over(&many, None).is_err());
        assert!(look_over(&many, Some(9)).is_err());
        // {1: list of two booleans}
        let flags = [0x19, 0x21, 1, 2, 0];
        assert!(look_over(&flags, None).is_err());
        assert!(look_over(&flags, Some(1)).is_ok());
        // {1: {1: map of 2³¹ - 1 times boolean to boolean}}
        let nested = [0x1c, 0x1b, 0xff, 0xff, 0xff, 0xff, 0x07, 0x11, 0, 0];
        assert!(look_over(&nested, Some(2)).is_err());
    }
}
