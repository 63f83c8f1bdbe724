//! DECIMAL from and to numbers: half up, null when the digits do not fit (`Decimal.fromBigDecimal`).

use super::number::FromJava;
use super::{Kernel, wrong_array};
use arrow::array::cast::AsArray;
use arrow::array::types::{
    Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
};
use arrow::array::{Array, ArrayRef, PrimitiveArray};
use arrow::datatypes::DataType as ArrowType;
use rimon_spec::{DataType, Error, Result, TypeKind};
use std::sync::Arc;

pub(super) fn cast(from: &DataType, to: &DataType) -> Option<Kernel> {
    if let TypeKind::Decimal { precision, scale } = to.kind {
        return match from.kind {
            TypeKind::Decimal { scale: old, .. } => {
                Some(Arc::new(move |a| rescale(a, i32::from(old), precision, scale)))
            }
            TypeKind::Boolean
            | TypeKind::TinyInt
            | TypeKind::SmallInt
            | TypeKind::Int
            | TypeKind::BigInt => Some(Arc::new(move |a| from_integer(a, precision, scale))),
            TypeKind::Float | TypeKind::Double => {
                Some(Arc::new(move |a| from_floating(a, precision, scale)))
            }
            _ => None,
        };
    }
    let TypeKind::Decimal { scale, .. } = from.kind else { return None };
    match to.kind {
        TypeKind::TinyInt => Some(Arc::new(move |a| to_integer::<Int8Type>(a, scale))),
        TypeKind::SmallInt => Some(Arc::new(move |a| to_integer::<Int16Type>(a, scale))),
        TypeKind::Int => Some(Arc::new(move |a| to_integer::<Int32Type>(a, scale))),
        TypeKind::BigInt => Some(Arc::new(move |a| to_integer::<Int64Type>(a, scale))),
        TypeKind::Float => Some(Arc::new(move |a| to_floating::<Float32Type>(a, scale))),
        TypeKind::Double => Some(Arc::new(move |a| to_floating::<Float64Type>(a, scale))),
        _ => None,
    }
}

/// `unscaled × 10^-old` with `scale` digits after the point, rounded half up; `None` beyond `precision` digits.
pub(super) fn fit(unscaled: i128, old: i32, precision: u8, scale: u8) -> Option<i128> {
    let shift = i32::from(scale) - old;
    let power = 10_i128.checked_pow(shift.unsigned_abs());
    let value = if shift >= 0 {
        if unscaled == 0 { 0 } else { unscaled.checked_mul(power?)? }
    } else {
        match power {
            None => 0,
            Some(power) => {
                let (quotient, rest) = (unscaled / power, unscaled % power);
                let up = rest.unsigned_abs() >= power.unsigned_abs() - rest.unsigned_abs();
                if up { quotient + unscaled.signum() } else { quotient }
            }
        }
    };
    let limit = 10_u128.checked_pow(u32::from(precision))?;
    (value.unsigned_abs() < limit).then_some(value)
}

fn finish(cells: impl Iterator<Item = Option<i128>>, precision: u8, scale: u8) -> Result<ArrayRef> {
    let array = cells
        .collect::<PrimitiveArray<Decimal128Type>>()
        .with_precision_and_scale(precision, i8::try_from(scale).unwrap_or(i8::MAX))
        .map_err(|e| Error::internal("the decimals of a cast").with_source(e))?;
    Ok(Arc::new(array))
}

fn rescale(array: &ArrayRef, old: i32, precision: u8, scale: u8) -> Result<ArrayRef> {
    let decimals = array.as_primitive_opt::<Decimal128Type>().ok_or_else(|| wrong_array(array))?;
    finish(decimals.iter().map(|v| fit(v?, old, precision, scale)), precision, scale)
}

fn from_integer(array: &ArrayRef, precision: u8, scale: u8) -> Result<ArrayRef> {
    let one = |v: Option<i128>| fit(v?, 0, precision, scale);
    match array.data_type() {
        ArrowType::Boolean => {
            finish(array.as_boolean().iter().map(|v| one(v.map(i128::from))), precision, scale)
        }
        ArrowType::Int8 => finish(
            array.as_primitive::<Int8Type>().iter().map(|v| one(v.map(i128::from))),
            precision,
            scale,
        ),
        ArrowType::Int16 => finish(
            array.as_primitive::<Int16Type>().iter().map(|v| one(v.map(i128::from))),
            precision,
            scale,
        ),
        ArrowType::Int32 => finish(
            array.as_primitive::<Int32Type>().iter().map(|v| one(v.map(i128::from))),
            precision,
            scale,
        ),
        ArrowType::Int64 => finish(
            array.as_primitive::<Int64Type>().iter().map(|v| one(v.map(i128::from))),
            precision,
            scale,
        ),
        _ => Err(wrong_array(array)),
    }
}

fn from_floating(array: &ArrayRef, precision: u8, scale: u8) -> Result<ArrayRef> {
    let doubles: Vec<Option<f64>> = match array.data_type() {
        ArrowType::Float32 => {
            array.as_primitive::<Float32Type>().iter().map(|v| v.map(f64::from)).collect()
        }
        ArrowType::Float64 => array.as_primitive::<Float64Type>().iter().collect(),
        _ => return Err(wrong_array(array)),
    };
    let one = |v: Option<f64>| match v {
        None => Ok(None),
        Some(v) if v.is_finite() => Ok(of_double(v, precision, scale)),
        Some(v) => Err(Error::invalid(format!("{v} has no value as a DECIMAL"))),
    };
    let cells: Vec<Option<i128>> = doubles.into_iter().map(one).collect::<Result<_>>()?;
    finish(cells.into_iter(), precision, scale)
}

/// Java goes through the shortest decimal text of the number.
fn of_double(value: f64, precision: u8, scale: u8) -> Option<i128> {
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    let fraction = mantissa.split_once('.').map_or(0, |(_, digits)| digits.len());
    let digits: i128 = mantissa.replace('.', "").parse().ok()?;
    fit(digits, i32::try_from(fraction).ok()? - exponent, precision, scale)
}

fn to_integer<T: FromJava>(array: &ArrayRef, scale: u8) -> Result<ArrayRef> {
    let decimals = array.as_primitive_opt::<Decimal128Type>().ok_or_else(|| wrong_array(array))?;
    let power = 10_i128.checked_pow(u32::from(scale)).unwrap_or(i128::MAX);
    // `BigDecimal.longValue` keeps the low 64 bits.
    let result: PrimitiveArray<T> = decimals.unary(|v| T::from_long((v / power) as i64));
    Ok(Arc::new(result))
}

fn to_floating<T: FromJava>(array: &ArrayRef, scale: u8) -> Result<ArrayRef> {
    let decimals = array.as_primitive_opt::<Decimal128Type>().ok_or_else(|| wrong_array(array))?;
    let one = |v: i128| T::from_double(format!("{v}e-{scale}").parse().unwrap_or(f64::NAN));
    let result: PrimitiveArray<T> = decimals.unary(one);
    Ok(Arc::new(result))
}
