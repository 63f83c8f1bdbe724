mod layouts;

use super::*;
use crate::{DataType, Test, Timestamp, TypeKind, Value};
use proptest::prelude::*;

const BITMAP: &[u8] = include_bytes!("tests/bitmap.index");
const BSI: &[u8] = include_bytes!("tests/bsi.index");
const RANGE_BITMAP: &[u8] = include_bytes!("tests/range_bitmap.index");
const BLOOM_FILTER: &[u8] = include_bytes!("tests/bloom_filter.index");

/// Rows of the file that Java made these indexes for.
const ROWS: u64 = 60;

fn field(name: &str) -> Option<DataField> {
    let (id, kind) = match name {
        "a" => (0, TypeKind::Int),
        "b" => (1, DataType::string().kind),
        "d" => (2, TypeKind::Timestamp { precision: 3 }),
        "k" => (3, TypeKind::Boolean),
        _ => return None,
    };
    Some(DataField::new(id, name, DataType::new(kind)))
}

/// The value of a row; every ninth is null.
fn value(column: &str, row: u64) -> Value {
    if row.is_multiple_of(9) {
        return Value::Null;
    }
    match column {
        "a" => Value::Int(row as i32 * 2 - 30),
        "b" => Value::String(format!("b{}", row % 7)),
        "d" => Value::Timestamp(Timestamp::from_millis(1_704_067_200_500 + row as i64 * 1000)),
        _ => Value::Boolean(row.is_multiple_of(3)),
    }
}

fn passing(predicate: &Predicate) -> Vec<u64> {
    (0..ROWS).filter(|row| predicate.eval(&|column| value(column, *row)) == Some(true)).collect()
}

fn found(bytes: &[u8], predicate: &Predicate) -> Option<Vec<u64>> {
    let ranges = FileIndex::open(bytes).unwrap().matching(predicate, &field, ROWS)?;
    Some(ranges.into_iter().flatten().collect())
}

fn leaf(column: &str, test: Test) -> Predicate {
    Predicate::Leaf { column: column.into(), test }
}

/// Literals around the values of a column.
fn literals(column: &str) -> Vec<Value> {
    match column {
        "a" => [-31, -30, -28, -1, 0, 3, 24, 88, 90].map(Value::Int).to_vec(),
        "b" => {
            ["", "b", "b0", "b3", "b35", "b6", "b7", "z"].map(|s| Value::String(s.into())).to_vec()
        }
        "d" => [0, 1, 20, 59, 60]
            .into_iter()
            .flat_map(|s| [500, 501].map(|ms| 1_704_067_200_000 + s * 1000 + ms))
            .map(|ms| Value::Timestamp(Timestamp::from_millis(ms)))
            .collect(),
        _ => vec![Value::Boolean(true), Value::Boolean(false)],
    }
}

fn order_tests(v: &Value) -> Vec<Test> {
    let v = || v.clone();
    vec![Test::Lt(v()), Test::LtEq(v()), Test::Gt(v()), Test::GtEq(v())]
}

fn equality_tests(v: &Value) -> Vec<Test> {
    vec![
        Test::Eq(v.clone()),
        Test::NotEq(v.clone()),
        Test::In(vec![v.clone(), Value::Int(2)]),
        Test::IsNull,
        Test::IsNotNull,
    ]
}

