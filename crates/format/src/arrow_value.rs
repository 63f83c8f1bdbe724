//! Single cells between Arrow arrays and [`Value`]s. Not for use per row of data.

use crate::arrow_schema::{kind_name, to_arrow_type};
use arrow::array::cast::AsArray;
use arrow::array::types::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, Time32MillisecondType, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType,
};
use arrow::array::{
    Array, ArrayRef, BinaryArray, BooleanArray, PrimitiveArray, StringArray, UInt32Array,
    new_null_array,
};
use arrow::compute::take;
use arrow::datatypes::{DataType as ArrowType, TimeUnit};
use rimon_spec::{DataType, Decimal, Error, Result, Timestamp, TypeKind, Value};
use std::sync::Arc;

/// The cell at `row` of `array`, an array of the canonical Arrow type of `data_type`.
///
/// # Errors
/// `Invalid` when the array has another type or the row is out of range, `Unsupported` for nested types that are
/// not null.
pub fn value_at(array: &dyn Array, row: usize, data_type: &DataType) -> Result<Value> {
    if row >= array.len() {
        return Err(Error::invalid(format!("row {row} of an array of {} rows", array.len())));
    }
    if array.is_null(row) {
        return Ok(Value::Null);
    }
    let mismatch = || {
        Error::invalid(format!(
            "an Arrow array of type {} for a column of type {}",
            array.data_type(),
            kind_name(&data_type.kind)
        ))
    };
    Ok(match &data_type.kind {
        TypeKind::Boolean => {
            Value::Boolean(array.as_boolean_opt().ok_or_else(mismatch)?.value(row))
        }
        TypeKind::TinyInt => Value::TinyInt(cell::<Int8Type>(array, row).ok_or_else(mismatch)?),
        TypeKind::SmallInt => Value::SmallInt(cell::<Int16Type>(array, row).ok_or_else(mismatch)?),
        TypeKind::Int => Value::Int(cell::<Int32Type>(array, row).ok_or_else(mismatch)?),
        TypeKind::BigInt => Value::BigInt(cell::<Int64Type>(array, row).ok_or_else(mismatch)?),
        TypeKind::Float => Value::Float(cell::<Float32Type>(array, row).ok_or_else(mismatch)?),
        TypeKind::Double => Value::Double(cell::<Float64Type>(array, row).ok_or_else(mismatch)?),
        TypeKind::Decimal { precision, scale } => Value::Decimal(Decimal {
            unscaled: cell::<Decimal128Type>(array, row).ok_or_else(mismatch)?,
            precision: *precision,
            scale: *scale,
        }),
        TypeKind::Date => Value::Date(cell::<Date32Type>(array, row).ok_or_else(mismatch)?),
        TypeKind::Time { .. } => {
            Value::Time(cell::<Time32MillisecondType>(array, row).ok_or_else(mismatch)?)
        }
        TypeKind::Timestamp { .. } | TypeKind::LocalZonedTimestamp { .. } => {
            Value::Timestamp(timestamp_cell(array, row).ok_or_else(mismatch)?)
        }
        TypeKind::Char { .. } | TypeKind::VarChar { .. } => {
            Value::String(text_cell(array, row).ok_or_else(mismatch)?.to_owned())
        }
        TypeKind::Binary { .. } | TypeKind::VarBinary { .. } | TypeKind::Blob => {
            let binary = array.as_binary_opt::<i32>().ok_or_else(mismatch)?;
            Value::Bytes(binary.value(row).to_vec())
        }
        other => {
            return Err(Error::unsupported(format!("a single value of type {}", kind_name(other))));
        }
    })
}

fn cell<T: ArrowPrimitiveType>(array: &dyn Array, row: usize) -> Option<T::Native> {
    Some(array.as_primitive_opt::<T>()?.value(row))
}

fn text_cell(array: &dyn Array, row: usize) -> Option<&str> {
    match array.data_type() {
        ArrowType::Utf8View => Some(array.as_string_view_opt()?.value(row)),
        _ => Some(array.as_string_opt::<i32>()?.value(row)),
    }
}

fn timestamp_cell(array: &dyn Array, row: usize) -> Option<Timestamp> {
    let ArrowType::Timestamp(unit, _) = array.data_type() else { return None };
    match unit {
        TimeUnit::Second => None,
        TimeUnit::Millisecond => {
            let millis = cell::<TimestampMillisecondType>(array, row)?;
            Some(Timestamp { millis, nano_of_milli: 0 })
        }
        TimeUnit::Microsecond => {
            let micros = cell::<TimestampMicrosecondType>(array, row)?;
            Some(split_timestamp(micros, 1_000))
        }
        TimeUnit::Nanosecond => {
            let nanos = cell::<TimestampNanosecondType>(array, row)?;
            Some(split_timestamp(nanos, 1_000_000))
        }
    }
}

/// A count of units, `per_milli` of which make a millisecond, as a timestamp.
pub(crate) fn split_timestamp(count: i64, per_milli: i64) -> Timestamp {
    let nanos = count.rem_euclid(per_milli).saturating_mul(1_000_000 / per_milli);
    Timestamp {
        millis: count.div_euclid(per_milli),
        nano_of_milli: i32::try_from(nanos).unwrap_or_default(),
    }
}

/// A timestamp as a count of `unit`; `None` when it does not fit. What is finer than the unit is cut off.
pub(crate) fn join_timestamp(value: Timestamp, unit: TimeUnit) -> Option<i64> {
    let nano = i64::from(value.nano_of_milli);
    match unit {
        TimeUnit::Second => Some(value.millis.div_euclid(1_000)),
        TimeUnit::Millisecond => Some(value.millis),
        TimeUnit::Microsecond => value.millis.checked_mul(1_000)?.checked_add(nano / 1_000),
        TimeUnit::Nanosecond => {
            // The least representable instants have a product below the range although the sum is within.
            let total = i128::from(value.millis) * 1_000_000 + i128::from(nano);
            i64::try_from(total).ok()
        }
    }
}

