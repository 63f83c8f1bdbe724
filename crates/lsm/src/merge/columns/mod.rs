//! What becomes of the values of one column: one pass over the steps of all keys per column.

mod bitmap;
mod collection;
mod decimal;
mod extreme;
mod fold;
mod function;
mod java_order;
mod key_time;
mod lists;
mod nested;
mod nested_partial;
mod number;
mod select;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use fold::fold_fields;
pub use function::{FieldFunction, FieldMerge, NullKeys};

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType as ArrowType;
use rimon_spec::index::{union_bitmaps, union_bitmaps64};
use rimon_spec::{Error, Result};

use super::steps::Steps;

/// The values of each group of `steps`, whose rows are rows of `values`.
pub(super) fn merge_column(
    field: &FieldMerge,
    values: &ArrayRef,
    steps: &Steps,
) -> Result<ArrayRef> {
    let without;
    let steps = if !steps.retracts() {
        steps
    } else if field.ignore_retract {
        without = steps.without_retracts();
        &without
    } else if field.takes_back() {
        steps
    } else {
        return Err(field.cannot_take_back());
    };
    match &field.function {
        FieldFunction::Newest
        | FieldFunction::Overwrite
        | FieldFunction::LastValue
        | FieldFunction::LastNonNullValue
        | FieldFunction::FirstValue
        | FieldFunction::FirstNonNullValue => select::select(&field.function, values, steps),
        FieldFunction::Max => extreme::extreme(field, values, steps, true),
        FieldFunction::Min => extreme::extreme(field, values, steps, false),
        FieldFunction::Sum | FieldFunction::Product => number::fold(field, values, steps),
        FieldFunction::BoolAnd => number::fold_flags(field, values, steps, |a, b| a && b),
        FieldFunction::BoolOr => number::fold_flags(field, values, steps, |a, b| a || b),
        FieldFunction::ListAgg { delimiter, distinct } => {
            text::join(field, values, steps, delimiter, *distinct)
        }
        FieldFunction::Collect { distinct } => lists::collect(field, values, steps, *distinct),
        FieldFunction::MergeMap => lists::merge_map(field, values, steps),
        FieldFunction::NestedUpdate { key, null_keys, sequence, limit } => {
            let spec = nested::NestedSpec { key, null_keys: *null_keys, sequence, limit: *limit };
            nested::update(field, values, steps, &spec)
        }
        FieldFunction::NestedPartialUpdate { key, null_keys } => {
            nested_partial::update(field, values, steps, key, *null_keys)
        }
        FieldFunction::MergeMapWithKeyTime { time } => {
            key_time::merge_map(field, values, steps, time.as_deref())
        }
        FieldFunction::Bitmap => bitmap::union(field, values, steps, union_bitmaps),
        FieldFunction::Bitmap64 => bitmap::union(field, values, steps, union_bitmaps64),
    }
}

/// The function does not take values of this type.
fn wrong_type(field: &FieldMerge, values: &dyn Array) -> Error {
    let (function, name) = (field.function.name(), &field.name);
    let found = type_name(values.data_type());
    Error::invalid(format!(
        "aggregate function '{function}' of column '{name}' does not take {found}"
    ))
}

/// What tables call a type.
fn type_name(data_type: &ArrowType) -> String {
    match java_order::scalar(data_type) {
        Some(scalar) => scalar.kind.to_string(),
        None => match data_type {
            ArrowType::FixedSizeBinary(length) => format!("BINARY({length})"),
            ArrowType::List(_) | ArrowType::LargeList(_) => "ARRAY".to_owned(),
            ArrowType::Map(..) => "MAP".to_owned(),
            ArrowType::Struct(_) => "ROW".to_owned(),
            other => other.to_string(),
        },
    }
}
