//! `sequence.snapshot-ordering`: writers that commit in any order, against the definition row by row.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int8Array, Int32Array, RecordBatch};
use arrow::datatypes::Int32Type;
use futures::TryStreamExt;
use proptest::prelude::*;
use rimon_spec::{DataType, ErrorKind, FileSource, Predicate, RowKind, Test, TypeKind, Value};

use crate::commit::tests::fixture::Make;
use crate::commit::{BATCH_COMMIT, CommitOutcome};
use crate::table::Table;
use crate::write::CommitMessage;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Engine {
    Deduplicate,
    IgnoreDelete,
    PartialUpdate,
    Aggregation,
}

/// A row: key, two values, whether it deletes.
type Row = (i32, Option<i32>, Option<i32>, bool);

fn make(engine: Engine) -> Make {
    let options: &[(&'static str, &'static str)] = match engine {
        Engine::Deduplicate => &[],
        Engine::IgnoreDelete => &[("ignore-delete", "true")],
        Engine::PartialUpdate => &[("merge-engine", "partial-update")],
        Engine::Aggregation => &[
            ("merge-engine", "aggregation"),
            ("fields.a.aggregate-function", "sum"),
            ("fields.b.aggregate-function", "first_value"),
        ],
    };
    let number = DataType::new(TypeKind::Int);
    let make = Make {
        columns: vec![
            ("id", DataType::not_null(TypeKind::Int)),
            ("a", number.clone()),
            ("b", number),
        ],
        primary_keys: vec!["id"],
        ..Make::default()
    };
    let always = [("bucket", "1"), ("write-only", "true"), ("sequence.snapshot-ordering", "true")];
    always.iter().chain(options).fold(make, |make, (key, value)| make.with(key, value))
}

/// What a writer has to commit.
async fn prepared(table: &Table, rows: &[Row]) -> Vec<CommitMessage> {
    let number = |value: fn(&Row) -> Option<i32>| -> ArrayRef {
        Arc::new(rows.iter().map(value).collect::<Int32Array>())
    };
    let id: ArrayRef = Arc::new(Int32Array::from_iter_values(rows.iter().map(|row| row.0)));
    let columns = [("id", id), ("a", number(|row| row.1)), ("b", number(|row| row.2))];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let kind = |row: &Row| if row.3 { RowKind::Delete } else { RowKind::Insert } as i8;
    let kinds = Int8Array::from_iter_values(rows.iter().map(kind));
    let mut writer = table.writer(table.new_user()).build().unwrap();
    writer.write_with_kinds(batch, kinds).await.unwrap();
    writer.prepare_commit(BATCH_COMMIT).await.unwrap()
}

async fn commit(table: &Table, messages: Vec<CommitMessage>) {
    let outcome = table.committer(table.new_user()).commit(BATCH_COMMIT, messages).await.unwrap();
    // rows that are ignored leave nothing to commit
    let fine = matches!(outcome, CommitOutcome::Committed(_) | CommitOutcome::Skipped);
    assert!(fine, "{outcome:?}");
}

type State = BTreeMap<i32, (Option<i32>, Option<i32>)>;

async fn read(table: &Table, filter: Predicate) -> State {
    let scan = table.scan().filter(filter);
    let batches: Vec<_> = scan.stream().await.unwrap().try_collect().await.unwrap();
    let mut state = State::new();
    for batch in &batches {
        let column = |i: usize| batch.column(i).as_primitive::<Int32Type>();
        let value = |i: usize, row| column(i).is_valid(row).then(|| column(i).value(row));
        for row in 0..batch.num_rows() {
            let twice = state.insert(column(0).value(row), (value(1, row), value(2, row)));
            assert_eq!(twice, None, "a key twice");
        }
    }
    state
}

