//! What is read, by whom, and what is refused.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::array::{ArrayRef, Int8Array, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use futures::TryStreamExt;
use rimon_lsm::testing::{MemoryFile, MemoryLayout, ReadLog};
use rimon_lsm::{
    Deduplicate, MergeReadSpec, MergeTreeReader, Output, ReadOrder, ReadTuning, SortedFile,
    SortedRun, partition,
};
use rimon_spec::ErrorKind;

const ROWS: i64 = 200_000;

/// Rows with the keys given; value = key; sequence numbers from `first`.
fn file(name: &str, keys: impl Iterator<Item = i64>, first: i64, log: &Arc<ReadLog>) -> MemoryFile {
    let keys: ArrayRef = Arc::new(Int64Array::from_iter_values(keys));
    let rows = keys.len() as i64;
    let batch = RecordBatch::try_from_iter([
        ("_KEY_k", Arc::clone(&keys)),
        ("_SEQUENCE_NUMBER", Arc::new(Int64Array::from_iter_values(first..first + rows)) as _),
        ("_VALUE_KIND", Arc::new(Int8Array::from_iter_values((0..rows).map(|_| 0))) as _),
        ("k", keys),
    ])
    .unwrap();
    let layout = MemoryLayout {
        key_columns: 1,
        values: vec![0],
        user_sequence: vec![],
        block_rows: 1000,
        batch_rows: 8192,
    };
    MemoryFile::new(name, 0, batch, layout, Arc::clone(log)).unwrap()
}

fn spec(projection: Vec<Output>) -> MergeReadSpec {
    let fields: Vec<_> =
        projection.iter().map(|_| Field::new("k", DataType::Int64, true)).collect();
    MergeReadSpec {
        key_columns: 1,
        projection,
        schema: Arc::new(Schema::new(fields)),
        merge: Arc::new(Deduplicate::default()),
        order: ReadOrder::Unordered,
        user_sequence: None,
        tuning: ReadTuning { min_task_rows: 1000, ..ReadTuning::default() },
    }
}

async fn count(files: Vec<Arc<dyn SortedFile>>, spec: &MergeReadSpec, tasks: usize) -> Vec<usize> {
    let reader = MergeTreeReader::new(spec.clone());
    let mut counts = Vec::new();
    for section in partition(files) {
        for task in reader.tasks(&section, tasks).await.unwrap() {
            let batches: Vec<RecordBatch> = task.execute().try_collect().await.unwrap();
            counts.push(batches.iter().map(RecordBatch::num_rows).sum());
        }
    }
    counts
}

#[tokio::test]
async fn one_bucket_spreads_over_tasks_of_equal_work() {
    let log = Arc::new(ReadLog::default());
    let files: Vec<Arc<dyn SortedFile>> = (0..4)
        .map(|i| -> Arc<dyn SortedFile> {
            Arc::new(file(&format!("f{i}"), (0..ROWS).map(move |k| k * 4 + i), i * ROWS, &log))
        })
        .collect();
    let counts = count(files, &spec(vec![Output::Value(0)]), 4).await;
    assert_eq!(counts.iter().sum::<usize>(), 4 * ROWS as usize);
    assert_eq!(counts.len(), 4);
    assert!(counts.iter().all(|c| c.abs_diff(ROWS as usize) < 4000), "{counts:?}");
    // Keys of border blocks are read twice, values once.
    let keys = log.key_rows.load(Ordering::Relaxed);
    assert!(keys < 4 * ROWS as u64 + 4 * 3 * 2000, "{keys}");
    assert_eq!(log.value_rows.load(Ordering::Relaxed), 4 * ROWS as u64);
}

#[tokio::test]
async fn keys_that_one_run_alone_has_are_not_read() {
    let log = Arc::new(ReadLog::default());
    let files = || -> Vec<Arc<dyn SortedFile>> {
        vec![
            Arc::new(file("base", 0..ROWS, 0, &log)),
            Arc::new(file("update", 150_000..150_500, ROWS, &log)),
        ]
    };
    let total: usize = count(files(), &spec(vec![Output::Value(0)]), 2).await.iter().sum();
    assert_eq!(total, ROWS as usize);
    let keys = log.key_rows.load(Ordering::Relaxed);
    assert!(keys < 20_000, "keys of {keys} rows were read");
    // A count reads neither keys nor values outside the part that is touched.
    let values = log.value_rows.load(Ordering::Relaxed);
    let total: usize = count(files(), &spec(vec![]), 2).await.iter().sum();
    assert_eq!(total, ROWS as usize);
    assert!(log.key_rows.load(Ordering::Relaxed) < 2 * keys + 20_000);
    assert_eq!(log.value_rows.load(Ordering::Relaxed), values);
}

#[tokio::test]
async fn values_of_long_dead_stretches_are_not_read() {
    let log = Arc::new(ReadLog::default());
    let files: Vec<Arc<dyn SortedFile>> = vec![
        Arc::new(file("base", 0..ROWS, 0, &log)),
        Arc::new(file("rewritten", 20_000..180_000, ROWS, &log)),
    ];
    let total: usize = count(files, &spec(vec![Output::Value(0)]), 1).await.iter().sum();
    assert_eq!(total, ROWS as usize);
    let values = log.value_rows.load(Ordering::Relaxed);
    assert!(values < ROWS as u64 + 12_000, "{values} values were read");
}

#[tokio::test]
async fn wrong_files_are_refused() {
    let log = Arc::new(ReadLog::default());
    let good: Arc<dyn SortedFile> = Arc::new(file("good", 0..100, 0, &log));
    // Not in key order.
    let bad = file("bad", (0..100).rev(), 100, &log).with_meta(|meta| {
        std::mem::swap(&mut meta.min_key, &mut meta.max_key);
    });
    let files: Vec<Arc<dyn SortedFile>> = vec![Arc::clone(&good), Arc::new(bad)];
    let reader = MergeTreeReader::new(spec(vec![Output::Value(0)]));
    let sections = partition(files);
    let mut errors = Vec::new();
    for task in reader.tasks(&sections[0], 1).await.unwrap() {
        errors.extend(task.execute().try_collect::<Vec<_>>().await.err());
    }
    assert!(errors.iter().any(|e| e.kind() == ErrorKind::Corrupt), "{errors:?}");
    // A run whose files overlap.
    let overlapping = SortedRun::new(vec![good.clone(), Arc::new(file("o", 50..60, 500, &log))]);
    assert_eq!(overlapping.unwrap_err().kind(), ErrorKind::Corrupt);
}

#[tokio::test]
async fn sections_part_where_keys_do() {
    let log = Arc::new(ReadLog::default());
    let files: Vec<Arc<dyn SortedFile>> = vec![
        Arc::new(file("c", 50..60, 300, &log)),
        Arc::new(file("a", 0..30, 0, &log)),
        Arc::new(file("b", 20..40, 100, &log)),
        Arc::new(file("d", 35..36, 200, &log)),
    ];
    let sections = partition(files);
    let names: Vec<Vec<Vec<String>>> = sections
        .iter()
        .map(|s| {
            let run = |r: &SortedRun| r.files().iter().map(|f| f.meta().name.clone()).collect();
            s.runs().iter().map(run).collect()
        })
        .collect();
    assert_eq!(names, [vec![vec!["a"], vec!["b"], vec!["d"]], vec![vec!["c"]]]);
    assert!(!sections[0].is_plain() && sections[1].is_plain());
    assert_eq!(
        BTreeMap::from([(0, sections[0].rows()), (1, sections[1].rows())]),
        BTreeMap::from([(0, 51), (1, 10)])
    );
}
