//! Columns in the making: values of one field, row after row, straight into arrays of the canonical Arrow type.

use super::cursor::Cursor;
use super::nested::Nested;
use super::schema::{Logical, Schema};
use crate::arrow_schema::{kind_name, time_unit, to_arrow_type};
use arrow::array::types::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, Time32MillisecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType,
};
use arrow::array::{
    ArrayRef, ArrowPrimitiveType, BinaryArray, BooleanArray, BooleanBufferBuilder,
    NullBufferBuilder, PrimitiveArray, StringArray, new_null_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType as ArrowType, TimeUnit};
use rimon_spec::{DataType, Error, Result, TypeKind};
use std::sync::Arc;

/// A column being read.
#[derive(Debug)]
pub(super) struct Column {
    /// The branch of null in a union of two; `None`: never null.
    null: Option<i64>,
    valid: NullBufferBuilder,
    values: Values,
}

#[derive(Debug)]
pub(super) enum Values {
    Null(ArrowType, usize),
    Boolean(BooleanBufferBuilder),
    TinyInt(Vec<i8>),
    SmallInt(Vec<i16>),
    Int(Vec<i32>, ArrowType),
    Long { values: Vec<i64>, scale: Scale, arrow: ArrowType },
    Float(Vec<f32>),
    Double(Vec<f64>),
    Bytes { offsets: Vec<i32>, bytes: Vec<u8>, fixed: Option<usize>, text: bool },
    Decimal { values: Vec<i128>, fixed: Option<usize>, precision: u8, arrow: ArrowType },
    Nested(Box<Nested>),
}

/// From the unit of the file to that of the column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scale {
    Times(i64),
    /// Rounded down.
    Over(i64),
}

impl Column {
    /// For a field of type `schema` in the file that is `data_type` in the table.
    ///
    /// # Errors
    /// `Unsupported` when the file stores something else under this type.
    pub(super) fn new(schema: &Schema, data_type: &DataType) -> Result<Self> {
        let (null, inner) = match schema {
            Schema::Union(branches) => match branches.as_slice() {
                [Schema::Null, inner] => (Some(0), inner),
                [inner, Schema::Null] => (Some(1), inner),
                _ => return Err(mismatch(schema, data_type)),
            },
            other => (None, other),
        };
        let values = Values::new(inner, data_type)?;
        Ok(Self { null, valid: NullBufferBuilder::new(0), values })
    }

    /// A column that the file lacks: null in every row.
    pub(super) fn missing(data_type: &DataType) -> Result<Self> {
        let values = Values::Null(to_arrow_type(data_type)?, 0);
        Ok(Self { null: None, valid: NullBufferBuilder::new(0), values })
    }

    /// Takes one value.
    #[inline]
    pub(super) fn read(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        if let Some(null) = self.null {
            let branch = cursor.long()?;
            if branch == null {
                self.push_null();
                return Ok(());
            }
            if branch != 1 - null {
                return Err(cursor.corrupt(format!("branch {branch} of a union of 2")));
            }
        }
        self.values.read(cursor)?;
        self.valid.append_non_null();
        Ok(())
    }

    pub(super) fn push_null(&mut self) {
        self.values.push_default();
        self.valid.append_null();
    }

    /// What has been read since the last call.
    ///
    /// # Errors
    /// `Corrupt` for text that is not UTF-8 and nulls where none may be.
    pub(super) fn finish(&mut self) -> Result<ArrayRef> {
        let nulls = self.valid.finish();
        self.values.finish(nulls)
    }
}

fn mismatch(schema: &Schema, data_type: &DataType) -> Error {
    Error::unsupported(format!(
        "the file stores {} where its schema says {}",
        schema.name(),
        kind_name(&data_type.kind)
    ))
}

