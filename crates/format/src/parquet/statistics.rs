//! From the statistics of column chunks to those of the file's columns.

use super::properties::is_floating;
use crate::stats::Bounds;
use arrow::array::Array;
use arrow::array::cast::AsArray;
use arrow::array::types::{Float32Type, Float64Type};
use arrow::datatypes::DataType as ArrowType;
use parquet::file::statistics::Statistics;
use rimon_spec::{DataField, DataType, Decimal, Timestamp, TypeKind, Value};
use std::cmp::Ordering;

/// Above this `parquet-mr` leaves the bounds out of the footer (`ParquetMetadataConverter.MAX_STATS_SIZE`).
const MAX_FOOTER_BOUNDS: usize = 4096;

/// Least and greatest value of a FLOAT or DOUBLE column in Java's order (`Double.compare`): -0.0 below 0.0, NaN above all.
pub(super) type FloatRange = (Value, Value);

/// The range of `array` and `known` together; footers do not hold it, as they leave NaN and the sign of zero out.
pub(super) fn float_range(known: Option<FloatRange>, array: &dyn Array) -> Option<FloatRange> {
    let one = match array.data_type() {
        ArrowType::Float32 => {
            let values = array.as_primitive::<Float32Type>().iter().flatten();
            let values = values.map(|v| if v.is_nan() { f32::NAN } else { v });
            range_by(values, f32::total_cmp).map(|(a, b)| (Value::Float(a), Value::Float(b)))
        }
        ArrowType::Float64 => {
            let values = array.as_primitive::<Float64Type>().iter().flatten();
            let values = values.map(|v| if v.is_nan() { f64::NAN } else { v });
            range_by(values, f64::total_cmp).map(|(a, b)| (Value::Double(a), Value::Double(b)))
        }
        _ => None,
    };
    match (known, one) {
        (Some((a, b)), Some((c, d))) => Some((
            if c.compare(&a).is_lt() { c } else { a },
            if d.compare(&b).is_gt() { d } else { b },
        )),
        (known, one) => known.or(one),
    }
}

fn range_by<T: Copy>(
    mut values: impl Iterator<Item = T>,
    compare: fn(&T, &T) -> Ordering,
) -> Option<(T, T)> {
    let first = values.next()?;
    Some(values.fold((first, first), |(min, max), v| {
        let less = compare(&v, &min).is_lt();
        let greater = compare(&v, &max).is_gt();
        (if less { v } else { min }, if greater { v } else { max })
    }))
}

/// Bounds and nulls of one column chunk, in the type of the column; those of FLOAT and DOUBLE from `floats`.
pub(super) fn chunk_bounds(
    statistics: &Statistics,
    field: &DataField,
    floats: Option<FloatRange>,
) -> Bounds {
    let nulls = statistics.null_count_opt().and_then(|n| i64::try_from(n).ok());
    if is_floating(field) {
        return match floats {
            Some((min, max)) => Bounds::known(min, max, nulls),
            None => Bounds::no_values(nulls),
        };
    }
    let bound = |bytes: Option<&[u8]>| bytes.and_then(|b| value_of(b, &field.data_type));
    let min = bound(statistics.min_bytes_opt());
    let max = bound(statistics.max_bytes_opt());
    match (min, max) {
        (Some(min), Some(max)) => Bounds::known(min, max, nulls),
        (None, None) if statistics.min_bytes_opt().is_none() => Bounds::no_values(nulls),
        _ => Bounds::unknown(nulls),
    }
}

/// Whether the footer should not hold these bounds.
pub(super) fn too_large(statistics: &Statistics) -> bool {
    let length = |bytes: Option<&[u8]>| bytes.map_or(0, <[u8]>::len);
    length(statistics.min_bytes_opt()) + length(statistics.max_bytes_opt()) >= MAX_FOOTER_BOUNDS
}

/// The same statistics without bounds.
pub(super) fn without_bounds(statistics: &Statistics) -> Statistics {
    let (distinct, nulls) = (statistics.distinct_count_opt(), statistics.null_count_opt());
    match statistics {
        Statistics::Boolean(_) => Statistics::boolean(None, None, distinct, nulls, false),
        Statistics::Int32(_) => Statistics::int32(None, None, distinct, nulls, false),
        Statistics::Int64(_) => Statistics::int64(None, None, distinct, nulls, false),
        Statistics::Int96(_) => Statistics::int96(None, None, distinct, nulls, false),
        Statistics::Float(_) => Statistics::float(None, None, distinct, nulls, false),
        Statistics::Double(_) => Statistics::double(None, None, distinct, nulls, false),
        Statistics::ByteArray(_) => Statistics::byte_array(None, None, distinct, nulls, false),
        Statistics::FixedLenByteArray(_) => {
            Statistics::fixed_len_byte_array(None, None, distinct, nulls, false)
        }
    }
}

/// A bound from its plain encoding; `None` for types that have none (`ParquetSimpleStatsExtractor.toFieldStats`).
fn value_of(bytes: &[u8], data_type: &DataType) -> Option<Value> {
    let int = || bytes.first_chunk::<4>().map(|b| i32::from_le_bytes(*b));
    let long = || bytes.first_chunk::<8>().map(|b| i64::from_le_bytes(*b));
    Some(match data_type.kind {
        TypeKind::Boolean => Value::Boolean(*bytes.first()? != 0),
        TypeKind::TinyInt => Value::TinyInt(int()? as i8),
        TypeKind::SmallInt => Value::SmallInt(int()? as i16),
        TypeKind::Int => Value::Int(int()?),
        TypeKind::BigInt => Value::BigInt(long()?),
        TypeKind::Float => Value::Float(f32::from_bits(int()? as u32)),
        TypeKind::Double => Value::Double(f64::from_bits(long()? as u64)),
        TypeKind::Date => Value::Date(int()?),
        TypeKind::Time { .. } => Value::Time(int()?),
        TypeKind::Decimal { precision, scale } => {
            let unscaled = match precision {
                0..=9 => i128::from(int()?),
                10..=18 => i128::from(long()?),
                _ => big_endian(bytes)?,
            };
            Value::Decimal(Decimal { unscaled, precision, scale })
        }
        TypeKind::Timestamp { precision } | TypeKind::LocalZonedTimestamp { precision } => {
            Value::Timestamp(timestamp(long()?, precision)?)
        }
        TypeKind::Char { .. } | TypeKind::VarChar { .. } => {
            Value::String(String::from_utf8(bytes.to_vec()).ok()?)
        }
        // Java takes none of BINARY and VARBINARY, and nested types have none
        _ => return None,
    })
}

fn big_endian(bytes: &[u8]) -> Option<i128> {
    let negative = bytes.first()? & 0x80 != 0;
    let mut wide = [if negative { 0xff } else { 0 }; 16];
    wide.get_mut(16_usize.checked_sub(bytes.len())?..)?.copy_from_slice(bytes);
    Some(i128::from_be_bytes(wide))
}

fn timestamp(count: i64, precision: u8) -> Option<Timestamp> {
    match precision {
        0..=3 => Some(Timestamp { millis: count, nano_of_milli: 0 }),
        4..=6 => Some(crate::arrow_value::split_timestamp(count, 1_000)),
        _ => None,
    }
}
