use super::*;
use crate::read::ranges::tests::{ranges, rows_of};
use arrow::array::{AsArray, UInt64Array};
use arrow::datatypes::UInt64Type;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn deleted(end: u64) -> impl Strategy<Value = BTreeSet<u64>> {
    let stretches = ranges(end).prop_map(|r| rows_of(&r));
    let single = proptest::collection::vec(0..end, 0..40);
    (stretches, single, any::<bool>()).prop_map(|(a, b, long)| {
        if long { a.into_iter().chain(b).collect() } else { b.into_iter().collect() }
    })
}

#[test]
fn a_batch_without_columns_keeps_its_count() {
    let vector: DeletionVector = [1, 2].into_iter().collect();
    let mut filter = PositionFilter {
        live: LiveBits::new(&vector, 0..5).unwrap(),
        ahead: std::iter::once(0..5).collect(),
    };
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(5));
    let schema = Arc::new(arrow::datatypes::Schema::empty());
    let batch = RecordBatch::try_new_with_options(schema, vec![], &options).unwrap();
    assert_eq!(filter.apply(batch).unwrap().num_rows(), 3);
}

#[test]
fn long_stretches_are_not_decoded() {
    let vector: DeletionVector = (2000..5000).chain([7000, 7001]).chain(9000..10_000).collect();
    let live = LiveBits::new(&vector, 0..10_000).unwrap();
    #[expect(clippy::single_range_in_vec_init, reason = "one range of rows")]
    let kept = without_gaps(&[0..10_000], &live);
    assert_eq!(kept, [0..2048, 4096..9216]);
    assert_eq!(without_gaps(&[9000..9500, 9600..10_000], &live), []);
}

proptest! {
    #[test]
    fn filtered_batches_hold_the_live_rows(
        wanted in ranges(6000),
        deleted in deleted(6000),
        size in 1_usize..700,
    ) {
        let span = wanted.first().map_or(0, |r| r.start)..wanted.last().map_or(0, |r| r.end);
        let live = LiveBits::new(&deleted.iter().copied().collect(), span).unwrap();
        let kept = without_gaps(&wanted, &live);
        let mut filter = PositionFilter { live, ahead: kept.clone().into() };
        let mut found = Vec::new();
        for chunk in rows_of(&kept).chunks(size) {
            let column = Arc::new(UInt64Array::from(chunk.to_vec())) as _;
            let batch = filter.apply(RecordBatch::try_from_iter([("r", column)]).unwrap()).unwrap();
            found.extend_from_slice(batch.column(0).as_primitive::<UInt64Type>().values());
        }
        let expected: Vec<u64> =
            rows_of(&wanted).into_iter().filter(|r| !deleted.contains(r)).collect();
        prop_assert_eq!(found, expected);
        prop_assert!(filter.ahead.is_empty());
    }

    #[test]
    fn live_rows_are_numbered_without_gaps(
        deleted in deleted(300),
        numbers in (0_u64..300, 0_u64..300),
    ) {
        let vector = deleted.iter().copied().collect::<DeletionVector>();
        let live = LiveRows::new(&vector, 300);
        let rows: Vec<u64> = (0..300).filter(|r| !deleted.contains(r)).collect();
        prop_assert_eq!(live.count(), rows.len() as u64);
        for row in 0..=300 {
            let before = rows.iter().filter(|r| **r < row).count() as u64;
            prop_assert_eq!(live.number(row), before);
        }
        let start = numbers.0.min(live.count());
        let end = (start + numbers.1).min(live.count());
        let mut found = RowRanges::default();
        live.rows(&(start..end), &mut found);
        prop_assert_eq!(rows_of(found.as_slice()), &rows[start as usize..end as usize]);
    }
}
