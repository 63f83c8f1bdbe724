use std::collections::BTreeMap;

use arrow::array::{AsArray, Int64Array, StringArray};
use arrow::datatypes::{Field, Int8Type, Int64Type, Schema};
use proptest::prelude::*;

use super::*;
use crate::merge::{Aggregate, Deduplicate, FieldFunction, FieldMerge, FirstRow};

/// Values `(k BIGINT or STRING, s BIGINT, v BIGINT)` keyed by `k`.
fn spec(text: bool, user: bool, descending: bool, batch_rows: usize) -> BufferSpec {
    let key = if text { DataType::Utf8 } else { DataType::Int64 };
    let file_schema = Arc::new(Schema::new(vec![
        Field::new("_KEY_k", key.clone(), false),
        Field::new("_SEQUENCE_NUMBER", DataType::Int64, false),
        Field::new("_VALUE_KIND", DataType::Int8, false),
        Field::new("k", key, false),
        Field::new("s", DataType::Int64, true),
        Field::new("v", DataType::Int64, false),
    ]));
    BufferSpec {
        keys: vec![0],
        file_schema,
        user_sequence: if user { vec![1] } else { vec![] },
        descending,
        merge: Arc::new(Deduplicate::default()),
        batch_rows,
    }
}

fn key(text: bool, keys: &[i64]) -> ArrayRef {
    if text {
        let keys = keys.iter().map(|k| Some(format!("{:0w$}", k, w = (*k % 20) as usize)));
        return Arc::new(keys.collect::<StringArray>());
    }
    Arc::new(Int64Array::from(keys.to_vec()))
}

fn batch(text: bool, rows: &[(i64, Option<i64>, i8)], first: i64) -> (RecordBatch, Int8Array) {
    let keys: Vec<i64> = rows.iter().map(|r| r.0).collect();
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("k", key(text, &keys), false),
        ("s", Arc::new(rows.iter().map(|r| r.1).collect::<Int64Array>()) as _, true),
        ("v", Arc::new(Int64Array::from_iter_values(first..first + rows.len() as i64)) as _, false),
    ])
    .unwrap();
    (batch, rows.iter().map(|r| Some(r.2)).collect())
}

type Row = (i64, Option<i64>, i8);
/// (Order by user sequence, arrival), kind.
type Newest = ((Option<i64>, i64), i8);

fn batches() -> impl Strategy<Value = Vec<Vec<Row>>> {
    let row = (0..90i64, prop::option::of(-3..3i64), prop_oneof![4 => Just(0i8), 1 => 1..4i8]);
    prop::collection::vec(prop::collection::vec(row, 0..150), 0..6)
}

proptest! {
    #[test]
    fn a_flush_holds_the_newest_row_of_each_key_in_order(
        batches in batches(), text in any::<bool>(), user in any::<bool>(), descending in any::<bool>(),
        batch_rows in 1..64usize,
    ) {
        let mut buffer = WriteBuffer::new(spec(text, user, descending, batch_rows), 100).unwrap();
        let mut newest: BTreeMap<Vec<u8>, Newest> = BTreeMap::new();
        let mut arrival = 100;
        for rows in &batches {
            let (values, kinds) = batch(text, rows, arrival);
            let names = key(true, &rows.iter().map(|r| r.0).collect::<Vec<_>>());
            for (i, (k, s, kind)) in rows.iter().enumerate() {
                let name = if text { names.as_string::<i32>().value(i).as_bytes().to_vec() } else { k.to_be_bytes().to_vec() };
                let rank = s.filter(|_| user).map(|s| if descending { -s } else { s });
                let entry = newest.entry(name).or_insert(((None, i64::MIN), 0));
                if (rank, arrival) > entry.0 { *entry = ((rank, arrival), *kind); }
                arrival += 1;
            }
            buffer.push(values, Some(&kinds)).unwrap();
        }
        prop_assert_eq!(buffer.next_sequence(), arrival);
        let flush = buffer.flush().unwrap();
        prop_assert_eq!(flush.rows(), newest.len());
        prop_assert_eq!((buffer.rows(), buffer.memory()), (0, 0));
        let mut found = Vec::new();
        for run in flush {
            let run = run.unwrap();
            let sequences = run.batch.column(1).as_primitive::<Int64Type>().values().to_vec();
            prop_assert_eq!(run.min_sequence, *sequences.iter().min().unwrap());
            prop_assert_eq!(run.max_sequence, *sequences.iter().max().unwrap());
            let kinds = run.batch.column(2).as_primitive::<Int8Type>().values().to_vec();
            prop_assert_eq!(run.delete_rows, kinds.iter().filter(|k| **k == 1 || **k == 3).count() as u64);
            prop_assert_eq!(run.batch.column(0), run.batch.column(3));
            // Each row's value is its sequence number, so that a mix-up would show.
            prop_assert_eq!(run.batch.column(5).as_primitive::<Int64Type>().values().to_vec(), sequences.clone());
            for row in 0..run.batch.num_rows() {
                let name = if text { run.batch.column(0).as_string::<i32>().value(row).as_bytes().to_vec() }
                    else { run.batch.column(0).as_primitive::<Int64Type>().value(row).to_be_bytes().to_vec() };
                found.push((name, sequences[row], kinds[row]));
            }
        }
        let expected: Vec<_> = newest.into_iter().map(|(k, ((_, arrival), kind))| (k, arrival, kind)).collect();
        prop_assert_eq!(found, expected);
    }
}

