//! Columns of a stripe, a number of rows at a time, as arrays of the canonical Arrow type.

use super::chunks::Stream;
use super::decimal::Decimals;
use super::integers::{Booleans, ByteRuns, Integers};
use super::nested::Nested;
use super::strings::Strings;
use super::stripe::{DATA, LENGTH, Streams};
use super::tail::{Kind, Tail};
use super::timestamp::Timestamps;
use crate::arrow_schema::{kind_name, to_arrow_type};
use arrow::array::types::{
    Date32Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    Time32MillisecondType,
};
use arrow::array::{
    ArrayRef, ArrowPrimitiveType, BooleanArray, NullBufferBuilder, PrimitiveArray, new_null_array,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::DataType as ArrowType;
use rimon_spec::{DataType, Error, Result, TypeKind};
use std::sync::Arc;

/// Null arrays in the place of columns that the file lacks are not made longer: their length is a word of the file.
const MAX_MISSING: usize = 64 << 20;

/// A column being read.
#[derive(Debug)]
pub(super) struct Column {
    present: Option<Booleans>,
    values: Values,
}

#[derive(Debug)]
enum Values {
    Missing(ArrowType),
    Boolean(Booleans),
    Byte(ByteRuns),
    Integers(Integers, ArrowType),
    Float(Stream),
    Double(Stream),
    Strings(Strings),
    Decimals(Decimals),
    Timestamps(Timestamps),
    Nested(Box<Nested>),
}

impl Column {
    /// For the file's column `index`, which is `data_type` in the table.
    ///
    /// # Errors
    /// `Unsupported` when the file stores something else under this type.
    pub(super) fn new(
        tail: &Tail,
        streams: &Streams,
        index: usize,
        data_type: &DataType,
    ) -> Result<Self> {
        let present = streams.present(index).map(Booleans::new);
        Ok(Self { present, values: Values::new(tail, streams, index, data_type)? })
    }

    /// A column that the file lacks.
    pub(super) fn missing(data_type: &DataType) -> Result<Self> {
        Ok(Self { present: None, values: Values::Missing(to_arrow_type(data_type)?) })
    }

    /// The next `rows` values; there are none, not even nulls, where `parent` is null.
    pub(super) fn next(&mut self, rows: usize, parent: Option<&NullBuffer>) -> Result<ArrayRef> {
        let nulls = match &mut self.present {
            Some(present) => present_of(present, rows, parent)?,
            None => parent.cloned(),
        };
        self.values.next(rows, nulls)
    }
}

fn present_of(
    present: &mut Booleans,
    rows: usize,
    parent: Option<&NullBuffer>,
) -> Result<Option<NullBuffer>> {
    let mut nulls = NullBufferBuilder::new(0);
    for row in 0..rows {
        let here = parent.is_none_or(|p| p.is_valid(row)) && present.bit()?;
        nulls.append(here);
    }
    Ok(nulls.finish())
}

/// Rows that have a value.
pub(super) fn values_of(rows: usize, nulls: Option<&NullBuffer>) -> usize {
    rows - nulls.map_or(0, NullBuffer::null_count)
}

/// Values with gaps at the nulls.
pub(super) fn spread<T: Copy + Default>(values: Vec<T>, nulls: Option<&NullBuffer>) -> Vec<T> {
    let Some(nulls) = nulls else { return values };
    let mut values = values.into_iter();
    let one = |valid: bool| if valid { values.next().unwrap_or_default() } else { T::default() };
    nulls.iter().map(one).collect()
}

impl Values {
    fn new(tail: &Tail, streams: &Streams, index: usize, data_type: &DataType) -> Result<Self> {
        let arrow = to_arrow_type(data_type)?;
        let stored = tail.types.get(index);
        let stored = stored.ok_or_else(|| Error::corrupt("a column that is not in the schema"))?;
        let second = streams.encoding(index).second;
        let data = || streams.stream(index, DATA);
        let integers = |arrow| Self::Integers(Integers::new(data(), second, true), arrow);
        let text = matches!(data_type.kind, TypeKind::Char { .. } | TypeKind::VarChar { .. });
        Ok(match (&data_type.kind, stored.kind) {
            (TypeKind::Boolean, Kind::Boolean) => Self::Boolean(Booleans::new(data())),
            (TypeKind::TinyInt, Kind::Byte) => Self::Byte(ByteRuns::new(data())),
            (TypeKind::SmallInt, Kind::Short)
            | (TypeKind::Int | TypeKind::Time { .. }, Kind::Short | Kind::Int)
            | (TypeKind::BigInt, Kind::Short | Kind::Int | Kind::Long)
            | (TypeKind::Date, Kind::Date) => integers(arrow),
            (TypeKind::Float, Kind::Float) => Self::Float(data()),
            (TypeKind::Double, Kind::Double) => Self::Double(data()),
            (TypeKind::Decimal { precision, scale }, Kind::Decimal) => {
                Self::Decimals(Decimals::new(streams, index, *precision, *scale, arrow))
            }
            (
                TypeKind::Char { .. } | TypeKind::VarChar { .. },
                Kind::String | Kind::Varchar | Kind::Char,
            )
            | (
                TypeKind::Binary { .. } | TypeKind::VarBinary { .. } | TypeKind::Blob,
                Kind::Binary | Kind::String,
            ) => Self::Strings(Strings::new(streams, index, text, stored.kind == Kind::Char)?),
            (
                TypeKind::Timestamp { .. } | TypeKind::LocalZonedTimestamp { .. },
                Kind::Timestamp | Kind::Instant,
            ) => Self::Timestamps(Timestamps::new(streams, index, stored.kind, arrow)?),
            _ => match Nested::new(tail, streams, index, data_type)? {
                Some(nested) => Self::Nested(Box::new(nested)),
                None => {
                    return Err(Error::unsupported(format!(
                        "the file stores {:?} where its schema says {}",
                        stored.kind,
                        kind_name(&data_type.kind)
                    )));
                }
            },
        })
    }

    fn next(&mut self, rows: usize, nulls: Option<NullBuffer>) -> Result<ArrayRef> {
        let count = values_of(rows, nulls.as_ref());
        Ok(match self {
            Self::Missing(_) if rows > MAX_MISSING => {
                return Err(Error::exhausted("more values than a batch may have"));
            }
            Self::Missing(arrow) => new_null_array(arrow, rows),
            Self::Boolean(bits) => {
                let values = collect(count, || bits.bit())?;
                let values = spread(values, nulls.as_ref());
                Arc::new(BooleanArray::new(values.into(), nulls))
            }
            Self::Byte(bytes) => {
                let values = collect(count, || Ok(bytes.byte()? as i8))?;
                primitive::<Int8Type>(values, nulls)
            }
            Self::Integers(integers, arrow) => number(integers.take(count)?, arrow, nulls)?,
            Self::Float(stream) => {
                let values = collect(count, || Ok(f32::from_le_bytes(stream.array()?)))?;
                primitive::<Float32Type>(values, nulls)
            }
            Self::Double(stream) => {
                let values = collect(count, || Ok(f64::from_le_bytes(stream.array()?)))?;
                primitive::<Float64Type>(values, nulls)
            }
            Self::Strings(strings) => strings.next(rows, nulls)?,
            Self::Decimals(decimals) => decimals.next(count, nulls)?,
            Self::Timestamps(timestamps) => timestamps.next(count, nulls)?,
            Self::Nested(nested) => nested.next(rows, nulls)?,
        })
    }
}

/// Grows with what has been read, not with the number announced.
fn collect<T>(count: usize, mut next: impl FnMut() -> Result<T>) -> Result<Vec<T>> {
    let mut values = Vec::with_capacity(count.min(1 << 16));
    for _ in 0..count {
        values.push(next()?);
    }
    Ok(values)
}

pub(super) fn primitive<T: ArrowPrimitiveType>(
    values: Vec<T::Native>,
    nulls: Option<NullBuffer>,
) -> ArrayRef {
    let values = spread(values, nulls.as_ref());
    Arc::new(PrimitiveArray::<T>::new(values.into(), nulls))
}

fn number(values: Vec<i64>, arrow: &ArrowType, nulls: Option<NullBuffer>) -> Result<ArrayRef> {
    Ok(match arrow {
        ArrowType::Int16 => primitive::<Int16Type>(narrow(values)?, nulls),
        ArrowType::Int32 => primitive::<Int32Type>(narrow(values)?, nulls),
        ArrowType::Date32 => primitive::<Date32Type>(narrow(values)?, nulls),
        ArrowType::Time32(_) => primitive::<Time32MillisecondType>(narrow(values)?, nulls),
        _ => primitive::<Int64Type>(values, nulls),
    })
}

fn narrow<T: TryFrom<i64>>(values: Vec<i64>) -> Result<Vec<T>> {
    let one = |value: i64| {
        T::try_from(value)
            .map_err(|_| Error::corrupt(format!("{value} is too large for its column")))
    };
    values.into_iter().map(one).collect()
}

/// The lengths of lists, maps or strings, one per value.
pub(super) fn lengths(streams: &Streams, index: usize) -> Integers {
    Integers::new(streams.stream(index, LENGTH), streams.encoding(index).second, false)
}

/// Positions from lengths: one more than `rows`, and never beyond `i32`.
pub(super) fn offsets(lengths: Vec<i64>, nulls: Option<&NullBuffer>) -> Result<Vec<i32>> {
    let lengths = spread(lengths, nulls);
    let mut offsets = Vec::with_capacity(lengths.len() + 1);
    let mut end = 0_i32;
    offsets.push(end);
    for length in lengths {
        let length = u64::try_from(length)
            .map_err(|_| Error::corrupt(format!("{length} is not a length")))?;
        let sum = i32::try_from(length).ok().and_then(|l| end.checked_add(l));
        end = sum.ok_or_else(|| {
            Error::exhausted("more than 2 GiB or 2^31 items of a column in one batch")
        })?;
        offsets.push(end);
    }
    Ok(offsets)
}
