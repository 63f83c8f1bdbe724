//! The choices of Java's own tests, and histories of commits against the definition of first-row.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int8Array, Int64Array, RecordBatch};
use arrow::datatypes::Int64Type;
use proptest::prelude::*;
use rimon_spec::options::CompactionOptions;

use super::*;
use crate::levels::Levels;
use crate::merge::FirstRow;
use crate::ports::{RunWriterFactory, SortedFile};
use crate::read_spec::{MergeReadSpec, Output, ReadOrder, ReadTuning};
use crate::reader::MergeTreeReader;
use crate::testing::{MemoryFile, MemoryLayout, MemoryWriters, ReadLog};

fn options(amplification: u32, ratio: u32, trigger: usize) -> CompactionOptions {
    CompactionOptions {
        trigger,
        num_levels: 6,
        max_amplification: amplification,
        size_ratio: ratio,
        total_size_threshold: None,
        incremental_size_threshold: None,
        rewrite_all: false,
        small_file_ratio: None,
    }
}

fn runs(runs: &[(i32, u64)]) -> Vec<LevelSize> {
    runs.iter().map(|(level, size)| LevelSize { level: *level, size: *size }).collect()
}

/// Levels and sizes, levels in all, options, whether level 0 must go up: how many runs go to which level.
type Scenario = (&'static [(i32, u64)], i32, (u32, u32, usize), bool, Option<(usize, i32)>);

const SCENARIOS: &[Scenario] = &[
    // much is newer than the oldest run
    (&[(0, 1), (0, 2), (0, 3), (0, 3)], 3, (25, 1, 3), false, Some((4, 2))),
    // runs of about the same size
    (&[(0, 1), (1, 1), (2, 1), (3, 50)], 4, (25, 1, 3), false, Some((3, 2))),
    // too many runs, and the next one that is not larger
    (&[(0, 1), (1, 2), (2, 3), (3, 50)], 4, (25, 1, 3), false, Some((3, 2))),
    // nothing goes to level 0
    (&[(0, 1), (0, 1), (1, 1), (2, 50)], 3, (25, 1, 3), false, Some((3, 1))),
    (&[(0, 1), (0, 2), (1, 3), (2, 50)], 3, (25, 1, 3), false, Some((3, 1))),
    (&[(0, 1), (0, 1), (0, 1), (0, 1024), (0, 1 << 20)], 6, (200, 1, 5), false, Some((5, 5))),
    (&[(0, 8), (1, 9), (2, 10)], 4, (1000, 10, 3), false, None),
    (&[(0, 8), (1, 9), (2, 10)], 4, (1000, 20, 3), false, Some((3, 3))),
    // few runs
    (&[(0, 1), (0, 1)], 3, (200, 1, 5), false, None),
    // all of level 0 goes up
    (&[(0, 1), (0, 2), (0, 2), (0, 2)], 3, (25, 1, 3), true, Some((4, 2))),
    (&[(0, 1), (1, 2), (2, 2)], 3, (25, 1, 3), true, Some((3, 2))),
    (&[(0, 1), (2, 2)], 3, (25, 1, 3), true, Some((1, 1))),
    (&[(0, 1), (0, 1)], 3, (200, 1, 5), true, Some((2, 2))),
    (&[(0, 1), (1, 10)], 3, (200, 1, 5), true, Some((2, 2))),
    (&[(0, 1), (0, 5), (2, 10)], 3, (200, 1, 5), true, Some((2, 1))),
    (&[(2, 10)], 3, (200, 1, 5), true, None),
    (&[], 3, (200, 1, 5), true, None),
];

#[test]
fn runs_are_chosen_as_java_chooses_them() {
    for (of, levels, (amplification, ratio, trigger), empty, expected) in SCENARIOS {
        let options = options(*amplification, *ratio, *trigger);
        let chosen = choose(&runs(of), *levels, &options, *empty);
        let chosen = chosen.map(|choice| (choice.runs, choice.output_level));
        assert_eq!(chosen, *expected, "{of:?}, {amplification}, {ratio}, {trigger}, {empty}");
    }
}

#[test]
fn little_or_much_is_compacted_in_whole() {
    let tree = runs(&[(0, 1), (1, 3), (2, 5)]);
    let total = |size| CompactionOptions { total_size_threshold: Some(size), ..options(100, 1, 9) };
    let all = Some(Choice { runs: 3, output_level: 2 });
    assert_eq!(choose(&tree, 3, &total(10), false), all);
    assert_eq!(choose(&tree, 3, &total(9), false), None);
    assert_eq!(choose(&tree[..1], 3, &total(10), false), None);
    let upper =
        |size| CompactionOptions { incremental_size_threshold: Some(size), ..options(100, 1, 9) };
    assert_eq!(choose(&tree, 3, &upper(3), false), all);
    assert_eq!(choose(&tree, 3, &upper(4), false), None);
}

#[test]
fn sizes_of_a_growing_tree_do_not_overflow() {
    let huge = runs(&[(0, u64::MAX), (0, u64::MAX), (1, u64::MAX), (i32::MAX, u64::MAX)]);
    assert!(choose(&huge, i32::MAX, &options(200, 1, 3), true).is_some());
}

fn layout() -> MemoryLayout {
    // the value, and copies of sequence number and kind: what a rewrite reads as values
    MemoryLayout {
        key_columns: 1,
        values: vec![0, 1, 2],
        user_sequence: vec![],
        block_rows: 7,
        batch_rows: 5,
    }
}

/// A file of (key, sequence number, value, retracts).
fn file(name: &str, level: i32, rows: &[(i64, i64, i64, bool)], size: u64) -> Arc<dyn SortedFile> {
    let ints = |f: fn(&(i64, i64, i64, bool)) -> i64| -> ArrayRef {
        Arc::new(rows.iter().map(f).collect::<Int64Array>())
    };
    let kinds: ArrayRef =
        Arc::new(rows.iter().map(|r| if r.3 { 3 } else { 0 }).collect::<Int8Array>());
    let batch = RecordBatch::try_from_iter([
        ("_KEY_k", ints(|r| r.0)),
        ("_SEQUENCE_NUMBER", ints(|r| r.1)),
        ("_VALUE_KIND", kinds.clone()),
        ("v", ints(|r| r.2)),
        ("s", ints(|r| r.1)),
        ("kind", kinds),
    ]);
    let file = MemoryFile::new(name, level, batch.unwrap(), layout(), Arc::default()).unwrap();
    Arc::new(file.with_meta(|meta| meta.size = size))
}

fn reader(schema: &RecordBatch) -> MergeTreeReader {
    MergeTreeReader::new(MergeReadSpec {
        key_columns: 1,
        projection: vec![
            Output::Key(0),
            Output::Value(1),
            Output::Value(2),
            Output::Value(0),
            Output::Value(1),
            Output::Value(2),
        ],
        schema: schema.schema(),
        merge: Arc::new(FirstRow { ignore_deletes: true }),
        order: ReadOrder::ByKey,
        user_sequence: None,
        tuning: ReadTuning { chunk_rows: 40, batch_rows: 6, ..ReadTuning::default() },
    })
}

fn schema() -> RecordBatch {
    let ints = || Arc::new(Int64Array::from(vec![0])) as ArrayRef;
    let kinds = || Arc::new(Int8Array::from(vec![0])) as ArrayRef;
    RecordBatch::try_from_iter([
        ("_KEY_k", ints()),
        ("_SEQUENCE_NUMBER", ints()),
        ("_VALUE_KIND", kinds()),
        ("v", ints()),
        ("s", ints()),
        ("kind", kinds()),
    ])
    .unwrap()
}

#[test]
fn what_cannot_stay_as_it_is_is_rewritten() {
    let rules = StepRules { small_file: 100, rewrite_all: false, level0_upgrades: true };
    let rows = |from: i64| [(from, from, 0, false), (from + 5, from + 5, 0, false)];
    let describe = |files: Vec<Arc<dyn SortedFile>>, output_level, rules| -> Vec<String> {
        let unit = CompactUnit { files, output_level, max_level: 5, above: vec![] };
        let names = |section: &crate::Section| -> Vec<String> {
            let files = section.runs().iter().flat_map(|run| run.files());
            files.map(|file| file.meta().name.clone()).collect()
        };
        let step = |step: Step| match step {
            Step::Upgrade(file) => format!("up {}", file.meta().name),
            Step::Rewrite(sections) => {
                let mut all: Vec<String> = sections.iter().flat_map(names).collect();
                all.sort();
                format!("rewrite {}", all.join(" "))
            }
        };
        unit.steps(rules).into_iter().map(step).collect()
    };
    let apart = || {
        vec![
            file("a", 0, &rows(0), 10),
            file("b", 5, &rows(10), 10),
            file("c", 5, &rows(20), 200),
            file("d", 4, &rows(30), 200),
            file("e", 0, &rows(40), 10),
        ]
    };
    assert_eq!(describe(apart(), 5, rules), ["rewrite a b", "up d", "up e"]);
    // rows of level 0 may be in a level above
    let bound = StepRules { level0_upgrades: false, ..rules };
    assert_eq!(describe(apart(), 5, bound), ["rewrite a b", "up d", "rewrite e"]);
    let all = StepRules { rewrite_all: true, ..rules };
    assert_eq!(describe(apart(), 5, all), ["rewrite a b", "rewrite c", "rewrite d", "rewrite e"]);
    // overlapping files go together, whatever their size
    let overlapping = vec![file("a", 0, &rows(0), 500), file("b", 0, &rows(3), 500)];
    assert_eq!(describe(overlapping, 5, rules), ["rewrite a b"]);
    // rows that retract do not reach the highest level
    let retracts = || vec![file("a", 1, &[(1, 1, 1, true)], 500)];
    assert_eq!(describe(retracts(), 5, rules), ["rewrite a"]);
    assert_eq!(describe(retracts(), 4, rules), ["up a"]);
}

/// Commits of keys; a commit may bring the same key again. `true`: the row retracts.
type Commits = Vec<Vec<(i64, bool)>>;

fn commits() -> impl Strategy<Value = Commits> {
    let key = prop_oneof![0..40i64, 0..400i64];
    let row = (key, prop::bool::weighted(0.1));
    prop::collection::vec(prop::collection::vec(row, 1..60), 1..14)
}

async fn rows_of(file: &Arc<dyn SortedFile>) -> Vec<(i64, i64)> {
    use futures::TryStreamExt;
    let all = 0..file.meta().rows;
    let keys = file.read_keys(Default::default(), all.clone()).await.unwrap();
    let keys: Vec<RecordBatch> = keys.try_collect().await.unwrap();
    let values = file.read_values(crate::RowRanges::single(all)).await.unwrap();
    let values: Vec<RecordBatch> = values.try_collect().await.unwrap();
    let ints = |batches: &[RecordBatch]| -> Vec<i64> {
        let columns = batches.iter().map(|b| b.column(0).as_primitive::<Int64Type>().clone());
        columns.flat_map(|c| c.values().to_vec()).collect()
    };
    ints(&keys).into_iter().zip(ints(&values)).collect()
}

async fn play(commits: Commits, options: CompactionOptions, small: u64) {
    let writers = Arc::new(MemoryWriters::new(layout(), Arc::new(ReadLog::default()), 11));
    let reader = reader(&schema());
    let mut files: Vec<Arc<dyn SortedFile>> = Vec::new();
    let mut model: BTreeMap<i64, i64> = BTreeMap::new();
    let mut sequence = 0;
    for (number, commit) in commits.into_iter().enumerate() {
        let mut rows: BTreeMap<i64, (i64, i64, i64, bool)> = BTreeMap::new();
        for (key, retracts) in commit {
            sequence += 1;
            rows.entry(key).or_insert((key, sequence, sequence, retracts));
            if !retracts {
                let first = rows[&key].2;
                // a row that retracts and comes first hides the others in its file only
                if !rows[&key].3 {
                    model.entry(key).or_insert(first);
                }
            }
        }
        let rows: Vec<_> = rows.into_values().collect();
        files.push(file(&format!("new-{number:03}"), 0, &rows, rows.len() as u64));
        let levels = Levels::new(files.clone()).unwrap();
        let Some(unit) = CompactUnit::choose(&levels, &options, true) else {
            panic!("level 0 has files")
        };
        let level0_upgrades = unit.output_level == unit.max_level;
        let rules = StepRules { small_file: small, rewrite_all: false, level0_upgrades };
        for step in unit.steps(rules) {
            let (gone, made): (Vec<Arc<dyn SortedFile>>, Vec<_>) = match step {
                Step::Upgrade(file) => {
                    let rows: Vec<_> =
                        rows_of(&file).await.iter().map(|(k, v)| (*k, *v, *v, false)).collect();
                    let name = format!("{}-up", file.meta().name);
                    let up = self::file(&name, unit.output_level, &rows, rows.len() as u64);
                    (vec![file], vec![up])
                }
                Step::Rewrite(sections) => {
                    let runs = sections.iter().flat_map(|section| section.runs());
                    let gone = runs.flat_map(|run| run.files()).cloned().collect();
                    let level = unit.output_level;
                    let upper = Upper { above: &unit.above, settled: true };
                    let made = rewrite(&reader, &*writers, sections, upper, level).await;
                    (gone, made.unwrap())
                }
            };
            files.retain(|file| !gone.iter().any(|g| g.meta().name == file.meta().name));
            files.extend(made);
        }
        // runs of a level do not overlap, nothing is left in level 0, and no key is there twice
        let levels = Levels::new(files.clone()).unwrap();
        assert!(levels.level0().is_empty());
        let mut got = Vec::new();
        for file in &files {
            got.extend(rows_of(file).await);
        }
        got.sort_unstable();
        let expected: Vec<(i64, i64)> = model.iter().map(|(k, v)| (*k, *v)).collect();
        assert_eq!(got, expected, "after commit {number}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn each_key_keeps_its_first_row(
        commits in commits(),
        trigger in 2..6usize,
        amplification in prop::sample::select(vec![10_u32, 200, 100_000]),
        small in prop::sample::select(vec![0_u64, 20, 1_000]),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut options = options(amplification, 1, trigger);
        options.num_levels = trigger as i32 + 1;
        runtime.block_on(play(commits, options, small));
    }
}

#[tokio::test]
async fn keys_of_levels_above_are_read_where_they_overlap_and_values_are_not() {
    let log = Arc::new(ReadLog::default());
    let writers = Arc::new(MemoryWriters::new(layout(), Arc::clone(&log), 1000));
    let rows: Vec<(i64, i64, i64, bool)> = (0..100).map(|k| (k * 10, k, k, false)).collect();
    let run = writers.create(crate::RunRole { level: 5, rows: 100 }).await.unwrap();
    let mut run = run;
    for part in rows.chunks(50) {
        let source = file("x", 5, part, 1);
        let mut batches = reader(&schema())
            .tasks(&crate::Section::new(vec![crate::SortedRun::single(source)]), 1)
            .await
            .unwrap();
        use futures::TryStreamExt;
        let batches: Vec<RecordBatch> = batches.remove(0).execute().try_collect().await.unwrap();
        for batch in batches {
            let batch =
                crate::RunBatch { batch, min_sequence: 0, max_sequence: 99, delete_rows: 0 };
            run.write(batch).await.unwrap();
        }
    }
    let above = crate::SortedRun::new(run.finish().await.unwrap()).unwrap();
    let new = file("new", 0, &[(500, 200, 1, false), (505, 201, 2, false)], 1);
    let section = crate::Section::new(vec![crate::SortedRun::single(new)]);
    let upper = Upper { above: &[above], settled: true };
    let made = rewrite(&reader(&schema()), &*writers, vec![section], upper, 4).await.unwrap();
    assert_eq!(rows_of(&made[0]).await, [(505, 2)]);
    let read =
        |counter: &std::sync::atomic::AtomicU64| counter.load(std::sync::atomic::Ordering::Relaxed);
    assert!(read(&log.key_rows) <= 100, "{log:?}");
    assert_eq!((read(&log.sequence_rows), read(&log.kind_rows)), (0, 0), "{log:?}");
    // the one row that was read back
    assert_eq!(read(&log.value_rows), 1, "{log:?}");
}

/// Two jobs that write at a time use the same sequence numbers; what was compacted first stays.
#[tokio::test]
async fn rows_above_level_0_stay_whatever_their_sequence_numbers_are() {
    let writers = Arc::new(MemoryWriters::new(layout(), Arc::default(), 1000));
    let made = |settled| {
        let old = file("old", 5, &[(1, 50, 1, false), (3, 51, 1, false)], 1);
        let new = file("new", 0, &[(1, 50, 2, false), (2, 1, 2, false), (3, 2, 2, false)], 1);
        let sections = crate::partition(vec![old, new]);
        let writers = Arc::clone(&writers);
        async move {
            let upper = Upper { above: &[], settled };
            rewrite(&reader(&schema()), &*writers, sections, upper, 5).await.unwrap()
        }
    };
    assert_eq!(rows_of(&made(true).await[0]).await, [(1, 1), (2, 2), (3, 1)]);
    assert_eq!(rows_of(&made(false).await[0]).await[2], (3, 2));
}
