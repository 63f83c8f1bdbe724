//! What is written is read, with the statistics that hold.

use crate::support::{block_on, collect, open, read_as, write};
use arrow::array::{Array, ArrayRef, ListArray, MapArray, RecordBatch, StructArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::DataType as ArrowType;
use proptest::prelude::*;
use rimon_format::arrow_schema::{to_arrow_schema, to_arrow_type};
use rimon_format::arrow_value::{array_of, constant_array, value_at};
use rimon_format::evolution::read_columns;
use rimon_format::{ColumnStats, Compression, ReadRequest, WriteOptions};
use rimon_spec::{DataField, DataType, Decimal, ErrorKind, Timestamp, TypeKind, Value};
use std::cmp::Ordering;
use std::sync::Arc;

pub(crate) fn scalar_kinds() -> Vec<TypeKind> {
    use TypeKind as K;
    vec![
        K::Boolean,
        K::TinyInt,
        K::SmallInt,
        K::Int,
        K::BigInt,
        K::Float,
        K::Double,
        K::Decimal { precision: 9, scale: 3 },
        K::Decimal { precision: 18, scale: 18 },
        K::Decimal { precision: 19, scale: 0 },
        K::Decimal { precision: 38, scale: 10 },
        K::Date,
        K::Time { precision: 3 },
        K::Timestamp { precision: 0 },
        K::Timestamp { precision: 6 },
        K::Timestamp { precision: 9 },
        K::LocalZonedTimestamp { precision: 3 },
        K::LocalZonedTimestamp { precision: 5 },
        K::LocalZonedTimestamp { precision: 7 },
        K::Char { length: 3 },
        K::VarChar { length: 2_147_483_647 },
        K::Binary { length: 2 },
        K::VarBinary { length: 100 },
    ]
}

/// Any value of a kind, extremes among them.
fn value(kind: &TypeKind) -> BoxedStrategy<Value> {
    use TypeKind as K;
    let millis =
        prop_oneof![Just(-9_223_372_036_854_i64), Just(9_223_372_036_853), -10_000_i64..10_000];
    match *kind {
        K::Boolean => any::<bool>().prop_map(Value::Boolean).boxed(),
        K::TinyInt => any::<i8>().prop_map(Value::TinyInt).boxed(),
        K::SmallInt => any::<i16>().prop_map(Value::SmallInt).boxed(),
        K::Int => any::<i32>().prop_map(Value::Int).boxed(),
        K::BigInt => any::<i64>().prop_map(Value::BigInt).boxed(),
        K::Float => any::<f32>().prop_map(Value::Float).boxed(),
        K::Double => any::<f64>().prop_map(Value::Double).boxed(),
        K::Decimal { precision, scale } => {
            let limit = 10_i128.pow(u32::from(precision)) - 1;
            (-limit..=limit)
                .prop_map(move |unscaled| Value::Decimal(Decimal { unscaled, precision, scale }))
                .boxed()
        }
        K::Date => any::<i32>().prop_map(Value::Date).boxed(),
        K::Time { .. } => (0..86_400_000).prop_map(Value::Time).boxed(),
        K::Timestamp { precision } | K::LocalZonedTimestamp { precision } => {
            let step = 10_i32.pow(6 - u32::from(precision.saturating_sub(3).min(6)));
            (millis, 0..1_000_000_i32)
                .prop_map(move |(millis, nano)| {
                    let nano_of_milli = if precision <= 3 { 0 } else { nano / step * step };
                    Value::Timestamp(Timestamp { millis, nano_of_milli })
                })
                .boxed()
        }
        K::Char { .. } | K::VarChar { .. } => ".{0,9}".prop_map(Value::String).boxed(),
        _ => proptest::collection::vec(any::<u8>(), 0..9).prop_map(Value::Bytes).boxed(),
    }
}

pub(crate) fn column(kind: TypeKind) -> impl Strategy<Value = (TypeKind, Vec<Value>)> {
    let cell = prop_oneof![1 => Just(Value::Null), 4 => value(&kind)];
    proptest::collection::vec(cell, 0..60).prop_map(move |values| (kind.clone(), values))
}

pub(crate) fn table(columns: &[(TypeKind, Vec<Value>)]) -> (Vec<DataField>, RecordBatch) {
    let rows = columns.iter().map(|(_, v)| v.len()).min().unwrap_or(0);
    let (mut fields, mut arrays) = (Vec::new(), Vec::new());
    for (i, (kind, values)) in columns.iter().enumerate() {
        let data_type = DataType::new(kind.clone());
        arrays.push(array_of(&values[..rows], &data_type).unwrap());
        fields.push(DataField::new(i as i32 * 3, format!("c{i}"), data_type));
    }
    let batch = RecordBatch::try_new(to_arrow_schema(&fields).unwrap(), arrays).unwrap();
    (fields, batch)
}

/// Equal with the sign of zero, and NaN equal to itself.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    format!("{a:?}") == format!("{b:?}")
}

