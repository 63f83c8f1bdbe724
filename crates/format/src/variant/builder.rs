//! Writing a variant, byte for byte as `GenericVariantBuilder.java` does: readers compare bytes.

use super::dictionary::Dictionary;
use super::encoded::{ARRAY, Kind, OBJECT, SHORT_STRING, kind, primitive as p};
use super::malformed;
use rimon_spec::{Error, Result};
use std::collections::HashMap;

/// Longest string whose length is in the header.
const MAX_SHORT_STRING: usize = 0x3f;
/// Greatest value and greatest metadata (`GenericVariantUtil.SIZE_LIMIT`).
const SIZE_LIMIT: usize = 128 << 20;
/// Objects and arrays in one another.
const MAX_DEPTH: usize = 256;

/// A field of an object in progress.
#[derive(Debug)]
pub(super) struct Entry {
    key: String,
    id: usize,
    offset: usize,
}

/// A value and its dictionary in progress.
#[derive(Debug, Default)]
pub(super) struct Builder {
    value: Vec<u8>,
    ids: HashMap<String, usize>,
    keys: Vec<String>,
}

impl Builder {
    /// Value and metadata; the builder is empty again.
    pub(super) fn finish(&mut self) -> Result<(Vec<u8>, Vec<u8>)> {
        let strings: usize = self.keys.iter().map(String::len).sum();
        let width = width(strings.max(self.keys.len()));
        let mut metadata = vec![1 | header_bits(width) << 6];
        put(&mut metadata, self.keys.len(), width);
        let mut offset = 0;
        for key in &self.keys {
            put(&mut metadata, offset, width);
            offset += key.len();
        }
        put(&mut metadata, offset, width);
        self.keys.iter().for_each(|key| metadata.extend_from_slice(key.as_bytes()));
        self.ids.clear();
        self.keys.clear();
        let value = std::mem::take(&mut self.value);
        limit(metadata.len())?;
        limit(value.len())?;
        Ok((value, metadata))
    }

    /// Where the next value will begin.
    pub(super) fn position(&self) -> usize {
        self.value.len()
    }

    /// The entry of a field whose value comes next, in an object that began at `start`.
    pub(super) fn field(&mut self, key: &str, start: usize) -> Entry {
        let id = match self.ids.get(key) {
            Some(id) => *id,
            None => {
                let id = self.keys.len();
                self.ids.insert(key.to_owned(), id);
                self.keys.push(key.to_owned());
                id
            }
        };
        Entry { key: key.to_owned(), id, offset: self.value.len() - start }
    }

    /// A value without length: `info` is its type, `bytes` its content.
    pub(super) fn scalar(&mut self, info: u8, bytes: &[u8]) {
        self.value.push(info << 2);
        self.value.extend_from_slice(bytes);
    }

    pub(super) fn boolean(&mut self, value: bool) {
        self.scalar(if value { p::TRUE } else { p::FALSE }, &[]);
    }

    /// An integer in as few bytes as hold it.
    pub(super) fn integer(&mut self, value: i64) {
        if let Ok(value) = i8::try_from(value) {
            self.scalar(p::INT8, &value.to_le_bytes());
        } else if let Ok(value) = i16::try_from(value) {
            self.scalar(p::INT16, &value.to_le_bytes());
        } else if let Ok(value) = i32::try_from(value) {
            self.scalar(p::INT32, &value.to_le_bytes());
        } else {
            self.scalar(p::INT64, &value.to_le_bytes());
        }
    }

    /// A decimal in as few bytes as hold its digits and its scale.
    pub(super) fn decimal(&mut self, unscaled: i128, scale: u8) {
        let fits = |digits: u32| {
            u32::from(scale) <= digits && unscaled.unsigned_abs() < 10_u128.pow(digits)
        };
        let number = unscaled.to_le_bytes();
        let (info, width) = if fits(9) {
            (p::DECIMAL4, 4)
        } else if fits(18) {
            (p::DECIMAL8, 8)
        } else {
            (p::DECIMAL16, 16)
        };
        self.scalar(info, &[scale]);
        self.value.extend(number.iter().take(width));
    }

    pub(super) fn string(&mut self, text: &str) {
        match u8::try_from(text.len()) {
            Ok(length) if text.len() <= MAX_SHORT_STRING => {
                self.value.push(length << 2 | SHORT_STRING);
                self.value.extend_from_slice(text.as_bytes());
            }
            _ => self.long(p::STRING, text.as_bytes()),
        }
    }

    /// Bytes after their length.
    pub(super) fn long(&mut self, info: u8, bytes: &[u8]) {
        self.value.push(info << 2);
        put(&mut self.value, bytes.len(), 4);
        self.value.extend_from_slice(bytes);
    }

