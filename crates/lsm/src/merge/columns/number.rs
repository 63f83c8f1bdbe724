//! `sum`, `product`, `bool_and`, `bool_or`.

use arrow::array::{Array, ArrayRef, ArrowNativeTypeOp, AsArray, BooleanArray, PrimitiveArray};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type,
};
use rimon_spec::{Error, Result};
use std::sync::Arc;

use super::decimal::Decimals;
use super::{FieldFunction, FieldMerge, wrong_type};
use crate::merge::steps::{Step, Steps};

pub(super) fn fold(field: &FieldMerge, values: &ArrayRef, steps: &Steps) -> Result<ArrayRef> {
    match values.data_type() {
        DataType::Int8 => integers::<Int8Type>(field, values, steps),
        DataType::Int16 => integers::<Int16Type>(field, values, steps),
        DataType::Int32 => integers::<Int32Type>(field, values, steps),
        DataType::Int64 => integers::<Int64Type>(field, values, steps),
        DataType::Float32 => floats::<Float32Type>(field, values, steps),
        DataType::Float64 => floats::<Float64Type>(field, values, steps),
        DataType::Decimal128(precision, scale) => {
            let decimals = Decimals::new(*precision, *scale);
            let fail = |error: Error| error.with("field", &field.name);
            if field.function == FieldFunction::Sum {
                let add = |a, b| Ok(decimals.add(a, b));
                let sub = |a, b: i128| Ok(decimals.add(a, -b));
                numbers::<Decimal128Type>(values, steps, add, sub, |v| Ok(Some(-v)))
            } else {
                let (mul, div) = (
                    |a, b| Ok(decimals.multiply(a, b)),
                    |a, b| decimals.divide(a, b).map_err(fail),
                );
                numbers::<Decimal128Type>(values, steps, mul, div, |_| Ok(None))
            }
        }
        _ => Err(wrong_type(field, values)),
    }
}

fn integers<T: ArrowPrimitiveType>(
    field: &FieldMerge,
    values: &ArrayRef,
    steps: &Steps,
) -> Result<ArrayRef> {
    let fail = |error| {
        Error::invalid(format!("aggregate function '{}' overflows", field.function.name()))
            .with("field", &field.name)
            .with_source(error)
    };
    let done = |result: std::result::Result<T::Native, _>| result.map(Some).map_err(fail);
    if field.function == FieldFunction::Sum {
        let add = |a: T::Native, b| done(a.add_checked(b));
        let sub = |a: T::Native, b| done(a.sub_checked(b));
        numbers::<T>(values, steps, add, sub, |v| done(v.neg_checked()))
    } else {
        let mul = |a: T::Native, b| done(a.mul_checked(b));
        let div = |a: T::Native, b| done(a.div_checked(b));
        numbers::<T>(values, steps, mul, div, |_| Ok(None))
    }
}

fn floats<T: ArrowPrimitiveType>(
    field: &FieldMerge,
    values: &ArrayRef,
    steps: &Steps,
) -> Result<ArrayRef> {
    if field.function == FieldFunction::Sum {
        let add = |a: T::Native, b| Ok(Some(a.add_wrapping(b)));
        let sub = |a: T::Native, b| Ok(Some(a.sub_wrapping(b)));
        numbers::<T>(values, steps, add, sub, |v| Ok(Some(v.neg_wrapping())))
    } else {
        let mul = |a: T::Native, b| Ok(Some(a.mul_wrapping(b)));
        let div = |a: T::Native, b| Ok(Some(a.div_wrapping(b)));
        numbers::<T>(values, steps, mul, div, |_| Ok(None))
    }
}

/// `first` is what a value is that is taken back from nothing.
fn numbers<T: ArrowPrimitiveType>(
    values: &ArrayRef,
    steps: &Steps,
    add: impl Fn(T::Native, T::Native) -> Result<Option<T::Native>>,
    retract: impl Fn(T::Native, T::Native) -> Result<Option<T::Native>>,
    first: impl Fn(T::Native) -> Result<Option<T::Native>>,
) -> Result<ArrayRef> {
    let array = values.as_primitive::<T>();
    let at = |row: u32| array.is_valid(row as usize).then(|| array.value(row as usize));
    let mut merged = Vec::with_capacity(steps.len());
    for group in steps.groups() {
        let mut so_far: Option<T::Native> = None;
        for op in group {
            let value = at(op.row);
            so_far = match (op.step, so_far, value) {
                (Step::Set, _, value) => value,
                (_, so_far, None) => so_far,
                (Step::Add | Step::AddOlder, None, value) => value,
                (Step::Add, Some(a), Some(b)) => add(a, b)?,
                (Step::AddOlder, Some(a), Some(b)) => add(b, a)?,
                (Step::Retract | Step::RetractOlder, None, Some(b)) => first(b)?,
                (Step::Retract | Step::RetractOlder, Some(a), Some(b)) => retract(a, b)?,
            };
        }
        merged.push(so_far);
    }
    let merged = PrimitiveArray::<T>::from_iter(merged);
    Ok(Arc::new(merged.with_data_type(array.data_type().clone())))
}

pub(super) fn fold_flags(
    field: &FieldMerge,
    values: &ArrayRef,
    steps: &Steps,
    combine: impl Fn(bool, bool) -> bool,
) -> Result<ArrayRef> {
    let array = values.as_boolean_opt().ok_or_else(|| wrong_type(field, values))?;
    let at = |row: u32| array.is_valid(row as usize).then(|| array.value(row as usize));
    let merged: BooleanArray = steps
        .groups()
        .map(|group| {
            group.iter().fold(None, |so_far, op| match (so_far, at(op.row)) {
                (_, value) if op.step == Step::Set => value,
                (Some(a), Some(b)) => Some(combine(a, b)),
                (a, b) => a.or(b),
            })
        })
        .collect();
    Ok(Arc::new(merged))
}