/// The bounds are the least and the greatest value, where Java has bounds at all.
fn check_stats(kind: &TypeKind, values: &[Value], stats: &ColumnStats) {
    if values.is_empty() {
        return;
    }
    let nulls = values.iter().filter(|v| v.is_null()).count() as i64;
    assert_eq!(stats.null_count, Some(nulls), "{kind:?}");
    let known: Vec<&Value> = values.iter().filter(|v| !v.is_null()).collect();
    let none = matches!(
        kind,
        TypeKind::Timestamp { precision: 7..=9 }
            | TypeKind::LocalZonedTimestamp { precision: 7..=9 }
            | TypeKind::Binary { .. }
            | TypeKind::VarBinary { .. }
    );
    if known.is_empty() || none {
        assert_eq!((&stats.min, &stats.max), (&Value::Null, &Value::Null), "{kind:?}");
        return;
    }
    for value in &known {
        assert!(stats.min.compare(value) != Ordering::Greater, "{kind:?} {stats:?}");
        assert!(stats.max.compare(value) != Ordering::Less, "{kind:?} {stats:?}");
    }
    let among = |bound: &Value| known.iter().any(|v| same(v, bound));
    assert!(among(&stats.min) && among(&stats.max), "{kind:?} {stats:?}");
}

fn all_columns() -> impl Strategy<Value = Vec<(TypeKind, Vec<Value>)>> {
    scalar_kinds().into_iter().map(column).collect::<Vec<_>>()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn rows_and_statistics(columns in all_columns(), cut in 0_usize..40) {
        let (fields, batch) = table(&columns);
        let rows = batch.num_rows();
        let cut = cut.min(rows);
        let parts = [batch.slice(0, cut), batch.slice(cut, rows - cut)];
        // A row group per batch.
        let options = WriteOptions { row_group_bytes: 1, ..WriteOptions::default() };
        let (bytes, written) = write(&fields, &parts, &options).unwrap();
        prop_assert_eq!(written.rows, rows as u64);
        let read = read_as(&bytes, &fields, &fields).unwrap();
        // Bit for bit: NaN and signs of zeros too.
        prop_assert_eq!(format!("{read:?}"), format!("{batch:?}"));
        for ((kind, values), stats) in columns.iter().zip(&written.stats) {
            check_stats(kind, &values[..rows], stats);
        }
    }

    #[test]
    fn ranges_of_rows(starts in proptest::collection::vec((0_u64..50, 1_u64..200), 0..8)) {
        let values: Vec<Value> = (0..1000).map(Value::Int).collect();
        let (fields, batch) = table(&[(TypeKind::Int, values)]);
        let options = WriteOptions { row_group_bytes: 1, page_bytes: 64, ..WriteOptions::default() };
        let parts: Vec<RecordBatch> = (0..4).map(|i| batch.slice(i * 250, 250)).collect();
        let (bytes, _) = write(&fields, &parts, &options).unwrap();
        let (mut ranges, mut at) = (Vec::new(), 0);
        for (gap, length) in starts {
            let start = (at + gap).min(1000);
            at = (start + length).min(1000);
            ranges.push(start..at);
        }
        let expected: Vec<i32> = ranges.iter().flat_map(|r| r.clone()).map(|i| i as i32).collect();
        let read = block_on(async {
            let reader = open(&bytes).await?;
            let request = ReadRequest::new(read_columns(&fields, &fields, &[])?).with_ranges(ranges);
            collect(reader.as_ref(), request).await
        }).unwrap();
        let got: Vec<Value> =
            (0..read.num_rows()).map(|i| value_at(read.column(0), i, &fields[0].data_type).unwrap()).collect();
        prop_assert_eq!(got, expected.into_iter().map(Value::Int).collect::<Vec<_>>());
    }
}

#[test]
fn every_codec() {
    let (fields, batch) = table(&[(TypeKind::Int, (0..5000).map(|i| Value::Int(i % 7)).collect())]);
    for codec in ["none", "snappy", "gzip", "lz4", "zstd"] {
        let compression = Compression::parse(codec, 3).unwrap();
        let options = WriteOptions { compression, ..WriteOptions::default() };
        let (bytes, _) = write(&fields, std::slice::from_ref(&batch), &options).unwrap();
        assert_eq!(read_as(&bytes, &fields, &fields).unwrap(), batch, "{codec}");
    }
}

