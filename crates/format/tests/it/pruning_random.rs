//! Any predicate over any file: no row that matches is skipped, whatever the file says of its columns.

use crate::support::{block_on, collect, open, write};
use arrow::array::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use proptest::prelude::*;
use rimon_format::arrow_schema::to_arrow_schema;
use rimon_format::arrow_value::{array_of, value_at};
use rimon_format::evolution::read_columns;
use rimon_format::{ReadRequest, WriteOptions};
use rimon_spec::{DataField, DataType, Decimal, Predicate, Test, Timestamp, Value};

const COLUMNS: [(&str, &str); 9] = [
    ("k", "BIGINT"),
    ("s", "STRING"),
    ("d", "DOUBLE"),
    ("f", "FLOAT"),
    ("c", "DECIMAL(9, 2)"),
    ("t", "TIMESTAMP(3)"),
    ("b", "BOOLEAN"),
    ("x", "BYTES"),
    ("i", "TINYINT"),
];

fn fields() -> Vec<DataField> {
    let field = |(id, (name, data_type)): (usize, &(&str, &str))| {
        DataField::new(id as i32, *name, data_type.parse::<DataType>().unwrap())
    };
    COLUMNS.iter().enumerate().map(field).collect()
}

/// A value of a column, few of them and near each other, so that predicates hit.
fn value(column: &str) -> BoxedStrategy<Value> {
    let floats = prop::sample::select(vec![
        f64::NAN,
        -f64::NAN,
        -0.0,
        0.0,
        1.5,
        -1.5,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MIN_POSITIVE,
    ]);
    let decimal = |unscaled: i128| Decimal { unscaled, precision: 9, scale: 2 };
    match column {
        "k" => (-20_i64..20).prop_map(Value::BigInt).boxed(),
        "s" => prop::sample::select(vec![
            "",
            "a",
            "aaaaaaaaaab",
            "aaaaaaaaaac",
            "\u{10ffff}\u{10ffff}",
            "é",
            "zz",
        ])
        .prop_map(|s| Value::String(s.to_owned()))
        .boxed(),
        "d" => floats.prop_map(Value::Double).boxed(),
        "f" => floats.prop_map(|v| Value::Float(v as f32)).boxed(),
        "c" => (-5_i128..5).prop_map(move |v| Value::Decimal(decimal(v * 7))).boxed(),
        "t" => (-3_i64..3)
            .prop_map(|millis| Value::Timestamp(Timestamp { millis, nano_of_milli: 0 }))
            .boxed(),
        "b" => any::<bool>().prop_map(Value::Boolean).boxed(),
        "x" => prop::collection::vec(prop::sample::select(vec![0_u8, 1, 0xff]), 0..6)
            .prop_map(Value::Bytes)
            .boxed(),
        _ => (-3_i8..3).prop_map(Value::TinyInt).boxed(),
    }
}

fn cell(column: &'static str) -> BoxedStrategy<Value> {
    prop_oneof![1 => Just(Value::Null), 5 => value(column)].boxed()
}

/// Runs of equal values, so that pages differ.
fn column(name: &'static str, rows: usize) -> BoxedStrategy<Vec<Value>> {
    let runs = prop::collection::vec((cell(name), 1_usize..12), rows);
    runs.prop_map(move |runs| {
        let all = runs.into_iter().flat_map(|(value, count)| std::iter::repeat_n(value, count));
        all.take(rows).collect()
    })
    .boxed()
}

fn leaf() -> BoxedStrategy<Predicate> {
    let names: Vec<&'static str> = COLUMNS.iter().map(|(name, _)| *name).collect();
    let leaves = prop::sample::select(names).prop_flat_map(|name| {
        (Just(name), 0..10_usize, value(name), prop::collection::vec(value(name), 1..4))
    });
    leaves
        .prop_map(|(name, kind, value, values)| {
            let test = match (kind, &value) {
                (0, _) => Test::IsNull,
                (1, _) => Test::IsNotNull,
                (2, _) => Test::NotEq(value),
                (3, _) => Test::Lt(value),
                (4, _) => Test::LtEq(value),
                (5, _) => Test::Gt(value),
                (6, _) => Test::GtEq(value),
                (7, _) => Test::In(values),
                (8, Value::String(text)) => Test::StartsWith(text.chars().take(2).collect()),
                _ => Test::Eq(value),
            };
            Predicate::leaf(name, test)
        })
        .boxed()
}