impl Values {
    fn new(schema: &Schema, data_type: &DataType) -> Result<Self> {
        let arrow = to_arrow_type(data_type)?;
        let wrong = || mismatch(schema, data_type);
        let bytes = |fixed, text| Self::Bytes { offsets: vec![0], bytes: Vec::new(), fixed, text };
        Ok(match (&data_type.kind, schema) {
            (_, Schema::Null) => Self::Null(arrow, 0),
            (TypeKind::Boolean, Schema::Boolean) => Self::Boolean(BooleanBufferBuilder::new(0)),
            (TypeKind::TinyInt, Schema::Int(_)) => Self::TinyInt(Vec::new()),
            (TypeKind::SmallInt, Schema::Int(_)) => Self::SmallInt(Vec::new()),
            (TypeKind::Int | TypeKind::Date, Schema::Int(_))
            | (TypeKind::Time { .. }, Schema::Int(Logical::TimeMillis | Logical::None)) => {
                Self::Int(Vec::new(), arrow)
            }
            (TypeKind::BigInt, Schema::Int(_) | Schema::Long(_)) => {
                Self::Long { values: Vec::new(), scale: Scale::Times(1), arrow }
            }
            (
                TypeKind::Timestamp { precision } | TypeKind::LocalZonedTimestamp { precision },
                Schema::Long(stored),
            ) => {
                let scale = rescale(*stored, time_unit(*precision)).ok_or_else(wrong)?;
                Self::Long { values: Vec::new(), scale, arrow }
            }
            (TypeKind::Float, Schema::Float) => Self::Float(Vec::new()),
            (TypeKind::Double, Schema::Double) => Self::Double(Vec::new()),
            (
                TypeKind::Decimal { precision, scale },
                Schema::Bytes(Logical::Decimal { scale: stored })
                | Schema::Fixed(_, Logical::Decimal { scale: stored }),
            ) if *stored == i64::from(*scale) => {
                let fixed = if let Schema::Fixed(size, _) = schema { Some(*size) } else { None };
                Self::Decimal { values: Vec::new(), fixed, precision: *precision, arrow }
            }
            (
                TypeKind::Char { .. } | TypeKind::VarChar { .. },
                Schema::String | Schema::Bytes(Logical::None),
            ) => bytes(None, true),
            (
                TypeKind::Binary { .. } | TypeKind::VarBinary { .. } | TypeKind::Blob,
                Schema::String | Schema::Bytes(_),
            ) => bytes(None, false),
            (TypeKind::Binary { .. } | TypeKind::VarBinary { .. }, Schema::Fixed(size, _)) => {
                bytes(Some(*size), false)
            }
            _ => Self::Nested(Box::new(Nested::new(schema, data_type)?.ok_or_else(wrong)?)),
        })
    }

    #[inline]
    fn read(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        match self {
            Self::Null(_, rows) => *rows += 1,
            Self::Boolean(values) => values.append(cursor.boolean()?),
            Self::TinyInt(values) => values.push(narrow(cursor)?),
            Self::SmallInt(values) => values.push(narrow(cursor)?),
            Self::Int(values, _) => values.push(cursor.int()?),
            Self::Long { values, scale, .. } => {
                let value = scale.apply(cursor.long()?);
                values.push(value.ok_or_else(beyond)?);
            }
            Self::Float(values) => values.push(f32::from_le_bytes(cursor.array()?)),
            Self::Double(values) => values.push(f64::from_le_bytes(cursor.array()?)),
            Self::Bytes { offsets, bytes, fixed, .. } => {
                bytes.extend_from_slice(sized(cursor, *fixed)?);
                offsets.push(offset(bytes.len())?);
            }
            Self::Decimal { values, fixed, precision, .. } => {
                let bytes = sized(cursor, *fixed)?;
                let value = unscaled(bytes, *precision);
                values.push(value.ok_or_else(|| cursor.corrupt("a decimal out of range"))?);
            }
            Self::Nested(nested) => nested.read(cursor)?,
        }
        Ok(())
    }

    fn push_default(&mut self) {
        match self {
            Self::Null(_, rows) => *rows += 1,
            Self::Boolean(values) => values.append(false),
            Self::TinyInt(values) => values.push(0),
            Self::SmallInt(values) => values.push(0),
            Self::Int(values, _) => values.push(0),
            Self::Long { values, .. } => values.push(0),
            Self::Float(values) => values.push(0.0),
            Self::Double(values) => values.push(0.0),
            Self::Bytes { offsets, .. } => offsets.push(offsets.last().copied().unwrap_or(0)),
            Self::Decimal { values, .. } => values.push(0),
            Self::Nested(nested) => nested.push_default(),
        }
    }

    fn finish(&mut self, nulls: Option<NullBuffer>) -> Result<ArrayRef> {
        let made: Result<ArrayRef, arrow::error::ArrowError> = match self {
            Self::Null(arrow, rows) => Ok(new_null_array(arrow, std::mem::take(rows))),
            Self::Boolean(values) => Ok(Arc::new(BooleanArray::new(values.finish(), nulls))),
            Self::TinyInt(values) => Ok(primitive::<Int8Type>(values, nulls)),
            Self::SmallInt(values) => Ok(primitive::<Int16Type>(values, nulls)),
            Self::Int(values, arrow) => Ok(match arrow {
                ArrowType::Date32 => primitive::<Date32Type>(values, nulls),
                ArrowType::Time32(_) => primitive::<Time32MillisecondType>(values, nulls),
                _ => primitive::<Int32Type>(values, nulls),
            }),
            Self::Long { values, arrow, .. } => Ok(longs(values, arrow, nulls)),
            Self::Float(values) => Ok(primitive::<Float32Type>(values, nulls)),
            Self::Double(values) => Ok(primitive::<Float64Type>(values, nulls)),
            Self::Bytes { offsets, bytes, text, .. } => {
                let offsets = OffsetBuffer::new(std::mem::replace(offsets, vec![0]).into());
                let bytes = std::mem::take(bytes).into();
                if *text {
                    StringArray::try_new(offsets, bytes, nulls).map(|a| Arc::new(a) as ArrayRef)
                } else {
                    BinaryArray::try_new(offsets, bytes, nulls).map(|a| Arc::new(a) as ArrayRef)
                }
            }
            Self::Decimal { values, arrow, .. } => {
                let values = std::mem::take(values).into();
                let array = PrimitiveArray::<Decimal128Type>::try_new(values, nulls);
                array.map(|a| Arc::new(a.with_data_type(arrow.clone())) as ArrayRef)
            }
            Self::Nested(nested) => nested.finish(nulls)?,
        };
        made.map_err(|e| Error::corrupt("a column does not hold together").with_source(e))
    }
}