#[test]
fn indexes_of_java_find_exactly_the_rows() {
    for (bytes, columns, ordered) in [
        (BITMAP, &["a", "b", "k"][..], false),
        (BSI, &["a", "d"], true),
        (RANGE_BITMAP, &["a", "b", "d"], true),
    ] {
        for column in columns {
            for literal in literals(column) {
                let mut tests = equality_tests(&literal);
                if *column != "a" {
                    tests.retain(|test| !matches!(test, Test::In(_)));
                }
                if ordered {
                    tests.extend(order_tests(&literal));
                }
                for test in tests {
                    let predicate = leaf(column, test);
                    let not = Predicate::Not(Box::new(predicate.clone()));
                    for predicate in [predicate, not] {
                        let rows = found(bytes, &predicate);
                        assert_eq!(rows, Some(passing(&predicate)), "{predicate:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn predicates_are_combined() {
    let high = leaf("a", Test::Gt(Value::Int(40)));
    let early = leaf("d", Test::Lt(literals("d")[4].clone()));
    let other = leaf("n", Test::IsNull);
    let and = Predicate::And(vec![high.clone(), early.clone()]);
    assert_eq!(found(BSI, &and), Some(vec![]));
    let or = Predicate::Or(vec![high.clone(), early.clone()]);
    assert_eq!(found(BSI, &or), Some(passing(&or)));
    let not_or = Predicate::Not(Box::new(or));
    assert_eq!(found(BSI, &not_or), Some(passing(&not_or)));
    assert_eq!(found(BSI, &Predicate::Or(vec![high.clone(), other.clone()])), None);
    assert_eq!(found(BSI, &Predicate::And(vec![high.clone(), other])), Some(passing(&high)));
}

#[test]
fn bloom_filters_miss_no_value() {
    for column in ["a", "b", "d"] {
        let mut skipped = 0;
        for row in (0..ROWS).filter(|row| !row.is_multiple_of(9)) {
            assert_eq!(found(BLOOM_FILTER, &leaf(column, Test::Eq(value(column, row)))), None);
            let absent = match column {
                "a" => Value::Int(row as i32 * 2 - 31),
                "b" => Value::String(format!("c{row}")),
                _ => Value::Timestamp(Timestamp::from_millis(row as i64)),
            };
            let rows = found(BLOOM_FILTER, &leaf(column, Test::Eq(absent)));
            skipped += u32::from(rows.is_some_and(|rows| rows.is_empty()));
        }
        assert!(skipped > 10, "{column}: {skipped}");
        assert_eq!(found(BLOOM_FILTER, &leaf(column, Test::NotEq(value(column, 1)))), None);
    }
}

#[test]
fn what_cannot_be_said_is_not_said() {
    let eq = leaf("a", Test::Eq(Value::Int(41)));
    for bytes in [BITMAP, BSI, RANGE_BITMAP] {
        let index = FileIndex::open(bytes).unwrap();
        assert_eq!(index.matching(&eq, &field, ROWS), Some(vec![]));
        // Of another number of rows, of a column that had another type, and of a literal of another one.
        assert_eq!(index.matching(&eq, &field, ROWS + 1), None);
        assert_eq!(index.matching(&eq, &|_| None, ROWS), None);
        assert_eq!(index.matching(&leaf("a", Test::Eq(Value::BigInt(41))), &field, ROWS), None);
    }
    // A timestamp between two milliseconds has no key.
    let between = Value::Timestamp(Timestamp { millis: 1_704_067_201_500, nano_of_milli: 1 });
    for test in order_tests(&between) {
        assert_eq!(found(BSI, &leaf("d", test)), None);
    }
}

#[test]
fn damage_is_an_error_or_says_nothing() {
    assert!(FileIndex::open(&[]).is_err());
    assert!(FileIndex::open(&BITMAP[1..]).is_err());
    for end in 0..BSI.len() {
        if let Ok(index) = FileIndex::open(&BSI[..end]) {
            let _ = index.matching(&leaf("a", Test::IsNull), &field, ROWS);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn noise_never_panics(
        kind in 0_usize..4,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        end in any::<prop::sample::Index>(),
        cut in any::<bool>(),
    ) {
        let mut bytes = [BITMAP, BSI, RANGE_BITMAP, BLOOM_FILTER][kind].to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if cut {
            bytes.truncate(end.index(bytes.len()));
        }
        if let Ok(index) = FileIndex::open(&bytes) {
            for (column, literal) in [("a", Value::Int(2)), ("b", Value::String("b3".into()))] {
                for test in equality_tests(&literal).into_iter().chain(order_tests(&literal)) {
                    if let Some(rows) = index.matching(&leaf(column, test), &field, ROWS) {
                        prop_assert!(rows.iter().all(|range| range.end <= ROWS));
                    }
                }
            }
        }
    }
}