#[test]
fn nanoseconds_inside_nested_columns() {
    let time = DataType::new(TypeKind::Timestamp { precision: 9 });
    let at = |n| Value::Timestamp(Timestamp { millis: n, nano_of_milli: 123_456 });
    let times = array_of(&[at(-5), Value::Null, at(7)], &time).unwrap();
    let list_type = DataType::new(TypeKind::Array(Box::new(time.clone())));
    let row_type = DataType::new(TypeKind::Row(vec![DataField::new(3, "t", time.clone())]));
    let key = DataType::not_null(TypeKind::Int);
    let map_type =
        DataType::new(TypeKind::Map { key: Box::new(key.clone()), value: Box::new(time) });
    let offsets = || OffsetBuffer::from_lengths([2, 0, 1]);
    let nulls = || Some(NullBuffer::from(vec![true, false, true]));

    let ArrowType::List(child) = to_arrow_type(&list_type).unwrap() else { panic!() };
    let list = ListArray::new(child, offsets(), Arc::clone(&times), nulls());
    let ArrowType::Struct(children) = to_arrow_type(&row_type).unwrap() else { panic!() };
    let row = StructArray::new(children, vec![Arc::clone(&times)], nulls());
    let ArrowType::Map(entries, _) = to_arrow_type(&map_type).unwrap() else { panic!() };
    let ArrowType::Struct(pair) = entries.data_type().clone() else { panic!() };
    let keys = array_of(&[1, 2, 3].map(Value::Int), &key).unwrap();
    let pairs = StructArray::new(pair, vec![keys, times], None);
    let map = MapArray::new(entries, offsets(), pairs, nulls(), false);

    let fields = [
        DataField::new(0, "l", list_type),
        DataField::new(1, "r", row_type),
        DataField::new(2, "m", map_type),
    ];
    let arrays: Vec<ArrayRef> = vec![Arc::new(list), Arc::new(row), Arc::new(map)];
    let batch = RecordBatch::try_new(to_arrow_schema(&fields).unwrap(), arrays).unwrap();
    let (bytes, written) =
        write(&fields, std::slice::from_ref(&batch), &WriteOptions::default()).unwrap();
    assert_eq!(read_as(&bytes, &fields, &fields).unwrap(), batch);
    assert_eq!(written.stats, vec![ColumnStats::unknown(); 3]);
}

#[test]
fn large_values_keep_their_bounds_out_of_the_footer_only() {
    let long = "x".repeat(5000);
    let values = vec![Value::String(long.clone()), Value::Null];
    let (fields, batch) = table(&[(TypeKind::VarChar { length: 9999 }, values)]);
    let (bytes, written) = write(&fields, &[batch], &WriteOptions::default()).unwrap();
    let stats = ColumnStats {
        min: Value::String(long.clone()),
        max: Value::String(long),
        null_count: Some(1),
    };
    assert_eq!(written.stats, [stats]);
    let blocks = block_on(async {
        let columns = read_columns(&fields, &fields, &[])?;
        open(&bytes).await?.blocks(&columns[0]).await
    });
    assert!(blocks.is_ok());
    assert!(bytes.len() < 2000, "{}", bytes.len());
}

#[test]
fn a_null_where_there_is_none_is_refused() {
    let data_type = DataType::not_null(TypeKind::Int);
    let field = DataField::new(0, "k", data_type.clone());
    let array = array_of(&[Value::Int(1), Value::Null], &data_type).unwrap();
    let schema = arrow::datatypes::Schema::new(vec![arrow::datatypes::Field::new(
        "k",
        ArrowType::Int32,
        true,
    )]);
    let batch = RecordBatch::try_new(Arc::new(schema), vec![array]).unwrap();
    let error = write(&[field], &[batch], &WriteOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.message().contains("'k'"), "{error}");
}

#[test]
fn no_columns_and_constants_need_no_bytes_of_the_file() {
    let (fields, batch) = table(&[(TypeKind::Int, (0..20).map(Value::Int).collect())]);
    let (bytes, _) = write(&fields, &[batch], &WriteOptions::default()).unwrap();
    let partition = DataField::new(9, "p", DataType::string());
    let added = DataField::new(8, "added", DataType::new(TypeKind::Date));
    block_on(async {
        let reader = open(&bytes).await.unwrap();
        let counted = collect(reader.as_ref(), ReadRequest::new(vec![]).with_batch_size(6)).await;
        assert_eq!(counted.unwrap().num_rows(), 20);
        let columns = read_columns(
            &fields,
            &[partition.clone(), added.clone()],
            &[(9, Value::String("x".into()))],
        );
        let request =
            ReadRequest::new(columns.unwrap()).with_batch_size(6).with_ranges(vec![3..11]);
        let batch = collect(reader.as_ref(), request).await.unwrap();
        let x = constant_array(&Value::String("x".into()), &partition.data_type, 8).unwrap();
        assert_eq!(batch.column(0), &x);
        assert_eq!(batch.column(1).null_count(), 8);
    });
}

#[test]
fn an_empty_file() {
    let (fields, batch) = table(&[(TypeKind::Int, vec![])]);
    let (bytes, written) =
        write(&fields, std::slice::from_ref(&batch), &WriteOptions::default()).unwrap();
    assert_eq!((written.rows, written.stats.len()), (0, 1));
    assert_eq!(read_as(&bytes, &fields, &fields).unwrap().num_rows(), 0);
}
