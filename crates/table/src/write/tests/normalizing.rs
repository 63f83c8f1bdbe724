use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, DictionaryArray, Int32Array, Int64Array,
    LargeStringArray, NullArray, RecordBatch, StringArray, StringViewArray,
    TimestampNanosecondArray,
};
use arrow::datatypes::{Int32Type, Int64Type, TimestampMillisecondType};
use rimon_format::arrow_schema::to_arrow_schema;
use rimon_spec::{DataType, Error, NewColumn, NewTable, TypeKind};

use crate::commit::tests::fixture::schema_of;
use crate::write::normalize::Normalizer;

fn normalizer(columns: Vec<NewColumn>) -> Normalizer {
    let table = NewTable { columns, ..NewTable::default() };
    let schema = schema_of(table);
    let arrow = to_arrow_schema(schema.fields()).unwrap();
    Normalizer::new(Arc::new(schema), arrow).unwrap()
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, c)| (n, c, true)))
        .unwrap()
}

fn column_of(error: &Error) -> &str {
    error.context().iter().find(|(k, _)| *k == "column").map_or("", |(_, v)| v)
}

#[test]
fn columns_are_matched_by_name_cast_and_completed() {
    let normalizer = normalizer(vec![
        NewColumn::new("id", DataType::new(TypeKind::BigInt)),
        NewColumn::new("name", DataType::string()),
        NewColumn::new("extra", DataType::new(TypeKind::Int)),
        NewColumn {
            default_value: Some("7".into()),
            ..NewColumn::new("n", DataType::new(TypeKind::Int))
        },
    ]);
    let rows = batch(vec![
        ("n", Arc::new(Int32Array::from(vec![Some(1), None]))),
        ("name", Arc::new(LargeStringArray::from(vec!["a", "b"]))),
        ("id", Arc::new(Int32Array::from(vec![5, 6]))),
    ]);
    let rows = normalizer.normalize(&rows).unwrap();
    assert_eq!(
        rows.schema().fields().iter().map(|f| f.name().as_str()).collect::<Vec<_>>(),
        ["id", "name", "extra", "n"]
    );
    assert_eq!(rows.column(0).as_primitive::<Int64Type>().values(), &[5, 6]);
    assert_eq!(rows.column(1).as_string::<i32>().value(1), "b");
    assert_eq!(rows.column(2).null_count(), 2);
    assert_eq!(
        rows.column(3).as_primitive::<Int32Type>().values(),
        &[1, 7],
        "nulls take the default"
    );
    let rows = batch(vec![("id", Arc::new(NullArray::new(1)))]);
    assert_eq!(normalizer.normalize(&rows).unwrap().column(0).null_count(), 1);
}

#[test]
fn what_does_not_fit_is_refused_by_column() {
    let normalizer = normalizer(vec![
        NewColumn::new("k", DataType::not_null(TypeKind::Int)),
        NewColumn::new("v3", DataType::new(TypeKind::VarChar { length: 3 })),
        NewColumn::new("d", DataType::new(TypeKind::Decimal { precision: 4, scale: 1 })),
    ]);
    let k: ArrayRef = Arc::new(Int32Array::from(vec![1]));
    let refuse = |name: &str, column: ArrayRef| {
        let mut columns = vec![(name, column)];
        if name != "k" {
            columns.push(("k", k.clone()));
        }
        let error = normalizer.normalize(&batch(columns)).unwrap_err();
        assert_eq!(error.kind(), rimon_spec::ErrorKind::Invalid, "{error}");
        assert_eq!(column_of(&error), name, "{error}");
    };
    refuse("k", Arc::new(Int32Array::from(vec![None])));
    refuse("k", Arc::new(Int64Array::from(vec![i64::MAX])));
    refuse("k", Arc::new(StringArray::from(vec!["1"])));
    refuse("v3", Arc::new(StringArray::from(vec!["äöüß"])));
    let decimal =
        |n, p, s| Arc::new(Decimal128Array::from(vec![n]).with_precision_and_scale(p, s).unwrap());
    refuse("d", decimal(12_345, 5, 1));
    refuse("d", decimal(12, 4, 2));
    refuse("missing", Arc::new(Int32Array::from(vec![1])));
    let rows = batch(vec![
        ("k", k.clone()),
        ("v3", Arc::new(StringArray::from(vec!["äöü"]))),
        ("d", decimal(123, 3, 0)),
    ]);
    let rows = normalizer.normalize(&rows).unwrap();
    assert_eq!(rows.column(2).as_any().downcast_ref::<Decimal128Array>().unwrap().value(0), 1_230);
    let error = normalizer
        .normalize(&batch(vec![("v3", Arc::new(StringArray::from(vec!["a"])))]))
        .unwrap_err();
    assert_eq!(column_of(&error), "k", "a NOT NULL column may not be missing");
}

#[test]
fn a_fraction_of_a_second_is_cut_downwards() {
    let normalizer = normalizer(vec![
        NewColumn::new("t0", DataType::new(TypeKind::Timestamp { precision: 0 })),
        NewColumn::new("t3", DataType::new(TypeKind::LocalZonedTimestamp { precision: 3 })),
    ]);
    let nanos = TimestampNanosecondArray::from(vec![-1, 1_999_999_999]);
    let rows = batch(vec![
        ("t0", Arc::new(nanos.clone())),
        ("t3", Arc::new(nanos.with_timezone("+02:00"))),
    ]);
    let rows = normalizer.normalize(&rows).unwrap();
    let millis =
        |i: usize| rows.column(i).as_primitive::<TimestampMillisecondType>().values().to_vec();
    assert_eq!((millis(0), millis(1)), (vec![-1_000, 1_000], vec![-1, 1_999]));
}

#[test]
fn other_forms_of_strings_are_strings() {
    let normalizer = normalizer(vec![
        NewColumn::new("a", DataType::string()),
        NewColumn::new("b", DataType::string()),
    ]);
    let dictionary: DictionaryArray<Int32Type> = vec!["x", "y", "x"].into_iter().collect();
    let rows = batch(vec![
        ("a", Arc::new(dictionary)),
        ("b", Arc::new(StringViewArray::from(vec!["a string that is not short", "s", "t"]))),
    ]);
    let rows = normalizer.normalize(&rows).unwrap();
    assert_eq!(rows.column(0).as_string::<i32>().iter().flatten().collect::<String>(), "xyx");
    assert_eq!(rows.column(1).as_string::<i32>().value(0), "a string that is not short");
}
