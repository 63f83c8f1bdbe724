//! Protocol buffers, as much of them as the footers of ORC need: fields of a message one after the other.

use rimon_spec::{Error, Result};

/// A field's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Item<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    /// 4 or 8 bytes that no message here uses.
    Fixed,
}

/// The fields of a message.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8]> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let (head, tail) = self.rest.split_at_checked(length).ok_or_else(cut)?;
        self.rest = tail;
        Ok(head)
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
        Err(cut())
    }

    fn field(&mut self) -> Result<(u64, Item<'a>)> {
        let tag = self.varint()?;
        let item = match tag & 7 {
            0 => Item::Number(self.varint()?),
            1 => self.take(8).map(|_| Item::Fixed)?,
            2 => {
                let length = self.varint()?;
                Item::Bytes(self.take(length)?)
            }
            5 => self.take(4).map(|_| Item::Fixed)?,
            _ => return Err(Error::corrupt("a footer of ORC with an unknown kind of field")),
        };
        Ok((tag >> 3, item))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Item<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

/// Repeated numbers, packed or not.
pub(super) fn numbers(item: Item<'_>, into: &mut Vec<u64>) -> Result<()> {
    match item {
        Item::Number(value) => into.push(value),
        Item::Bytes(packed) => {
            let mut fields = Fields::new(packed);
            while !fields.rest.is_empty() {
                into.push(fields.varint()?);
            }
        }
        Item::Fixed => return Err(cut()),
    }
    Ok(())
}

/// A text.
pub(super) fn text(bytes: &[u8]) -> Result<String> {
    String::from_utf8(bytes.to_vec())
        .map_err(|e| Error::corrupt("a name in an ORC footer is not UTF-8").with_source(e))
}

fn cut() -> Error {
    Error::corrupt("a footer of ORC is cut off")
}
