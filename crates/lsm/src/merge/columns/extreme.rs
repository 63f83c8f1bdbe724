//! `max` and `min`.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Decimal128Type, Float32Type, Float64Type};
use rimon_spec::Result;

use super::select::pick;
use super::{FieldMerge, wrong_type};
use crate::key::{extend_words, is_word};
use crate::merge::steps::{Step, Steps};

pub(super) fn extreme(
    field: &FieldMerge,
    values: &ArrayRef,
    steps: &Steps,
    max: bool,
) -> Result<ArrayRef> {
    match values.data_type() {
        DataType::Float32 => {
            let floats = values.as_primitive::<Float32Type>().values();
            by_order(
                values,
                steps,
                max,
                &floats.iter().map(|v| order(f64::from(*v))).collect::<Vec<_>>(),
            )
        }
        DataType::Float64 => {
            let floats = values.as_primitive::<Float64Type>().values();
            by_order(values, steps, max, &floats.iter().map(|v| order(*v)).collect::<Vec<_>>())
        }
        DataType::Decimal128(..) => {
            by_order(values, steps, max, values.as_primitive::<Decimal128Type>().values())
        }
        DataType::Utf8 => by_value(values, steps, max, |row| values.as_string::<i32>().value(row)),
        DataType::Utf8View => {
            by_value(values, steps, max, |row| values.as_string_view().value(row))
        }
        DataType::Binary => {
            by_value(values, steps, max, |row| values.as_binary::<i32>().value(row))
        }
        other if is_word(other) => {
            let mut words = Vec::with_capacity(values.len());
            extend_words(values, &mut words)?;
            by_order(values, steps, max, &words)
        }
        _ => Err(wrong_type(field, values)),
    }
}

/// Java's total order of floats: -0.0 below 0.0, NaN above all.
pub(super) fn order(value: f64) -> i64 {
    let bits = if value.is_nan() { f64::NAN.to_bits() & !(1 << 63) } else { value.to_bits() }
        .cast_signed();
    bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed()
}

fn by_order<T: PartialOrd + Copy>(
    values: &ArrayRef,
    steps: &Steps,
    max: bool,
    orders: &[T],
) -> Result<ArrayRef> {
    by_value(values, steps, max, |row| orders.get(row).copied())
}

fn by_value<T: PartialOrd>(
    values: &ArrayRef,
    steps: &Steps,
    max: bool,
    at: impl Fn(usize) -> T,
) -> Result<ArrayRef> {
    let present = |row: u32| values.is_valid(row as usize);
    let beats = |row: u32, other: u32| {
        let (a, b) = (at(row as usize), at(other as usize));
        if max { a > b } else { a < b }
    };
    pick(values, steps, |picked, op| {
        picked.row = match picked.row.filter(|row| present(*row)) {
            Some(so_far) if !present(op.row) => Some(so_far),
            None => Some(op.row),
            // Among equals the first stays; of an older value that is the new one.
            Some(so_far) if op.step == Step::AddOlder && !beats(so_far, op.row) => Some(op.row),
            Some(so_far) if op.step == Step::AddOlder => Some(so_far),
            Some(so_far) if beats(op.row, so_far) => Some(op.row),
            so_far => so_far,
        };
    })
}