#[test]
fn ignored_deletes_leave_the_row_before() {
    let mut spec = spec(false, false, false, 10);
    spec.merge = Arc::new(Deduplicate { ignore_deletes: true });
    let mut buffer = WriteBuffer::new(spec, 0).unwrap();
    let (values, kinds) = batch(false, &[(1, None, 0), (1, None, 3), (2, None, 3)], 0);
    buffer.push(values, Some(&kinds)).unwrap();
    let runs: Vec<_> = buffer.flush().unwrap().map(|run| run.unwrap().batch).collect();
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].column(1).as_primitive::<Int64Type>().values().as_ref(), [0]);
}

#[test]
fn wrong_input_is_refused() {
    let mut buffer = WriteBuffer::new(spec(false, false, false, 10), 0).unwrap();
    let (values, _) = batch(false, &[(1, None, 0)], 0);
    assert!(buffer.push(values.clone(), Some(&Int8Array::from(vec![4]))).is_err());
    assert!(buffer.push(values.clone(), Some(&Int8Array::from(vec![0, 0]))).is_err());
    assert!(buffer.push(values.project(&[0]).unwrap(), None).is_err());
    assert_eq!((buffer.rows(), buffer.next_sequence()), (0, 0));
    let big = batch(false, &vec![(1, None, 0); 10_000], 0).0;
    buffer.push(big.slice(5, 10), None).unwrap();
    assert!(buffer.memory() < 2_000, "a slice must not count its whole batch");
}

/// The rows of a key by the definition of the engine that `composing` makes: `s` the last that is not null, `v` the sum.
fn composed(rows: &[(i64, &Row)]) -> (Option<i64>, i64, i8, i64) {
    if let [(sequence, (_, s, kind))] = rows {
        return (*s, *sequence, *kind, *sequence);
    }
    let (mut last, mut sum) = (None, 0);
    for (sequence, (_, s, kind)) in rows {
        if kind & 1 == 0 {
            last = s.or(last);
            sum += sequence;
        } else {
            last = if s.is_some() { None } else { last };
            sum -= sequence;
        }
    }
    (last, sum, 0, rows.last().unwrap().0)
}

fn composing(user: bool, batch_rows: usize) -> BufferSpec {
    let field = |name: &str, function| {
        Some(FieldMerge { name: name.into(), function, ignore_retract: false })
    };
    let fields = vec![
        field("k", FieldFunction::Newest),
        field("s", FieldFunction::LastNonNullValue),
        field("v", FieldFunction::Sum),
    ];
    let merge = Aggregate { fields, remove_on_delete: false, lookup: false };
    BufferSpec { merge: Arc::new(merge), ..spec(false, user, false, batch_rows) }
}