/// An array of `values` in the canonical Arrow type of `data_type`.
///
/// # Errors
/// `Invalid` when a value is not of that type, or a timestamp is beyond the range of its unit.
pub fn array_of(values: &[Value], data_type: &DataType) -> Result<ArrayRef> {
    if values.iter().all(Value::is_null) {
        return Ok(new_null_array(&to_arrow_type(data_type)?, values.len()));
    }
    Ok(match &data_type.kind {
        TypeKind::Boolean => {
            let cells = collect(values, data_type, |v| match v {
                Value::Boolean(b) => Some(*b),
                _ => None,
            })?;
            Arc::new(BooleanArray::from(cells))
        }
        TypeKind::TinyInt => primitive::<Int8Type>(values, data_type, |v| match v {
            Value::TinyInt(x) => Some(*x),
            _ => None,
        })?,
        TypeKind::SmallInt => primitive::<Int16Type>(values, data_type, |v| match v {
            Value::SmallInt(x) => Some(*x),
            _ => None,
        })?,
        TypeKind::Int => primitive::<Int32Type>(values, data_type, |v| match v {
            Value::Int(x) => Some(*x),
            _ => None,
        })?,
        TypeKind::BigInt => primitive::<Int64Type>(values, data_type, |v| match v {
            Value::BigInt(x) => Some(*x),
            _ => None,
        })?,
        TypeKind::Float => primitive::<Float32Type>(values, data_type, |v| match v {
            Value::Float(x) => Some(*x),
            _ => None,
        })?,
        TypeKind::Double => primitive::<Float64Type>(values, data_type, |v| match v {
            Value::Double(x) => Some(*x),
            _ => None,
        })?,
        TypeKind::Date => primitive::<Date32Type>(values, data_type, |v| match v {
            Value::Date(x) => Some(*x),
            _ => None,
        })?,
        TypeKind::Time { .. } => {
            primitive::<Time32MillisecondType>(values, data_type, |v| match v {
                Value::Time(x) => Some(*x),
                _ => None,
            })?
        }
        _ => array_of_rest(values, data_type)?,
    })
}

fn array_of_rest(values: &[Value], data_type: &DataType) -> Result<ArrayRef> {
    Ok(match (&data_type.kind, to_arrow_type(data_type)?) {
        (TypeKind::Decimal { scale, .. }, arrow) => {
            let cells = collect(values, data_type, |v| match v {
                Value::Decimal(d) if d.scale == *scale => Some(d.unscaled),
                _ => None,
            })?;
            Arc::new(PrimitiveArray::<Decimal128Type>::from_iter(cells).with_data_type(arrow))
        }
        (_, ArrowType::Timestamp(unit, zone)) => {
            let cells = collect(values, data_type, |v| match v {
                Value::Timestamp(t) => join_timestamp(*t, unit),
                _ => None,
            })?;
            match unit {
                TimeUnit::Nanosecond => Arc::new(
                    PrimitiveArray::<TimestampNanosecondType>::from_iter(cells)
                        .with_timezone_opt(zone),
                ),
                TimeUnit::Microsecond => Arc::new(
                    PrimitiveArray::<TimestampMicrosecondType>::from_iter(cells)
                        .with_timezone_opt(zone),
                ),
                _ => Arc::new(
                    PrimitiveArray::<TimestampMillisecondType>::from_iter(cells)
                        .with_timezone_opt(zone),
                ),
            }
        }
        (_, ArrowType::Utf8) => {
            let cells = collect(values, data_type, |v| match v {
                Value::String(s) => Some(s.as_str()),
                _ => None,
            })?;
            Arc::new(StringArray::from_iter(cells))
        }
        (_, ArrowType::Binary) => {
            let cells = collect(values, data_type, |v| match v {
                Value::Bytes(b) => Some(b.as_slice()),
                _ => None,
            })?;
            Arc::new(BinaryArray::from_iter(cells))
        }
        _ => {
            let kind = kind_name(&data_type.kind);
            return Err(Error::unsupported(format!("single values of type {kind}")));
        }
    })
}

fn primitive<T: ArrowPrimitiveType>(
    values: &[Value],
    data_type: &DataType,
    get: impl Fn(&Value) -> Option<T::Native>,
) -> Result<ArrayRef> {
    let cells = collect(values, data_type, get)?;
    Ok(Arc::new(cells.into_iter().collect::<PrimitiveArray<T>>()))
}

fn collect<'a, T>(
    values: &'a [Value],
    data_type: &DataType,
    get: impl Fn(&'a Value) -> Option<T>,
) -> Result<Vec<Option<T>>> {
    let one = |value: &'a Value| match value {
        Value::Null => Ok(None),
        other => get(other).map(Some).ok_or_else(|| {
            Error::invalid(format!(
                "the value {other:?} does not fit a column of type {}",
                kind_name(&data_type.kind)
            ))
        }),
    };
    values.iter().map(one).collect()
}

/// `rows` times `value` in the canonical Arrow type of `data_type`.
///
/// # Errors
/// `Invalid` when the value is not of that type.
pub fn constant_array(value: &Value, data_type: &DataType, rows: usize) -> Result<ArrayRef> {
    if value.is_null() {
        return Ok(new_null_array(&to_arrow_type(data_type)?, rows));
    }
    let one = array_of(std::slice::from_ref(value), data_type)?;
    let indices = UInt32Array::from(vec![0; rows]);
    take(&one, &indices, None).map_err(|e| Error::internal("repeating a constant").with_source(e))
}