fn predicate() -> impl Strategy<Value = Predicate> {
    leaf().prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Predicate::And),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Predicate::Or),
            inner.prop_map(|p| Predicate::Not(Box::new(p))),
        ]
    })
}

#[derive(Debug, Clone)]
struct Shape {
    ours: bool,
    statistics: u8,
    truncate: Option<usize>,
    bloom: bool,
    dictionary: bool,
    group: usize,
}

fn shape() -> impl Strategy<Value = Shape> {
    let parts = (any::<bool>(), 0_u8..3, prop::option::of(1_usize..6), any::<bool>());
    (parts, any::<bool>(), 5_usize..60).prop_map(|(parts, dictionary, group)| {
        let (ours, statistics, truncate, bloom) = parts;
        Shape { ours, statistics, truncate, bloom, dictionary, group }
    })
}

fn batch(columns: &[Vec<Value>]) -> RecordBatch {
    let fields = fields();
    let pairs = fields.iter().zip(columns);
    let arrays = pairs.map(|(f, v)| array_of(v, &f.data_type).unwrap()).collect();
    RecordBatch::try_new(to_arrow_schema(&fields).unwrap(), arrays).unwrap()
}

fn file(columns: &[Vec<Value>], shape: &Shape) -> Vec<u8> {
    let batch = batch(columns);
    if shape.ours {
        let options = WriteOptions {
            page_bytes: 64,
            row_group_bytes: 600,
            dictionary: shape.dictionary,
            ..WriteOptions::default()
        };
        // The writer looks at the size of pages and groups between batches only.
        let parts: Vec<RecordBatch> = (0..batch.num_rows())
            .step_by(7)
            .map(|at| batch.slice(at, 7.min(batch.num_rows() - at)))
            .collect();
        return write(&fields(), &parts, &options).unwrap().0;
    }
    let statistics = [EnabledStatistics::None, EnabledStatistics::Chunk, EnabledStatistics::Page];
    let properties = WriterProperties::builder()
        .set_statistics_enabled(statistics[usize::from(shape.statistics)])
        .set_statistics_truncate_length(shape.truncate)
        .set_column_index_truncate_length(shape.truncate)
        .set_bloom_filter_enabled(shape.bloom)
        .set_dictionary_enabled(shape.dictionary)
        .set_data_page_row_count_limit(8)
        .set_write_batch_size(4)
        .set_max_row_group_row_count(Some(shape.group))
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

/// -0.0 as 0.0: for engines that hold them for equal.
fn unsigned(value: Value) -> Value {
    match value {
        Value::Double(v) => Value::Double(v + 0.0),
        Value::Float(v) => Value::Float(v + 0.0),
        other => other,
    }
}

fn unsigned_literals(predicate: Predicate) -> Predicate {
    let all = |parts: Vec<Predicate>| parts.into_iter().map(unsigned_literals).collect();
    match predicate {
        Predicate::And(parts) => Predicate::And(all(parts)),
        Predicate::Or(parts) => Predicate::Or(all(parts)),
        Predicate::Not(inner) => Predicate::Not(Box::new(unsigned_literals(*inner))),
        Predicate::Leaf { column, test } => {
            let test = match test {
                Test::Eq(v) => Test::Eq(unsigned(v)),
                Test::NotEq(v) => Test::NotEq(unsigned(v)),
                Test::Lt(v) => Test::Lt(unsigned(v)),
                Test::LtEq(v) => Test::LtEq(unsigned(v)),
                Test::Gt(v) => Test::Gt(unsigned(v)),
                Test::GtEq(v) => Test::GtEq(unsigned(v)),
                Test::In(v) => Test::In(v.into_iter().map(unsigned).collect()),
                other => other,
            };
            Predicate::Leaf { column, test }
        }
        other => other,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn no_predicate_loses_a_row(
        columns in (1_usize..150).prop_flat_map(|rows| {
            COLUMNS.iter().map(|(name, _)| column(name, rows)).collect::<Vec<_>>()
        }),
        predicates in prop::collection::vec(predicate(), 1..20),
        shape in shape(),
    ) {
        let bytes = file(&columns, &shape);
        let fields = fields();
        let name = |wanted: &str| COLUMNS.iter().position(|(name, _)| *name == wanted).unwrap();
        for predicate in predicates {
            let (ranges, exact) = block_on(async {
                let reader = open(&bytes).await.unwrap();
                let columns = read_columns(&fields, &fields, &[]).unwrap();
                let ranges = reader.matching(&columns, &predicate).await.unwrap();
                let mut request = ReadRequest::new(columns).with_predicate(predicate.clone());
                request.exact = true;
                (ranges, collect(reader.as_ref(), request).await.unwrap())
            });
            let same_zeros = unsigned_literals(predicate.clone());
            let mut passing = 0;
            for row in 0..columns[0].len() {
                let exactly = predicate.eval(&|c| columns[name(c)][row].clone());
                let loosely = same_zeros.eval(&|c| unsigned(columns[name(c)][row].clone()));
                let kept = ranges.iter().any(|r| r.contains(&(row as u64)));
                prop_assert!(
                    kept || (exactly != Some(true) && loosely != Some(true)),
                    "{predicate:?} loses row {row}: {:?}",
                    columns.iter().map(|c| &c[row]).collect::<Vec<_>>()
                );
                passing += usize::from(exactly == Some(true));
            }
            // NaN of other bits, and zeros of other signs, are other values to Arrow.
            let other = |v: f64| v.is_nan() || (v == 0.0 && v.is_sign_negative());
            let nans = columns.iter().flatten().any(|v| match v {
                Value::Double(v) => other(*v),
                Value::Float(v) => other(f64::from(*v)),
                _ => false,
            });
            let text = format!("{predicate:?}");
            let nans = nans || text.contains("NaN") || text.contains("(-0.0)");
            prop_assert!(nans || exact.num_rows() == passing, "{predicate:?}");
            for row in 0..exact.num_rows() {
                let found = exact.columns().iter().zip(&fields);
                for (array, field) in found {
                    prop_assert!(value_at(array, row, &field.data_type).is_ok());
                }
            }
        }
    }
}

/// Filters say of values within the bounds that they are not there.
#[test]
fn bloom_filters_skip_row_groups() {
    let rows = 200_i64;
    let mut columns: Vec<Vec<Value>> = COLUMNS.iter().map(|_| vec![Value::Null; 200]).collect();
    columns[0] = (0..rows).map(|i| Value::BigInt(i * 2)).collect();
    columns[1] = (0..rows).map(|i| Value::String(format!("{}", i * 2))).collect();
    let with = Shape {
        ours: false,
        statistics: 1,
        truncate: None,
        bloom: true,
        dictionary: false,
        group: 50,
    };
    let without = Shape { bloom: false, ..with.clone() };
    let fields = fields();
    for (shape, skips) in [(with, true), (without, false)] {
        let bytes = file(&columns, &shape);
        block_on(async {
            let reader = open(&bytes).await.unwrap();
            let columns = read_columns(&fields, &fields, &[]).unwrap();
            let count = async |test: Test, column: &str| {
                let found = reader.matching(&columns, &Predicate::leaf(column, test)).await;
                found.unwrap().iter().map(|r| r.end - r.start).sum::<u64>()
            };
            let text = |n: i64| Value::String(n.to_string());
            assert_eq!(count(Test::Eq(Value::BigInt(100)), "k").await, 50);
            let absent = count(Test::Eq(Value::BigInt(101)), "k").await;
            assert_eq!(absent == 0, skips, "{absent} rows");
            let either = count(Test::In(vec![Value::BigInt(1), Value::BigInt(399)]), "k").await;
            assert_eq!(either == 0, skips, "{either} rows");
            assert!(count(Test::Eq(text(300)), "s").await >= 50);
            assert_eq!(count(Test::Eq(text(301)), "s").await == 0, skips);
            assert_eq!(count(Test::NotEq(Value::BigInt(101)), "k").await, 200);
        });
    }
}
