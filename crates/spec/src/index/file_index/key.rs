//! Values as the indexes hold them.

use super::cursor::Cursor;
use crate::{DataType, Result, Timestamp, TypeKind, Value};

/// A value in an index. Values of one column compare as Java orders them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key<'a> {
    /// Everything with an order of integers; floating point by [`total_order`].
    Number(i64),
    /// UTF-8.
    Text(&'a [u8]),
}

/// How the values of a column lie in an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Big-endian integers of 1, 2, 4 or 8 bytes.
    Integer(usize),
    Float,
    Double,
    /// A length as an int and so many bytes.
    Text,
}

/// A literal turned into a key, with what that lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Literal<'a> {
    pub(super) key: Key<'a>,
    /// Values of the column were cut to their key (timestamps of more than six digits): equal keys may be of
    /// different values.
    pub(super) coarse: bool,
}

impl Layout {
    /// Of columns of this type; `None` for types without an index.
    pub(super) fn of(data_type: &DataType) -> Option<Self> {
        Some(match data_type.kind {
            TypeKind::Boolean | TypeKind::TinyInt => Self::Integer(1),
            TypeKind::SmallInt => Self::Integer(2),
            TypeKind::Int | TypeKind::Date | TypeKind::Time { .. } => Self::Integer(4),
            TypeKind::BigInt
            | TypeKind::Timestamp { .. }
            | TypeKind::LocalZonedTimestamp { .. }
            | TypeKind::Decimal { .. } => Self::Integer(8),
            TypeKind::Float => Self::Float,
            TypeKind::Double => Self::Double,
            TypeKind::Char { .. } | TypeKind::VarChar { .. } => Self::Text,
            _ => return None,
        })
    }

    pub(super) fn read<'a>(self, cursor: &mut Cursor<'a>) -> Result<Key<'a>> {
        Ok(match self {
            Self::Text => Key::Text(cursor.part()?),
            Self::Float => {
                let bytes = cursor.take(4)?;
                let bits = bytes.first_chunk().map_or(0, |b| u32::from_be_bytes(*b));
                Key::Number(total_order(f64::from(f32::from_bits(bits))))
            }
            Self::Double => Key::Number(total_order(f64::from_bits(cursor.long()? as u64))),
            Self::Integer(width) => {
                let bytes = cursor.take(width)?;
                let negative = bytes.first().is_some_and(|b| b & 0x80 != 0);
                let start = if negative { -1 } else { 0 };
                Key::Number(bytes.iter().fold(start, |n, b| n << 8 | i64::from(*b)))
            }
        })
    }
}

impl<'a> Literal<'a> {
    /// `None` when `value` is no literal for a column of `data_type`, when it has no exact key, or when engines do not
    /// agree what it equals (zeros and NaN).
    pub(super) fn of(value: &'a Value, data_type: &DataType) -> Option<Self> {
        let mut coarse = false;
        let number = match (value, &data_type.kind) {
            (Value::Boolean(v), TypeKind::Boolean) => i64::from(*v),
            (Value::TinyInt(v), TypeKind::TinyInt) => i64::from(*v),
            (Value::SmallInt(v), TypeKind::SmallInt) => i64::from(*v),
            (Value::Int(v), TypeKind::Int)
            | (Value::Date(v), TypeKind::Date)
            | (Value::Time(v), TypeKind::Time { .. }) => i64::from(*v),
            (Value::BigInt(v), TypeKind::BigInt) => *v,
            (Value::Float(v), TypeKind::Float) => plain(f64::from(*v))?,
            (Value::Double(v), TypeKind::Double) => plain(*v)?,
            (Value::Decimal(v), TypeKind::Decimal { precision, scale })
                if *precision <= 18 && v.scale == *scale =>
            {
                i64::try_from(v.unscaled).ok()?
            }
            (
                Value::Timestamp(v),
                TypeKind::Timestamp { precision } | TypeKind::LocalZonedTimestamp { precision },
            ) => {
                coarse = *precision > 6;
                timestamp(*v, *precision)?
            }
            (Value::String(v), TypeKind::Char { .. } | TypeKind::VarChar { .. }) => {
                return Some(Self { key: Key::Text(v.as_bytes()), coarse: false });
            }
            _ => return None,
        };
        Some(Self { key: Key::Number(number), coarse })
    }
}

/// Milliseconds up to three digits, else microseconds; `None` when up to six digits lose something by that.
pub(super) fn timestamp(value: Timestamp, precision: u8) -> Option<i64> {
    if precision <= 3 {
        return (value.nano_of_milli == 0).then_some(value.millis);
    }
    let exact = precision > 6 || value.nano_of_milli % 1000 == 0;
    value.to_micros().filter(|_| exact)
}

fn plain(value: f64) -> Option<i64> {
    (value != 0.0 && !value.is_nan()).then(|| total_order(value))
}

/// An integer that compares as `Double.compare` does: -0.0 before 0.0, every NaN last.
fn total_order(value: f64) -> i64 {
    if value.is_nan() {
        return i64::MAX;
    }
    let bits = value.to_bits() as i64;
    bits ^ ((bits >> 63) as u64 >> 1) as i64
}
