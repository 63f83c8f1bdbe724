//! Fixed-width columns as order-preserving words.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, Time32MillisecondType, Time32SecondType, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use rimon_spec::{Error, Result, Value};

const SIGN: u64 = 1 << 63;

/// Whether values of the type fit an order-preserving `u64`.
pub(crate) fn is_word(data_type: &DataType) -> bool {
    match data_type {
        DataType::Boolean
        | DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::Date32
        | DataType::Time32(_)
        | DataType::Timestamp(..)
        | DataType::Float32
        | DataType::Float64 => true,
        DataType::Decimal128(precision, _) => *precision <= 18,
        _ => false,
    }
}

/// As [`is_word`], from a value of the column.
pub(crate) fn is_word_value(value: &Value) -> bool {
    match value {
        Value::Null | Value::String(_) | Value::Bytes(_) => false,
        Value::Decimal(decimal) => decimal.precision <= 18,
        _ => true,
    }
}

/// Whether values of the type need an order-preserving `u128`.
pub(crate) fn is_wide(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Decimal128(precision, _) if *precision > 18)
}

/// Appends the values as words in the same order; nulls give any word. `-0.0` becomes `0.0` and
/// every NaN the one NaN above infinity, so that equal words are equal keys.
pub(crate) fn extend_words(array: &dyn Array, out: &mut Vec<u64>) -> Result<()> {
    match array.data_type() {
        DataType::Boolean => out.extend(array.as_boolean().values().iter().map(u64::from)),
        DataType::Int8 => signed::<Int8Type>(array, out),
        DataType::Int16 => signed::<Int16Type>(array, out),
        DataType::Int32 => signed::<Int32Type>(array, out),
        DataType::Int64 => signed::<Int64Type>(array, out),
        DataType::Date32 => signed::<Date32Type>(array, out),
        DataType::Time32(TimeUnit::Second) => signed::<Time32SecondType>(array, out),
        DataType::Time32(_) => signed::<Time32MillisecondType>(array, out),
        DataType::Timestamp(TimeUnit::Second, _) => signed::<TimestampSecondType>(array, out),
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            signed::<TimestampMillisecondType>(array, out);
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            signed::<TimestampMicrosecondType>(array, out);
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            signed::<TimestampNanosecondType>(array, out);
        }
        DataType::Float32 => {
            let values = array.as_primitive::<Float32Type>().values();
            out.extend(values.iter().map(|v| float_word(f64::from(*v))));
        }
        DataType::Float64 => {
            let values = array.as_primitive::<Float64Type>().values();
            out.extend(values.iter().map(|v| float_word(*v)));
        }
        DataType::Decimal128(..) => {
            for value in array.as_primitive::<Decimal128Type>().values() {
                let value = i64::try_from(*value)
                    .map_err(|_| Error::corrupt("a decimal has more digits than its type"))?;
                out.push(value as u64 ^ SIGN);
            }
        }
        other => return Err(Error::internal(format!("{other} is not a word"))),
    }
    Ok(())
}

/// As [`extend_words`] for [`is_wide`] types.
pub(crate) fn extend_wide(array: &dyn Array, out: &mut Vec<u128>) {
    if let Some(array) = array.as_primitive_opt::<Decimal128Type>() {
        out.extend(array.values().iter().map(|v| *v as u128 ^ (1 << 127)));
    }
}

fn signed<T: ArrowPrimitiveType>(array: &dyn Array, out: &mut Vec<u64>)
where
    T::Native: Into<i64>,
{
    let values = array.as_primitive::<T>().values();
    out.extend(values.iter().map(|v| Into::<i64>::into(*v) as u64 ^ SIGN));
}

fn float_word(value: f64) -> u64 {
    let value = if value.is_nan() { f64::NAN.copysign(1.0) } else { value + 0.0 };
    let bits = value.to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

/// The same array with one zero and one NaN, for encodings that would tell them apart.
pub(crate) fn canonical_floats(array: &ArrayRef) -> ArrayRef {
    match array.data_type() {
        DataType::Float32 => {
            let floats: &PrimitiveArray<Float32Type> = array.as_primitive();
            Arc::new(floats.unary::<_, Float32Type>(|v| {
                if v.is_nan() { f32::NAN.copysign(1.0) } else { v + 0.0 }
            }))
        }
        DataType::Float64 => {
            let floats: &PrimitiveArray<Float64Type> = array.as_primitive();
            Arc::new(floats.unary::<_, Float64Type>(|v| {
                if v.is_nan() { f64::NAN.copysign(1.0) } else { v + 0.0 }
            }))
        }
        _ => array.clone(),
    }
}
