//! Leaving few rows out of a batch: what is between them is copied in blocks of a fixed size, where a filter copies one
//! stretch after the other.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, PrimitiveArray, RecordBatch,
    RecordBatchOptions, downcast_primitive,
};
use arrow::buffer::BooleanBuffer;
use arrow::compute::{filter, filter_record_batch};
use arrow::error::ArrowError;
use rimon_spec::{Error, Result};

/// Values of a block.
const BLOCK: usize = 16;
/// Rows left in for each that is left out, from which on blocks are quicker.
const BETWEEN: usize = 6;

/// The rows of `batch` that are set in `live`, in their order.
pub(super) fn live_rows(batch: RecordBatch, live: BooleanBuffer) -> Result<RecordBatch> {
    let (rows, left) = (batch.num_rows(), live.count_set_bits());
    if left == rows {
        return Ok(batch);
    }
    let holes = rows - left;
    let quick = batch.columns().iter().any(is_quick);
    let mask = BooleanArray::new(live, None);
    if !quick || holes * BETWEEN > rows {
        return filter_record_batch(&batch, &mask).map_err(broken);
    }
    let stretches = stretches(mask.values(), holes);
    let column = |column: &ArrayRef| match without_holes(column, &stretches, left) {
        Some(column) => Ok(column),
        None => filter(column, &mask),
    };
    let columns = batch.columns().iter().map(column).collect::<std::result::Result<_, _>>();
    let options = RecordBatchOptions::new().with_row_count(Some(left));
    columns
        .and_then(|columns| RecordBatch::try_new_with_options(batch.schema(), columns, &options))
        .map_err(broken)
}

fn broken(error: ArrowError) -> Error {
    Error::internal("deleted rows could not be filtered").with_source(error)
}

/// Starts and ends of the rows between the holes.
fn stretches(live: &BooleanBuffer, holes: usize) -> Vec<(usize, usize)> {
    let mut stretches = Vec::with_capacity(holes + 1);
    let (mut start, mut first) = (0, 0);
    let chunks = live.bit_chunks();
    let rest = (chunks.remainder_bits(), chunks.remainder_len());
    for (word, len) in chunks.iter().map(|word| (word, 64)).chain([rest]) {
        let mut holes = !word;
        if len < 64 {
            holes &= (1 << len) - 1;
        }
        while holes != 0 {
            let hole = first + holes.trailing_zeros() as usize;
            if hole > start {
                stretches.push((start, hole));
            }
            start = hole + 1;
            holes &= holes - 1;
        }
        first += len;
    }
    if live.len() > start {
        stretches.push((start, live.len()));
    }
    stretches
}

fn is_quick(column: &ArrayRef) -> bool {
    column.data_type().is_primitive() && column.null_count() == 0
}

/// The column of the stretches, which have `left` rows; `None`: not for this column.
fn without_holes(column: &ArrayRef, stretches: &[(usize, usize)], left: usize) -> Option<ArrayRef> {
    if !is_quick(column) {
        return None;
    }
    macro_rules! primitive {
        ($t:ty) => {
            Some(Arc::new(primitive::<$t>(column, stretches, left)))
        };
    }
    downcast_primitive! {
        column.data_type() => (primitive),
        _ => None
    }
}

fn primitive<T: ArrowPrimitiveType>(
    column: &ArrayRef,
    stretches: &[(usize, usize)],
    left: usize,
) -> PrimitiveArray<T> {
    let values = column.as_primitive::<T>().values();
    let mut kept: Vec<T::Native> = Vec::with_capacity(left + BLOCK);
    for (start, end) in stretches {
        let (mut from, after) = (*start, kept.len() + end - start);
        while from < *end {
            match values.get(from..from + BLOCK).and_then(|v| v.first_chunk::<BLOCK>()) {
                // What is too much is cut off again.
                Some(block) => kept.extend_from_slice(block),
                None => kept.extend_from_slice(values.get(from..*end).unwrap_or_default()),
            }
            from += BLOCK;
        }
        kept.truncate(after);
    }
    PrimitiveArray::new(kept.into(), None).with_data_type(column.data_type().clone())
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int32Array, Int64Array, StringArray, TimestampMillisecondArray};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_a_filter_gives(
            rows in 0..700usize,
            dead in prop::collection::vec(any::<prop::sample::Index>(), 0..200),
            offset in 0..70usize,
        ) {
            let mut live = vec![true; rows + offset];
            if rows > 0 {
                dead.iter().for_each(|dead| live[offset + dead.index(rows)] = false);
            }
            let live = BooleanBuffer::from(live).slice(offset, rows);
            let numbers = || (0..rows as i64).map(|n| n * 3);
            let times = TimestampMillisecondArray::from_iter_values(numbers()).with_timezone("UTC");
            let columns: Vec<(&str, ArrayRef)> = vec![
                ("a", Arc::new(Int64Array::from_iter_values(numbers()))),
                ("b", Arc::new(numbers().map(|n| (n % 5 > 0).then_some(n as i32)).collect::<Int32Array>())),
                ("c", Arc::new(StringArray::from_iter_values(numbers().map(|n| n.to_string())))),
                ("d", Arc::new(times)),
            ];
            let batch = RecordBatch::try_from_iter(columns).unwrap();
            let expected =
                filter_record_batch(&batch, &BooleanArray::new(live.clone(), None)).unwrap();
            prop_assert_eq!(live_rows(batch, live).unwrap(), expected);
        }
    }
}
