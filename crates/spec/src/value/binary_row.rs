//! Rows in Paimon's binary layout: format.md §4, `BinaryRow.java`.

use super::binary_row_writer::{
    BinaryRowWriter, header_bytes, is_compact_decimal, is_compact_timestamp,
};
use super::{Decimal, Timestamp, Value};
use crate::{DataType, Error, Result, TypeKind};
use std::sync::{Arc, LazyLock};

/// An encoded row: its number of fields and its bytes, without the frame that manifests put around it.
/// Equality and hash are over the bytes, as in Java.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BinaryRow {
    arity: u32,
    bytes: Arc<[u8]>,
}

static EMPTY: LazyLock<BinaryRow> =
    LazyLock::new(|| BinaryRow { arity: 0, bytes: Arc::from([0_u8; 8].as_slice()) });

impl std::fmt::Debug for BinaryRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BinaryRow({}:", self.arity)?;
        self.bytes.iter().try_for_each(|b| write!(f, "{b:02x}"))?;
        f.write_str(")")
    }
}

impl BinaryRow {
    /// The row without fields: 8 zero bytes.
    pub fn empty() -> Self {
        EMPTY.clone()
    }

    /// A row from its bytes, as [`BinaryRowWriter`] leaves them. [`crate::ErrorKind::Corrupt`] when they are fewer than
    /// `arity` fields need.
    pub fn from_bytes(arity: u32, bytes: impl Into<Arc<[u8]>>) -> Result<Self> {
        let bytes = bytes.into();
        // 64 bits: an absurd arity must not wrap around on a 32-bit machine.
        let needed = (u64::from(arity) + 71) / 64 * 8 + 8 * u64::from(arity);
        if (bytes.len() as u64) < needed {
            return Err(Error::corrupt(format!(
                "binary row of {arity} fields needs {needed} bytes but has {}",
                bytes.len()
            )));
        }
        Ok(Self { arity, bytes })
    }

    /// Encodes `values`; each must be null or of its type. [`crate::ErrorKind::Invalid`] otherwise.
    pub fn encode(types: &[DataType], values: &[Value]) -> Result<Self> {
        if types.len() != values.len() {
            let message = format!("{} values for {} fields", values.len(), types.len());
            return Err(Error::invalid(message));
        }
        if types.is_empty() {
            return Ok(Self::empty());
        }
        let mut writer = BinaryRowWriter::new(types.len());
        for (position, (data_type, value)) in types.iter().zip(values).enumerate() {
            writer.write_value(position, data_type, value)?;
        }
        Ok(Self { arity: types.len() as u32, bytes: Arc::from(writer.as_bytes()) })
    }

    /// The values, one a type; wrong offsets and lengths give [`crate::ErrorKind::Corrupt`], nested values that are not
    /// null [`crate::ErrorKind::Unsupported`].
    pub fn decode(&self, types: &[DataType]) -> Result<Vec<Value>> {
        if types.len() != self.arity() {
            return Err(Error::corrupt(format!(
                "binary row has {} fields where {} are expected",
                self.arity,
                types.len()
            )));
        }
        types.iter().enumerate().map(|(i, t)| self.field(i, t)).collect()
    }

