//! Functions that pick the value of one row: of any type.

use arrow::array::{Array, ArrayRef, UInt32Array};
use arrow::compute::take;
use rimon_spec::{Error, Result};

use super::FieldFunction;
use crate::merge::steps::{Op, Step, Steps};

/// The row that holds the value so far, and whether a first value was seen.
#[derive(Clone, Copy, Default)]
pub(super) struct Picked {
    pub(super) row: Option<u32>,
    seen: bool,
}

/// Picks a row for each group; `next` takes one step.
pub(super) fn pick(
    values: &dyn Array,
    steps: &Steps,
    mut next: impl FnMut(&mut Picked, Op),
) -> Result<ArrayRef> {
    let mut rows = Vec::with_capacity(steps.len());
    for group in steps.groups() {
        let mut picked = Picked::default();
        for op in group {
            if op.step == Step::Set {
                picked.row = Some(op.row);
            } else {
                next(&mut picked, *op);
            }
        }
        rows.push(picked.row);
    }
    take(values, &UInt32Array::from(rows), None)
        .map_err(|e| Error::internal("merged rows cannot be taken").with_source(e))
}

pub(super) fn select(
    function: &FieldFunction,
    values: &ArrayRef,
    steps: &Steps,
) -> Result<ArrayRef> {
    let nulls = values.logical_nulls();
    let present = |row: u32| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row as usize));
    let filled = |picked: &Picked| picked.row.is_some_and(present);
    match function {
        FieldFunction::Newest => pick(values, steps, |picked, op| match op.step {
            Step::Set | Step::Add | Step::Retract => picked.row = Some(op.row),
            Step::AddOlder | Step::RetractOlder => {}
        }),
        FieldFunction::Overwrite => pick(values, steps, |picked, op| match op.step {
            Step::Set | Step::Add => picked.row = Some(op.row),
            Step::Retract => picked.row = None,
            Step::AddOlder | Step::RetractOlder => {}
        }),
        FieldFunction::LastValue => pick(values, steps, |picked, op| match op.step {
            Step::Set | Step::Add => picked.row = Some(op.row),
            Step::AddOlder => {}
            Step::Retract | Step::RetractOlder => picked.row = None,
        }),
        FieldFunction::FirstValue => pick(values, steps, |picked, op| {
            let first = !std::mem::replace(&mut picked.seen, true);
            // An older value takes the part of the one so far, and that one of the new.
            if first == (op.step == Step::Add) {
                picked.row = Some(op.row);
            }
        }),
        FieldFunction::FirstNonNullValue => pick(values, steps, |picked, op| {
            let add = op.step == Step::Add;
            let candidate = if add { present(op.row) } else { filled(picked) };
            let first = !picked.seen && candidate;
            picked.seen |= first;
            if first == add {
                picked.row = Some(op.row);
            }
        }),
        _ => pick(values, steps, |picked, op| match op.step {
            Step::AddOlder if filled(picked) => {}
            Step::Set | Step::AddOlder => picked.row = Some(op.row),
            Step::Add if present(op.row) => picked.row = Some(op.row),
            Step::Retract | Step::RetractOlder if present(op.row) => picked.row = None,
            Step::Add | Step::Retract | Step::RetractOlder => {}
        }),
    }
}
