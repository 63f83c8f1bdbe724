//! Nanoseconds per input row of the key phase, for each kind of table and shape of runs.
//!
//! `cargo bench -p rimon-lsm`: best of five, one thread. The figures stand beside those of the
//! design (bit slabs 3-4, hash slabs 9-14, direct tables 3-5, loser tree 20-40).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests and benchmarks stop at the first surprise"
)]

use std::sync::Arc;
use std::time::Instant;

use arrow::array::{ArrayRef, Int8Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use futures::TryStreamExt;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rimon_lsm::plan::TableKind;
use rimon_lsm::testing::{KeyPhase, MemoryFile, MemoryLayout, ReadLog};
use rimon_lsm::{
    Deduplicate, MergeReadSpec, MergeTreeReader, Output, ReadOrder, ReadTuning, SortedFile,
    partition,
};

const KINDS: [TableKind; 5] =
    [TableKind::Bit, TableKind::Hash, TableKind::Direct, TableKind::Gallop, TableKind::Tree];

/// Sorted runs of distinct keys, oldest first.
fn random_runs(seed: u64, runs: usize, rows: usize, range: i64) -> Vec<Vec<i64>> {
    let mut random = StdRng::seed_from_u64(seed);
    (0..runs)
        .map(|_| {
            let mut keys: Vec<i64> = (0..rows).map(|_| random.random_range(0..range)).collect();
            keys.sort_unstable();
            keys.dedup();
            keys
        })
        .collect()
}

fn with_base(seed: u64, base: i64, rows: usize) -> Vec<Vec<i64>> {
    let mut runs = vec![(0..base).map(|k| k * 2).collect::<Vec<_>>()];
    runs.extend(random_runs(seed, 4, rows, base * 2));
    runs
}

fn best(times: usize, mut work: impl FnMut() -> usize) -> (f64, usize) {
    let mut best = f64::MAX;
    let mut result = 0;
    for _ in 0..times {
        let start = Instant::now();
        result = work();
        best = best.min(start.elapsed().as_secs_f64());
    }
    (best, result)
}

fn key_phase(name: &str, runs: &[Vec<i64>], text: Option<fn(i64) -> String>) {
    let column = |keys: &Vec<i64>| -> ArrayRef {
        match text {
            Some(text) => Arc::new(keys.iter().map(|k| Some(text(*k))).collect::<StringArray>()),
            None => Arc::new(Int64Array::from(keys.clone())),
        }
    };
    let batches: Vec<Vec<RecordBatch>> = runs
        .iter()
        .map(|keys| vec![RecordBatch::try_from_iter([("k", column(keys))]).unwrap()])
        .collect();
    let rows: usize = runs.iter().map(Vec::len).sum();
    let per_row = |seconds: f64| seconds * 1e9 / rows as f64;
    let (encode, _) = best(5, || KeyPhase::encode(&batches).unwrap().rows());
    let keys = KeyPhase::encode(&batches).unwrap();
    println!("{name}: {rows} rows, encode and check {:.1} ns/row", per_row(encode));
    for ordered in [false, true] {
        for kind in std::iter::once(None).chain(KINDS.map(Some)) {
            let (seconds, survivors) = best(5, || keys.plan(kind, ordered).unwrap());
            let kind = kind.map_or("policy".to_owned(), |kind| format!("{kind:?}"));
            let order = if ordered { "ordered" } else { "unordered" };
            println!("  {kind:8} {order:10} {:6.2} ns/row  {survivors} survive", per_row(seconds));
        }
    }
}

/// The whole read over in-memory files: 8 runs, 1 key and 3 numeric values.
fn whole_read(runs: &[Vec<i64>], order: ReadOrder, values: usize) {
    let log = Arc::new(ReadLog::default());
    let mut sequence = 0;
    let files: Vec<Arc<dyn SortedFile>> = runs
        .iter()
        .enumerate()
        .map(|(i, keys)| -> Arc<dyn SortedFile> {
            let rows = keys.len() as i64;
            let key: ArrayRef = Arc::new(Int64Array::from(keys.clone()));
            let numbers: ArrayRef =
                Arc::new(Int64Array::from_iter_values(sequence..sequence + rows));
            let kinds: ArrayRef = Arc::new(Int8Array::from(vec![0; keys.len()]));
            let mut columns = vec![("_KEY_k", key), ("_SEQUENCE_NUMBER", Arc::clone(&numbers))];
            columns.push(("_VALUE_KIND", kinds));
            columns.extend(["a", "b", "c"].map(|name| (name, Arc::clone(&numbers))));
            sequence += rows;
            let layout = MemoryLayout {
                key_columns: 1,
                values: (0..values).collect(),
                user_sequence: vec![],
                block_rows: 20_000,
                batch_rows: 32_768,
            };
            let batch = RecordBatch::try_from_iter(columns).unwrap();
            Arc::new(MemoryFile::new(format!("f{i}"), 0, batch, layout, Arc::clone(&log)).unwrap())
        })
        .collect();
    let mut projection = vec![Output::Key(0)];
    projection.extend((0..values).map(Output::Value));
    let fields: Vec<Field> =
        projection.iter().map(|_| Field::new("c", DataType::Int64, true)).collect();
    let reader = MergeTreeReader::new(MergeReadSpec {
        key_columns: 1,
        projection,
        schema: Arc::new(Schema::new(fields)),
        merge: Arc::new(Deduplicate::default()),
        order,
        user_sequence: None,
        tuning: ReadTuning::default(),
    });
    let section = partition(files).remove(0);
    for tasks in [1, 2] {
        let rows: usize = runs.iter().map(Vec::len).sum();
        let (seconds, found) = best(5, || {
            let tasks = futures::executor::block_on(reader.tasks(&section, tasks)).unwrap();
            let workers: Vec<_> = tasks
                .into_iter()
                .map(|task| {
                    std::thread::spawn(move || {
                        let stream = task.execute();
                        let count = stream.try_fold(0, async |n, b| Ok(n + b.num_rows()));
                        futures::executor::block_on(count).unwrap()
                    })
                })
                .collect();
            workers.into_iter().map(|worker| worker.join().unwrap()).sum()
        });
        println!(
            "whole read of memory, {order:?}, key and {values} values, {tasks} task(s): {:.1} ms, {:.2} ns/row, {found} rows",
            seconds * 1e3,
            seconds * 1e9 / rows as f64
        );
    }
}

fn main() {
    let dense = random_runs(7, 8, 500_000, 2_000_000);
    key_phase("8 runs x 500 K over 2 M keys", &dense, None);
    key_phase("the same as user_<number>", &dense, Some(|k| format!("user_{k:012}")));
    key_phase(
        "the same as 36 characters",
        &dense,
        Some(|k| format!("{k:012x}-aaaa-bbbb-cccc-{:014x}", k * 7)),
    );
    key_phase("8 runs x 500 K over 1e8 keys", &random_runs(11, 8, 500_000, 100_000_000), None);
    key_phase(
        "8 runs x 500 K over 1e12 keys",
        &random_runs(12, 8, 500_000, 1_000_000_000_000),
        None,
    );
    key_phase("base 4 M + 4 x 10 %", &with_base(9, 4_000_000, 400_000), None);
    key_phase("base 4 M + 4 x 1 %", &with_base(9, 4_000_000, 40_000), None);
    for order in [ReadOrder::Unordered, ReadOrder::ByKey] {
        for values in [0, 3] {
            whole_read(&dense, order, values);
        }
    }
}
