//! From blocks with bounds to the rows that may match a predicate.

use crate::Block;
use crate::rows::push;
use rimon_spec::{ColumnStats, Predicate, Value};
use std::ops::Range;

/// The rows of a file of `rows` rows that may match, from the blocks of each column that is known of; the blocks of a
/// column cover all rows in order.
pub(crate) fn matching(
    known: &[(&str, Vec<Block>)],
    rows: u64,
    predicate: &Predicate,
) -> Vec<Range<u64>> {
    let mut cuts: Vec<u64> = known.iter().flat_map(|(_, b)| b).map(|b| b.rows.start).collect();
    cuts.extend([0, rows]);
    cuts.sort_unstable();
    cuts.dedup();
    let mut result = Vec::new();
    for pair in cuts.windows(2) {
        let (Some(start), Some(end)) = (pair.first(), pair.get(1)) else { continue };
        let stats = |name: &str| {
            let (_, blocks) = known.iter().find(|(n, _)| *n == name)?;
            let at = blocks.partition_point(|b| b.rows.end <= *start);
            blocks.get(at).map(column_stats)
        };
        if predicate.may_match(&stats) {
            push(&mut result, *start..*end);
        }
    }
    result
}

fn column_stats(block: &Block) -> ColumnStats {
    let rows = i64::try_from(block.rows.end - block.rows.start).ok();
    let nulls = block.null_count.and_then(|n| i64::try_from(n).ok());
    ColumnStats {
        min: block.min.clone().map_or(Value::Null, |v| around_zero(v, -1.0)),
        max: block.max.clone().map_or(Value::Null, |v| around_zero(v, 1.0)),
        null_count: nulls,
        row_count: rows,
    }
}

/// A bound of zero moved outward by the least step: some engines hold -0.0 for less than 0.0 and some for equal.
fn around_zero(value: Value, sign: f32) -> Value {
    match value {
        Value::Float(0.0) => Value::Float(f32::from_bits(1).copysign(sign)),
        Value::Double(0.0) => Value::Double(f64::from_bits(1).copysign(sign.into())),
        other => other,
    }
}
