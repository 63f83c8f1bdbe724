//! What formats without statistics in their files answer: one block, and every row may match.

use crate::arrow_schema::to_arrow_type;
use crate::filter::Filter;
use crate::{BatchStream, Block, ReadColumn, ReadRequest, Source, rows};
use rimon_spec::{Error, Predicate, Result};
use std::ops::Range;

/// All rows of a file as ranges.
pub(crate) fn all(rows: u64) -> Vec<Range<u64>> {
    let mut ranges = Vec::new();
    rows::push(&mut ranges, 0..rows);
    ranges
}

/// One block of all rows; a constant is its own bound.
pub(crate) fn blocks(rows: u64, column: &ReadColumn, stored: bool) -> Vec<Block> {
    let (bound, null_count) = match &column.source {
        Source::Constant(value) if !value.is_null() => (Some(value.clone()), Some(0)),
        Source::File { .. } if stored => (None, None),
        _ => (None, Some(rows)),
    };
    let block = |rows| Block { rows, min: bound.clone(), max: bound.clone(), null_count };
    all(rows).into_iter().map(block).collect()
}

/// The rows asked for, in order.
///
/// # Errors
/// `Invalid` for ranges that overlap or are not of the file, and for batches of no rows.
pub(crate) fn chosen(request: &ReadRequest, rows: u64) -> Result<Vec<Range<u64>>> {
    if request.batch_size == 0 {
        return Err(Error::invalid("batches of 0 rows"));
    }
    match &request.ranges {
        _ if matches!(request.predicate, Some(Predicate::False)) => Ok(Vec::new()),
        Some(ranges) => rows::normalise(ranges, rows),
        None => Ok(all(rows)),
    }
}

/// The condition that rows have to be filtered by.
///
/// # Errors
/// `Invalid` when it names a column that is not read.
pub(crate) fn filter(request: &ReadRequest) -> Result<Option<Filter>> {
    match &request.predicate {
        Some(predicate) if request.exact => {
            Filter::new(predicate.clone(), &request.columns).map(Some)
        }
        _ => Ok(None),
    }
}

/// `batches` without the rows that do not pass.
pub(crate) fn filtered(batches: BatchStream, filter: Option<Filter>) -> BatchStream {
    match filter {
        Some(filter) => filter.apply(batches),
        None => batches,
    }
}

/// Rows that may match: all, unless none can. Checks that the columns exist in Arrow.
pub(crate) fn matching(
    rows: u64,
    columns: &[ReadColumn],
    predicate: &Predicate,
) -> Result<Vec<Range<u64>>> {
    columns.iter().try_for_each(|c| to_arrow_type(&c.output.data_type).map(drop))?;
    let never = matches!(predicate, Predicate::False);
    Ok(if never { Vec::new() } else { all(rows) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rimon_spec::{DataField, DataType, TypeKind, Value};

    #[test]
    fn a_constant_bounds_its_block() {
        let output = DataField::new(0, "p", DataType::new(TypeKind::Int));
        let column = ReadColumn { output, source: Source::Constant(Value::Int(3)) };
        let found = blocks(5, &column, false);
        let expected = Block {
            rows: 0..5,
            min: Some(Value::Int(3)),
            max: Some(Value::Int(3)),
            null_count: Some(0),
        };
        assert_eq!(found, [expected]);
        assert_eq!(blocks(0, &column, false), []);
    }
}