/// The state after rows, oldest first.
fn merged<'a>(engine: Engine, rows: impl Iterator<Item = &'a Row>) -> State {
    let mut state = State::new();
    for (id, a, b, delete) in rows {
        let before = state.get(id).copied();
        match engine {
            Engine::Deduplicate if *delete => {
                state.remove(id);
            }
            Engine::IgnoreDelete if *delete => {}
            Engine::Deduplicate | Engine::IgnoreDelete => {
                state.insert(*id, (*a, *b));
            }
            Engine::PartialUpdate => {
                let (old_a, old_b) = before.unwrap_or_default();
                state.insert(*id, (a.or(old_a), b.or(old_b)));
            }
            Engine::Aggregation => {
                let sum = match (before.and_then(|b| b.0), *a) {
                    (Some(x), Some(y)) => Some(x + y),
                    (x, y) => x.or(y),
                };
                state.insert(*id, (sum, before.map_or(*b, |(_, first)| first)));
            }
        }
    }
    state
}

fn row() -> impl Strategy<Value = Row> {
    let number = || proptest::option::weighted(0.7, 0..90i32);
    (0..7i32, number(), number(), proptest::bool::weighted(0.2))
}

/// What writers write, and when each prepares and commits.
fn writers() -> impl Strategy<Value = Vec<(Vec<Row>, usize, usize)>> {
    let writer = (proptest::collection::vec(row(), 1..12), 0..100usize, 0..100usize);
    proptest::collection::vec(writer, 1..7)
}

fn engine() -> impl Strategy<Value = Engine> {
    proptest::sample::select(vec![
        Engine::Deduplicate,
        Engine::IgnoreDelete,
        Engine::PartialUpdate,
        Engine::Aggregation,
    ])
}