    /// One value. Errors as [`Self::decode`].
    pub fn field(&self, position: usize, data_type: &DataType) -> Result<Value> {
        if position >= self.arity() {
            return Err(Error::corrupt(format!("binary row has no field {position}")));
        }
        if self.is_null(position) {
            return Ok(Value::Null);
        }
        let slot = self.array::<8>(header_bytes(self.arity()) + 8 * position)?;
        let slot = u64::from_le_bytes(slot);
        Ok(match &data_type.kind {
            TypeKind::Boolean => Value::Boolean(slot & 0xff != 0),
            TypeKind::TinyInt => Value::TinyInt(slot as i8),
            TypeKind::SmallInt => Value::SmallInt(slot as i16),
            TypeKind::Int => Value::Int(slot as i32),
            TypeKind::BigInt => Value::BigInt(slot as i64),
            TypeKind::Float => Value::Float(f32::from_bits(slot as u32)),
            TypeKind::Double => Value::Double(f64::from_bits(slot)),
            TypeKind::Date => Value::Date(slot as i32),
            TypeKind::Time { .. } => Value::Time(slot as i32),
            TypeKind::Decimal { precision, scale } => {
                let unscaled = self.decimal(slot, *precision)?;
                Value::Decimal(Decimal { unscaled, precision: *precision, scale: *scale })
            }
            TypeKind::Timestamp { precision } | TypeKind::LocalZonedTimestamp { precision } => {
                Value::Timestamp(self.timestamp(slot, *precision)?)
            }
            TypeKind::Char { .. } | TypeKind::VarChar { .. } => {
                let text = std::str::from_utf8(self.bytes_of(slot, position)?);
                let text = text.map_err(|e| Error::corrupt("string is not UTF-8").with_source(e));
                Value::String(text?.to_owned())
            }
            TypeKind::Binary { .. } | TypeKind::VarBinary { .. } => {
                Value::Bytes(self.bytes_of(slot, position)?.to_vec())
            }
            other => return Err(Error::unsupported(format!("values of type {other} in rows"))),
        })
    }

    /// The bytes of an ARRAY, MAP or ROW; `None` when it is null. Errors as [`Self::decode`].
    pub(crate) fn nested(&self, position: usize) -> Result<Option<&[u8]>> {
        if self.is_null(position) {
            return Ok(None);
        }
        let slot = self.array::<8>(header_bytes(self.arity()) + 8 * position)?;
        let slot = u64::from_le_bytes(slot);
        self.slice((slot >> 32) as usize, slot as u32 as usize).map(Some)
    }

    /// Whether a field is null; true beyond the arity.
    pub fn is_null(&self, position: usize) -> bool {
        position >= self.arity()
            || self
                .bytes
                .get((position + 8) / 8)
                .is_none_or(|byte| byte & (1 << ((position + 8) % 8)) != 0)
    }

    fn slice(&self, offset: usize, length: usize) -> Result<&[u8]> {
        let end = offset.checked_add(length);
        end.and_then(|end| self.bytes.get(offset..end)).ok_or_else(|| {
            Error::corrupt(format!(
                "binary row of {} bytes points at {length} bytes at {offset}",
                self.bytes.len()
            ))
        })
    }

    fn array<const N: usize>(&self, offset: usize) -> Result<[u8; N]> {
        let bytes = self.slice(offset, N)?;
        bytes.try_into().map_err(|_| Error::corrupt("binary row is cut off"))
    }

    fn bytes_of(&self, slot: u64, position: usize) -> Result<&[u8]> {
        let inline = (slot >> 56) as u8;
        if inline & 0x80 == 0 {
            return self.slice((slot >> 32) as usize, slot as u32 as usize);
        }
        let length = usize::from(inline & 0x7f);
        if length > 7 {
            return Err(Error::corrupt(format!("{length} bytes in a slot of 7")));
        }
        self.slice(header_bytes(self.arity()) + 8 * position, length)
    }

    fn decimal(&self, slot: u64, precision: u8) -> Result<i128> {
        if is_compact_decimal(precision) {
            return Ok(i128::from(slot as i64));
        }
        let length = slot as u32 as usize;
        if !(1..=16).contains(&length) {
            return Err(Error::corrupt(format!("decimal of {length} bytes")));
        }
        let bytes = self.slice((slot >> 32) as usize, length)?;
        let negative = bytes.first().is_some_and(|b| b & 0x80 != 0);
        let start = if negative { -1 } else { 0 };
        Ok(bytes.iter().fold(start, |n: i128, b| (n << 8) | i128::from(*b)))
    }

