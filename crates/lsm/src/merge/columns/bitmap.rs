//! `rbm32` and `rbm64`: unions of roaring bitmaps in their serialised form.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryBuilder};
use rimon_spec::Result;

use super::{FieldMerge, wrong_type};
use crate::merge::steps::{Step, Steps};

/// The union of two bitmaps: the later one is added to the earlier one.
pub(super) type Unite = fn(&[u8], &[u8]) -> Result<Vec<u8>>;

pub(super) fn union(
    field: &FieldMerge,
    values: &ArrayRef,
    steps: &Steps,
    unite: Unite,
) -> Result<ArrayRef> {
    let array = values.as_binary_opt::<i32>().ok_or_else(|| wrong_type(field, values))?;
    let at = |row: u32| array.is_valid(row as usize).then(|| array.value(row as usize));
    let mut builder = BinaryBuilder::new();
    for group in steps.groups() {
        let mut so_far: Option<Cow<'_, [u8]>> = None;
        for op in group {
            let value = at(op.row);
            so_far = match (so_far, value) {
                (_, value) if op.step == Step::Set => value.map(Cow::Borrowed),
                (Some(a), Some(b)) => {
                    let union = if op.step == Step::AddOlder { unite(b, &a) } else { unite(&a, b) };
                    Some(Cow::Owned(union.map_err(|e| e.with("field", &field.name))?))
                }
                (None, value) => value.map(Cow::Borrowed),
                (so_far, None) => so_far,
            };
        }
        builder.append_option(so_far);
    }
    Ok(Arc::new(builder.finish()))
}