async fn compare(engine: Engine, mut writers: Vec<(Vec<Row>, usize, usize)>) {
    if matches!(engine, Engine::PartialUpdate | Engine::Aggregation) {
        writers.iter_mut().flat_map(|w| &mut w.0).for_each(|row| row.3 = false);
    }
    let mut events = Vec::new();
    for (writer, (_, one, other)) in writers.iter().enumerate() {
        events.push((*one.min(other), false, writer));
        events.push((*one.max(other), true, writer));
    }
    events.sort_unstable();
    let dir = tempfile::tempdir().unwrap();
    let table = make(engine).table(&dir).await;
    let mut waiting = BTreeMap::new();
    let mut committed = Vec::new();
    for (_, commits, writer) in events {
        if !commits {
            waiting.insert(writer, prepared(&table, &writers[writer].0).await);
            continue;
        }
        commit(&table, waiting.remove(&writer).unwrap()).await;
        committed.push(writer);
        let rows = committed.iter().flat_map(|writer| &writers[*writer].0);
        let expected = merged(engine, rows);
        assert_eq!(read(&table, Predicate::True).await, expected);
        // files that a condition excludes may still hide rows of others
        if let Some((_, (Some(a), _))) = expected.iter().next() {
            let test = Test::Eq(Value::Int(*a));
            let found = read(&table, Predicate::Leaf { column: "a".to_owned(), test }).await;
            let passes = |(_, values): &(&i32, &(Option<i32>, Option<i32>))| values.0 == Some(*a);
            for (id, values) in expected.iter().filter(passes) {
                assert_eq!(found.get(id), Some(values), "a = {a}");
            }
            for (id, values) in &found {
                assert_eq!(expected.get(id), Some(values), "a = {a}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn later_snapshots_win(engine in engine(), writers in writers()) {
        tokio::runtime::Runtime::new().unwrap().block_on(compare(engine, writers));
    }
}

fn insert(id: i32, a: i32) -> Row {
    (id, Some(a), None, false)
}

/// The one that commits later wins, though its rows have lesser numbers in their file.
#[tokio::test]
async fn the_later_commit_wins_whatever_its_sequence_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let table = make(Engine::Deduplicate).table(&dir).await;
    let early = prepared(&table, &[insert(1, 1), insert(2, 1)]).await;
    let many: Vec<Row> = (0..50).map(|n| insert(n % 3, 100 + n)).collect();
    let late = prepared(&table, &many).await;
    assert!(late[0].new_files[0].min_sequence_number > early[0].new_files[0].max_sequence_number);
    commit(&table, late).await;
    commit(&table, early).await;
    let values: Vec<_> = read(&table, Predicate::True).await.into_values().map(|v| v.0).collect();
    assert_eq!(values, [Some(148), Some(1), Some(1)]);
}

/// Where ranges of snapshots overlap, rows of a compaction have the numbers in the file and new rows that of the entry.
#[tokio::test]
async fn rows_of_a_compaction_keep_their_snapshots() {
    let dir = tempfile::tempdir().unwrap();
    let table = make(Engine::Deduplicate).table(&dir).await;
    let waited = prepared(&table, &[insert(1, 9), insert(2, 9)]).await;
    commit(&table, prepared(&table, &[insert(1, 1), insert(2, 1), insert(3, 1)]).await).await;
    commit(&table, prepared(&table, &[insert(8, 2)]).await).await;
    // as if snapshots 3, 4 and 5 had been compacted
    let mut compacted = prepared(&table, &[insert(1, 3), insert(3, 4), insert(2, 5)]).await;
    let mut file = compacted[0].new_files.remove(0);
    assert_eq!((file.min_sequence_number, file.max_sequence_number), (3, 5));
    file.file_source = Some(FileSource::Compact);
    compacted[0].compact_after = vec![file];
    commit(&table, compacted).await;
    commit(&table, waited).await;
    let values: Vec<_> =
        read(&table, Predicate::True).await.into_iter().map(|(id, v)| (id, v.0)).collect();
    assert_eq!(values, [(1, Some(9)), (2, Some(5)), (3, Some(4)), (8, Some(2))]);
}

/// As in Java: an addition is newer than a retraction; else the file that was written later, and then its name.
#[tokio::test]
async fn one_order_of_rows_within_a_snapshot() {
    for turned in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let table = make(Engine::Deduplicate).table(&dir).await;
        let mut messages = prepared(&table, &[insert(1, 1), (2, None, None, true)]).await;
        messages.extend(prepared(&table, &[insert(2, 2), insert(1, 2)]).await);
        for (message, (time, name)) in messages.iter_mut().zip([(2, "b"), (2, "a")]) {
            message.new_files[0].creation_time = Some(time);
            let old = message.new_files[0].file_name.clone();
            message.new_files[0].file_name = format!("data-{name}.parquet");
            let bucket = dir.path().join("bucket-0");
            let new = bucket.join(&message.new_files[0].file_name);
            std::fs::rename(bucket.join(old), new).unwrap();
        }
        if turned {
            messages.reverse();
        }
        commit(&table, messages).await;
        let values: Vec<_> =
            read(&table, Predicate::True).await.into_iter().map(|(id, v)| (id, v.0)).collect();
        assert_eq!(values, [(1, Some(1)), (2, Some(2))]);
    }
}

/// A writer does not know the snapshot that its rows come with, and so may not compact them.
#[tokio::test]
async fn no_writer_compacts_or_orders_otherwise() {
    let dir = tempfile::tempdir().unwrap();
    let table = make(Engine::Deduplicate).table(&dir).await;
    for key in ["write-only", "sequence.snapshot-ordering"] {
        let error = table.with_options([(key, "false")]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
}

#[tokio::test]
async fn files_of_unknown_origin_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let table = make(Engine::Deduplicate).table(&dir).await;
    for _ in 0..2 {
        let mut messages = prepared(&table, &[insert(1, 1)]).await;
        messages[0].new_files[0].file_source = None;
        commit(&table, messages).await;
    }
    let error = match table.scan().stream().await {
        Err(error) => error,
        Ok(stream) => stream.try_collect::<Vec<_>>().await.unwrap_err(),
    };
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("sequence.snapshot-ordering"), "{error}");
}
