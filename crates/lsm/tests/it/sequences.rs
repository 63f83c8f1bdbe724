//! Files whose sequence numbers overlap, as concurrent writers leave them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::array::{Int64Array, RecordBatch};
use proptest::prelude::*;
use rimon_lsm::SortedFile;
use rimon_lsm::testing::{MemoryFile, ReadLog};

use crate::model::sizes;
use crate::table::{
    KEY_TYPES, KeyType, Order, Row, Sizes, check, file_schema, layout, log, read, read_spec, values,
};

const PLAIN: Order = Order { user: false, descending: false };

/// A file of rows `(key number, sequence number = value, kind)`.
fn file(
    keys: KeyType,
    name: &str,
    rows: &[(i64, i64, i8)],
    block_rows: usize,
    log: Arc<ReadLog>,
) -> Arc<dyn SortedFile> {
    let table_rows: Vec<Row> = rows.iter().map(|(k, s, kind)| (*k, None, *s, *kind)).collect();
    let (batch, kinds) = values(keys, &table_rows);
    let mut columns = batch.columns()[..keys.count()].to_vec();
    columns.push(Arc::new(rows.iter().map(|r| Some(r.1)).collect::<Int64Array>()));
    columns.push(Arc::new(kinds));
    columns.extend(batch.columns().iter().cloned());
    let rows = RecordBatch::try_new(file_schema(keys), columns).unwrap();
    Arc::new(MemoryFile::new(name, 0, rows, layout(keys, block_rows, 33), log).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_greatest_sequence_wins_whichever_file_it_is_in(
        rows in prop::collection::vec((0..6usize, 0..300i64, prop::bool::weighted(0.2)), 1..500),
        shuffle in any::<u64>(),
        keys in prop::sample::select(KEY_TYPES.to_vec()),
        block_rows in 0..40usize,
        sizes in sizes(),
    ) {
        // Distinct sequence numbers in no order: an odd factor permutes the low bits.
        let sequence = |i: usize| ((i as u64).wrapping_mul(shuffle | 1) & 0xFFF) as i64;
        let mut files: Vec<BTreeMap<i64, (i64, i8)>> = vec![BTreeMap::new(); 6];
        let mut newest: BTreeMap<i64, (i64, i8)> = BTreeMap::new();
        for (i, (file, key, delete)) in rows.iter().enumerate() {
            let row = (sequence(i), if *delete { 3 } else { 2 });
            for map in [&mut files[*file], &mut newest] {
                let entry = map.entry(*key).or_insert(row);
                *entry = (*entry).max(row);
            }
        }
        let files: Vec<_> = files.iter().enumerate().filter(|(_, rows)| !rows.is_empty()).map(|(i, rows)| {
            let rows: Vec<_> = rows.iter().map(|(k, (s, kind))| (*k, *s, *kind)).collect();
            file(keys, &format!("f{i}"), &rows, block_rows, log())
        }).collect();
        let live = newest.into_iter().filter(|(_, r)| r.1 == 2).map(|(k, r)| (k, r.0)).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(check(&files, &live, keys, PLAIN, sizes));
    }
}

const SIZES: Sizes =
    Sizes { tasks: 1, chunk: 1 << 20, slab: None, batch: 100, skip: 64, force: None };

#[tokio::test]
async fn ties_prefer_an_addition() {
    // Two writers started from the same sequence number.
    for swap in [false, true] {
        let (a, b) = if swap { ("b", "a") } else { ("a", "b") };
        let files = vec![
            file(KeyType::BigInt, a, &[(1, 7, 3), (2, 8, 0)], 10, log()),
            file(KeyType::BigInt, b, &[(1, 7, 0), (2, 8, 3)], 10, log()),
        ];
        check(&files, &BTreeMap::from([(1, 7), (2, 8)]), KeyType::BigInt, PLAIN, SIZES).await;
    }
}

#[tokio::test]
async fn what_metadata_tells_is_not_read() {
    let log = log();
    let old: Vec<_> = (0..100).map(|k| (k, k, 0i8)).collect();
    let new: Vec<_> = (40..60).map(|k| (k, 1000 + k, 0i8)).collect();
    let files = vec![
        file(KeyType::BigInt, "old", &old, 10, Arc::clone(&log)),
        file(KeyType::BigInt, "new", &new, 10, Arc::clone(&log)),
    ];
    let spec = read_spec(KeyType::BigInt, PLAIN, false, SIZES);
    read(files, spec.clone(), 1).await;
    assert_eq!(log.sequence_rows.load(Ordering::Relaxed), 0, "ages of runs are disjoint");
    assert_eq!(log.kind_rows.load(Ordering::Relaxed), 0, "no file has deletes");

    // Equal numbers in both files: sequences are read, kinds only where there may be deletes.
    let retracting: Vec<_> = (40..60).map(|k| (k, k, 3i8)).collect();
    let files = vec![
        file(KeyType::BigInt, "old", &old, 10, Arc::clone(&log)),
        file(KeyType::BigInt, "new", &retracting, 10, Arc::clone(&log)),
    ];
    read(files, spec, 1).await;
    assert_eq!(log.sequence_rows.load(Ordering::Relaxed), 120);
    assert_eq!(log.kind_rows.load(Ordering::Relaxed), 20);
}
