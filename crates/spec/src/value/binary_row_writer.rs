//! Writes [`super::BinaryRow`]s field by field, for many rows in one buffer: `BinaryRowWriter.java`.

use crate::{DataType, TypeKind};

/// Whether a DECIMAL of this precision is a `long` in its slot.
pub const fn is_compact_decimal(precision: u8) -> bool {
    precision <= 18
}

/// Whether a TIMESTAMP of this precision is a `long` in its slot.
pub const fn is_compact_timestamp(precision: u8) -> bool {
    precision <= 3
}

/// Bytes of the header: the row kind and one null bit a field, in words of 8 bytes.
pub(crate) const fn header_bytes(arity: usize) -> usize {
    (arity + 63 + 8) / 64 * 8
}

/// Reusable writer of rows of one arity. Fields must be written in order, each once: the variable part has the order of
/// writing, and Java compares bytes. Positions beyond the arity are ignored.
#[derive(Debug, Clone)]
pub struct BinaryRowWriter {
    arity: usize,
    header: usize,
    bytes: Vec<u8>,
}

impl BinaryRowWriter {
    /// For rows of `arity` fields; starts with a row of zeros.
    pub fn new(arity: usize) -> Self {
        let header = header_bytes(arity);
        let mut writer = Self { arity, header, bytes: Vec::with_capacity(header + 16 * arity) };
        writer.reset();
        writer
    }

    /// Starts the next row.
    pub fn reset(&mut self) {
        self.bytes.clear();
        self.bytes.resize(self.header + 8 * self.arity, 0);
    }

    /// The bytes of the row written.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Java's hash code of the row written.
    pub fn hash_code(&self) -> i32 {
        crate::murmur::hash_bytes_by_words(&self.bytes)
    }

    fn slot(&mut self, position: usize) -> Option<&mut [u8]> {
        let start = self.header + 8 * position;
        if position < self.arity { self.bytes.get_mut(start..start + 8) } else { None }
    }

    fn put<const N: usize>(&mut self, position: usize, bytes: [u8; N]) {
        if let Some(target) = self.slot(position).and_then(|s| s.get_mut(..N)) {
            target.copy_from_slice(&bytes);
        }
    }

    fn null_bit(&mut self, position: usize) {
        if position < self.arity
            && let Some(byte) = self.bytes.get_mut((position + 8) / 8)
        {
            *byte |= 1 << ((position + 8) % 8);
        }
    }

    /// Null of `data_type`. DECIMAL and TIMESTAMP beyond the compact precisions reserve their variable part, as in Java.
    pub fn write_null(&mut self, position: usize, data_type: &DataType) {
        self.null_bit(position);
        match data_type.kind {
            TypeKind::Decimal { precision, .. } if !is_compact_decimal(precision) => {
                self.reserve(position, 0, &[0; 16]);
            }
            TypeKind::Timestamp { precision } | TypeKind::LocalZonedTimestamp { precision }
                if !is_compact_timestamp(precision) =>
            {
                self.reserve(position, 0, &[0; 8]);
            }
            _ => self.put(position, [0; 8]),
        }
    }

    /// Puts `(offset << 32) | low` into the slot and `bytes` into the variable part.
    fn reserve(&mut self, position: usize, low: u32, bytes: &[u8]) {
        let offset = self.bytes.len() as u64;
        self.bytes.extend_from_slice(bytes);
        let padding = self.bytes.len().next_multiple_of(8) - self.bytes.len();
        self.bytes.extend(std::iter::repeat_n(0, padding));
        self.put(position, ((offset << 32) | u64::from(low)).to_le_bytes());
    }

    /// BOOLEAN.
    pub fn write_bool(&mut self, position: usize, value: bool) {
        self.put(position, [u8::from(value)]);
    }

    /// TINYINT.
    pub fn write_i8(&mut self, position: usize, value: i8) {
        self.put(position, value.to_le_bytes());
    }

    /// SMALLINT.
    pub fn write_i16(&mut self, position: usize, value: i16) {
        self.put(position, value.to_le_bytes());
    }

    /// INT, DATE and TIME.
    pub fn write_i32(&mut self, position: usize, value: i32) {
        self.put(position, value.to_le_bytes());
    }

    /// BIGINT.
    pub fn write_i64(&mut self, position: usize, value: i64) {
        self.put(position, value.to_le_bytes());
    }

    /// FLOAT.
    pub fn write_f32(&mut self, position: usize, value: f32) {
        self.put(position, value.to_le_bytes());
    }

    /// DOUBLE.
    pub fn write_f64(&mut self, position: usize, value: f64) {
        self.put(position, value.to_le_bytes());
    }

    /// CHAR, VARCHAR, BINARY and VARBINARY: at most 7 bytes in the slot, more in the variable part.
    pub fn write_bytes(&mut self, position: usize, value: &[u8]) {
        if value.len() <= 7 {
            let mut slot = [0_u8; 8];
            for (to, from) in slot.iter_mut().zip(value) {
                *to = *from;
            }
            slot[7] = 0x80 | value.len() as u8;
            self.put(position, slot);
        } else {
            self.reserve(position, value.len() as u32, value);
        }
    }

    /// ARRAY, MAP and ROW, encoded: always in the variable part.
    pub(crate) fn write_nested(&mut self, position: usize, value: &[u8]) {
        self.reserve(position, value.len() as u32, value);
    }

    /// DECIMAL of `precision`.
    pub fn write_decimal(&mut self, position: usize, unscaled: i128, precision: u8) {
        if is_compact_decimal(precision) {
            return self.write_i64(position, unscaled as i64);
        }
        // BigInteger.toByteArray: the fewest bytes that keep the sign.
        let wide = unscaled.to_be_bytes();
        let sign_bits =
            if unscaled < 0 { unscaled.leading_ones() } else { unscaled.leading_zeros() };
        let length = (128 - sign_bits) as usize / 8 + 1;
        let mut field = [0_u8; 16];
        for (to, from) in field.iter_mut().zip(wide.iter().skip(16 - length)) {
            *to = *from;
        }
        self.reserve(position, length as u32, &field);
    }

    /// TIMESTAMP of `precision` of either kind.
    pub fn write_timestamp(
        &mut self,
        position: usize,
        millis: i64,
        nano_of_milli: i32,
        precision: u8,
    ) {
        if is_compact_timestamp(precision) {
            self.write_i64(position, millis);
        } else {
            self.reserve(position, nano_of_milli as u32, &millis.to_le_bytes());
        }
    }
}