    fn timestamp(&self, slot: u64, precision: u8) -> Result<Timestamp> {
        if is_compact_timestamp(precision) {
            return Ok(Timestamp::from_millis(slot as i64));
        }
        let nano_of_milli = slot as u32 as i32;
        if !(0..1_000_000).contains(&nano_of_milli) {
            return Err(Error::corrupt(format!("{nano_of_milli} nanoseconds of a millisecond")));
        }
        let millis = i64::from_le_bytes(self.array((slot >> 32) as usize)?);
        Ok(Timestamp { millis, nano_of_milli })
    }

    /// Number of fields.
    pub fn arity(&self) -> usize {
        self.arity as usize
    }

    /// The bytes without the frame.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Java's `hashCode`: murmur over all bytes.
    pub fn hash_code(&self) -> i32 {
        crate::murmur::hash_bytes_by_words(&self.bytes)
    }

    /// The bytes as stored in manifests: 4 bytes of arity, big endian, then the row.
    pub fn to_framed(&self) -> Vec<u8> {
        [&self.arity.to_be_bytes()[..], &self.bytes].concat()
    }

    /// The reverse of [`Self::to_framed`].
    pub fn from_framed(bytes: &[u8]) -> Result<Self> {
        let Some((frame, row)) = bytes.split_first_chunk::<4>() else {
            return Err(Error::corrupt("binary row shorter than its frame"));
        };
        let arity = u32::from_be_bytes(*frame);
        if arity > i32::MAX as u32 {
            return Err(Error::corrupt(format!("binary row of {arity} fields")));
        }
        if arity == 0 && *row == [0; 8] {
            return Ok(Self::empty());
        }
        Self::from_bytes(arity, row)
    }
}

impl BinaryRowWriter {
    /// Any value. [`crate::ErrorKind::Invalid`] when it is not of `data_type`.
    pub fn write_value(
        &mut self,
        position: usize,
        data_type: &DataType,
        value: &Value,
    ) -> Result<()> {
        match (&data_type.kind, value) {
            (_, Value::Null) => self.write_null(position, data_type),
            (TypeKind::Boolean, Value::Boolean(v)) => self.write_bool(position, *v),
            (TypeKind::TinyInt, Value::TinyInt(v)) => self.write_i8(position, *v),
            (TypeKind::SmallInt, Value::SmallInt(v)) => self.write_i16(position, *v),
            (TypeKind::Int, Value::Int(v))
            | (TypeKind::Date, Value::Date(v))
            | (TypeKind::Time { .. }, Value::Time(v)) => self.write_i32(position, *v),
            (TypeKind::BigInt, Value::BigInt(v)) => self.write_i64(position, *v),
            (TypeKind::Float, Value::Float(v)) => self.write_f32(position, *v),
            (TypeKind::Double, Value::Double(v)) => self.write_f64(position, *v),
            (TypeKind::Decimal { precision, scale }, Value::Decimal(v)) if v.scale == *scale => {
                // More digits than the type has would not survive a compact slot.
                let fits = Decimal::new(v.unscaled, *precision, *scale);
                let fits = fits.ok_or_else(|| mismatch(data_type, value))?;
                self.write_decimal(position, fits.unscaled, *precision);
            }
            (
                TypeKind::Timestamp { precision } | TypeKind::LocalZonedTimestamp { precision },
                Value::Timestamp(v),
            ) if (0..1_000_000).contains(&v.nano_of_milli) => {
                self.write_timestamp(position, v.millis, v.nano_of_milli, *precision);
            }
            (TypeKind::Char { .. } | TypeKind::VarChar { .. }, Value::String(v)) => {
                self.write_bytes(position, v.as_bytes());
            }
            (TypeKind::Binary { .. } | TypeKind::VarBinary { .. }, Value::Bytes(v)) => {
                self.write_bytes(position, v);
            }
            _ => return Err(mismatch(data_type, value)),
        }
        Ok(())
    }
}

fn mismatch(data_type: &DataType, value: &Value) -> Error {
    Error::invalid(format!("{value:?} is not a value of type {data_type}"))
}