proptest! {
    #[test]
    fn a_flush_holds_what_the_engine_makes_of_each_key(
        batches in batches(), user in any::<bool>(), batch_rows in 1..64usize,
    ) {
        let mut buffer = WriteBuffer::new(composing(user, batch_rows), 100).unwrap();
        let mut arrived: Vec<(i64, &Row)> = Vec::new();
        for rows in &batches {
            let first = 100 + arrived.len() as i64;
            let (values, kinds) = batch(false, rows, first);
            arrived.extend((first..).zip(rows));
            buffer.push(values, Some(&kinds)).unwrap();
        }
        let mut keys: BTreeMap<i64, Vec<(i64, &Row)>> = BTreeMap::new();
        for row in &arrived {
            keys.entry(row.1.0).or_default().push(*row);
        }
        let flush = buffer.flush().unwrap();
        prop_assert_eq!(flush.rows(), keys.len());
        let mut found = Vec::new();
        for run in flush {
            let run = run.unwrap().batch;
            let long = |column: usize| run.column(column).as_primitive::<Int64Type>();
            let kinds = run.column(2).as_primitive::<Int8Type>();
            prop_assert_eq!(run.column(0), run.column(3));
            for (row, s) in long(4).iter().enumerate() {
                found.push((long(0).value(row), (s, long(5).value(row), kinds.value(row), long(1).value(row))));
            }
        }
        let expected: Vec<_> = keys.into_iter().map(|(key, mut rows)| {
            if user {
                rows.sort_by_key(|(sequence, row)| (row.1, *sequence));
            }
            (key, composed(&rows))
        }).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn a_flush_holds_the_first_row_of_each_key(batches in batches(), batch_rows in 1..64usize) {
        let merge = Arc::new(FirstRow { ignore_deletes: true });
        let spec = BufferSpec { merge, ..spec(false, false, false, batch_rows) };
        let mut buffer = WriteBuffer::new(spec, 0).unwrap();
        let mut first: BTreeMap<i64, i64> = BTreeMap::new();
        let mut next = 0;
        for rows in &batches {
            let (values, kinds) = batch(false, rows, next);
            buffer.push(values, Some(&kinds)).unwrap();
            for (k, _, kind) in rows {
                if kind & 1 == 0 {
                    first.entry(*k).or_insert(next);
                }
                next += 1;
            }
        }
        let mut found = Vec::new();
        for run in buffer.flush().unwrap() {
            let run = run.unwrap().batch;
            let long = |column: usize| run.column(column).as_primitive::<Int64Type>().values().to_vec();
            found.extend(long(0).into_iter().zip(long(1)));
        }
        prop_assert_eq!(found, first.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn a_function_that_does_not_take_its_column_is_refused_at_once() {
    let mut spec = composing(false, 10);
    let field =
        FieldMerge { name: "v".into(), function: FieldFunction::BoolAnd, ignore_retract: false };
    let fields = vec![None, None, Some(field)];
    spec.merge = Arc::new(Aggregate { fields, remove_on_delete: false, lookup: false });
    let error = WriteBuffer::new(spec, 0).unwrap_err();
    assert!(error.to_string().contains("bool_and"), "{error}");
}

/// As many rows as are clustered before they are gathered.
#[test]
fn a_flush_of_many_rows_holds_the_newest_row_of_each_key() {
    let mut buffer = WriteBuffer::new(spec(false, false, false, 4096), 0).unwrap();
    let mut newest = BTreeMap::new();
    for first in (0..150_000i64).step_by(5_000) {
        let row = |sequence: i64| (sequence * 7919 % 100_003, Some(sequence), (sequence % 4) as i8);
        let rows: Vec<Row> = (first..first + 5_000).map(row).collect();
        newest.extend((first..).zip(&rows).map(|(sequence, row)| (row.0, (sequence, row.2))));
        let (values, kinds) = batch(false, &rows, first);
        buffer.push(values, Some(&kinds)).unwrap();
    }
    let mut found = Vec::new();
    for run in buffer.flush().unwrap() {
        let batch = run.unwrap().batch;
        let column = |i: usize| batch.column(i).as_primitive::<Int64Type>().values().to_vec();
        assert_eq!((column(0), column(1)), (column(3), column(5)));
        let kinds = batch.column(2).as_primitive::<Int8Type>().values();
        let rows = column(0).into_iter().zip(column(1).into_iter().zip(kinds.iter().copied()));
        found.extend(rows);
    }
    assert_eq!(found, newest.into_iter().collect::<Vec<_>>());
}