fn narrow<T: TryFrom<i64>>(cursor: &mut Cursor<'_>) -> Result<T> {
    let value = cursor.long()?;
    T::try_from(value).map_err(|_| cursor.corrupt(format!("{value} is too large for its column")))
}

fn beyond() -> Error {
    Error::unsupported("a timestamp beyond the range of its column's precision")
}

fn sized<'a>(cursor: &mut Cursor<'a>, fixed: Option<usize>) -> Result<&'a [u8]> {
    match fixed {
        Some(size) => cursor.take(size),
        None => cursor.bytes(),
    }
}

/// A position in the children or bytes of a column.
pub(super) fn offset(length: usize) -> Result<i32> {
    i32::try_from(length)
        .map_err(|_| Error::exhausted("more than 2 GiB or 2^31 items of a column in one batch"))
}

/// Two's complement, big endian; `None` with more digits than `precision`.
fn unscaled(bytes: &[u8], precision: u8) -> Option<i128> {
    let negative = bytes.first().is_some_and(|b| b & 0x80 != 0);
    let sign = if negative { 0xff } else { 0 };
    // Further bytes in front may only repeat the sign; 38 digits need no more than 16.
    let split = bytes.len().saturating_sub(16);
    let (front, value) = bytes.split_at_checked(split)?;
    if front.iter().any(|b| *b != sign) {
        return None;
    }
    let mut wide = [sign; 16];
    wide.get_mut(16_usize.checked_sub(value.len())?..)?.copy_from_slice(value);
    let value = i128::from_be_bytes(wide);
    let limit = 10_u128.checked_pow(u32::from(precision))?;
    (value.unsigned_abs() < limit && (value < 0) == negative).then_some(value)
}

impl Scale {
    fn apply(self, value: i64) -> Option<i64> {
        match self {
            Self::Times(1) => Some(value),
            Self::Times(factor) => value.checked_mul(factor),
            Self::Over(divisor) => Some(value.div_euclid(divisor)),
        }
    }
}

/// How the file's unit becomes that of the column; `None` for numbers without a unit.
fn rescale(stored: Logical, unit: TimeUnit) -> Option<Scale> {
    let per_second = |unit| match unit {
        TimeUnit::Second => 1_i64,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    };
    let stored = match stored {
        Logical::Millis => 1_000,
        Logical::Micros => 1_000_000,
        Logical::Nanos => 1_000_000_000,
        _ => return None,
    };
    let wanted = per_second(unit);
    Some(if wanted >= stored {
        Scale::Times(wanted / stored)
    } else {
        Scale::Over(stored / wanted)
    })
}

fn primitive<T: ArrowPrimitiveType>(
    values: &mut Vec<T::Native>,
    nulls: Option<NullBuffer>,
) -> ArrayRef {
    Arc::new(PrimitiveArray::<T>::new(std::mem::take(values).into(), nulls))
}

fn longs(values: &mut Vec<i64>, arrow: &ArrowType, nulls: Option<NullBuffer>) -> ArrayRef {
    let values = std::mem::take(values).into();
    let ArrowType::Timestamp(unit, zone) = arrow else {
        return Arc::new(PrimitiveArray::<Int64Type>::new(values, nulls));
    };
    let zone = zone.clone();
    match unit {
        TimeUnit::Nanosecond => Arc::new(
            PrimitiveArray::<TimestampNanosecondType>::new(values, nulls).with_timezone_opt(zone),
        ),
        TimeUnit::Microsecond => Arc::new(
            PrimitiveArray::<TimestampMicrosecondType>::new(values, nulls).with_timezone_opt(zone),
        ),
        _ => Arc::new(
            PrimitiveArray::<TimestampMillisecondType>::new(values, nulls).with_timezone_opt(zone),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_of_any_length() {
        assert_eq!(unscaled(&[0xff], 3), Some(-1));
        assert_eq!(unscaled(&[0x00, 0x80], 3), Some(128));
        assert_eq!(unscaled(&[], 3), Some(0));
        assert_eq!(unscaled(&[0xff; 20], 3), Some(-1));
        assert_eq!(unscaled(&[0x03, 0xe8], 3), None);
        assert_eq!(unscaled(&[0x7f; 17], 38), None);
        // The sign bit of the sixteenth byte from behind belongs to the number.
        let mut wide = [0xff_u8; 17];
        wide[1] = 0x00;
        assert_eq!(unscaled(&wide, 38), None);
    }

    #[test]
    fn units_of_time() {
        assert_eq!(rescale(Logical::Millis, TimeUnit::Microsecond), Some(Scale::Times(1_000)));
        assert_eq!(Scale::Over(1_000).apply(-1), Some(-1));
        assert_eq!(Scale::Times(1_000_000).apply(i64::MAX), None);
        assert_eq!(rescale(Logical::None, TimeUnit::Millisecond), None);
    }
}