    /// Closes the object that began at `start`, all of whose values are written.
    pub(super) fn object(&mut self, start: usize, mut fields: Vec<Entry>) -> Result<()> {
        fields.sort_by(|a, b| a.key.cmp(&b.key));
        let mut pairs = fields.iter().zip(fields.iter().skip(1));
        if pairs.any(|(a, b)| a.key == b.key) {
            return Err(malformed("a key twice in an object"));
        }
        let id_width = width(fields.iter().map(|f| f.id).max().unwrap_or(0));
        let size = self.value.len() - start;
        let offset_width = width(size);
        let large = fields.len() > usize::from(u8::MAX);
        let mut header = vec![
            u8::from(large) << 6
                | header_bits(id_width) << 4
                | header_bits(offset_width) << 2
                | OBJECT,
        ];
        put(&mut header, fields.len(), if large { 4 } else { 1 });
        fields.iter().for_each(|f| put(&mut header, f.id, id_width));
        fields.iter().for_each(|f| put(&mut header, f.offset, offset_width));
        put(&mut header, size, offset_width);
        self.insert(start, header)
    }

    /// Closes the array that began at `start`, whose elements began at `offsets` from there.
    pub(super) fn array(&mut self, start: usize, offsets: &[usize]) -> Result<()> {
        let size = self.value.len() - start;
        let width = width(size);
        let large = offsets.len() > usize::from(u8::MAX);
        let mut header = vec![u8::from(large) << 4 | header_bits(width) << 2 | ARRAY];
        put(&mut header, offsets.len(), if large { 4 } else { 1 });
        offsets.iter().for_each(|offset| put(&mut header, *offset, width));
        put(&mut header, size, width);
        self.insert(start, header)
    }

    fn insert(&mut self, start: usize, header: Vec<u8>) -> Result<()> {
        limit(self.value.len() + header.len())?;
        self.value.splice(start..start, header);
        Ok(())
    }

    /// Copies the value at `position` of `bytes`; its keys, of `dictionary`, get new ids.
    pub(super) fn append(
        &mut self,
        bytes: &[u8],
        dictionary: Dictionary<'_>,
        position: usize,
    ) -> Result<()> {
        let mut budget = bytes.len();
        self.copy(bytes, dictionary, position, &mut budget, 0)
    }

    /// `budget` is how many bytes may still be taken: values that share bytes are not well-formed, and could grow
    /// without end here.
    fn copy(
        &mut self,
        bytes: &[u8],
        dictionary: Dictionary<'_>,
        position: usize,
        budget: &mut usize,
        depth: usize,
    ) -> Result<()> {
        if depth > MAX_DEPTH {
            return Err(Error::exhausted(format!("a VARIANT nested deeper than {MAX_DEPTH}")));
        }
        let start = self.value.len();
        let found = kind(bytes, position)?;
        let taken = match found {
            Kind::Object(parts) | Kind::Array(parts) => parts.data - position,
            Kind::Scalar(size) => size,
        };
        *budget = budget.checked_sub(taken).ok_or_else(|| malformed("values share bytes"))?;
        match found {
            Kind::Object(parts) => {
                let mut fields = Vec::with_capacity(parts.count);
                for index in 0..parts.count {
                    let key = dictionary.key(parts.id(bytes, index)?)?;
                    fields.push(self.field(key, start));
                    let at = parts.start(bytes, index)?;
                    self.copy(bytes, dictionary, at, budget, depth + 1)?;
                }
                self.object(start, fields)
            }
            Kind::Array(parts) => {
                let mut offsets = Vec::with_capacity(parts.count);
                for index in 0..parts.count {
                    offsets.push(self.value.len() - start);
                    let at = parts.start(bytes, index)?;
                    self.copy(bytes, dictionary, at, budget, depth + 1)?;
                }
                self.array(start, &offsets)
            }
            Kind::Scalar(size) => {
                let end = position.saturating_add(size);
                let scalar = bytes.get(position..end);
                let scalar = scalar.ok_or_else(|| malformed("a value beyond the end"))?;
                self.value.extend_from_slice(scalar);
                Ok(())
            }
        }
    }
}

/// Bytes of an unsigned number, 1 to 4.
fn width(number: usize) -> usize {
    match number {
        0..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xff_ffff => 3,
        _ => 4,
    }
}

/// A width as two bits of a header.
fn header_bits(width: usize) -> u8 {
    u8::try_from(width.saturating_sub(1)).unwrap_or(3)
}

fn put(out: &mut Vec<u8>, number: usize, width: usize) {
    out.extend(number.to_le_bytes().iter().take(width));
}

fn limit(size: usize) -> Result<()> {
    if size <= SIZE_LIMIT {
        return Ok(());
    }
    Err(Error::exhausted(format!("a VARIANT of {size} bytes; at most {SIZE_LIMIT}")))
}
