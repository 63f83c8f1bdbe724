//! Every way in which writers store a type in Parquet: other engines, old releases, tables that were migrated.

use crate::json;
use crate::support::{block_on, collect, open, read_as};
use parquet::data_type::{
    ByteArray, ByteArrayType, DataType as ParquetType, FixedLenByteArray, FixedLenByteArrayType,
    Int32Type, Int64Type, Int96, Int96Type,
};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use rimon_format::ReadRequest;
use rimon_format::evolution::read_columns;
use rimon_spec::{DataField, DataType, Error, ErrorKind, Predicate, Test, Value};
use std::sync::Arc;

/// The values of a leaf with their levels.
enum Leaf {
    I32(Vec<i32>),
    I64(Vec<i64>),
    I96(Vec<Int96>),
    Bytes(Vec<ByteArray>),
    Fixed(Vec<FixedLenByteArray>),
}

/// Definition and repetition levels; `None`: all values are there, none is repeated.
type Levels = Option<(Vec<i16>, Vec<i16>)>;

fn file(schema: &str, leaves: Vec<(Leaf, Levels)>) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = Arc::new(WriterProperties::builder().build());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for (leaf, levels) in leaves {
        let mut column = group.next_column().unwrap().unwrap();
        let (def, rep) = match &levels {
            Some((def, rep)) => (Some(def.as_slice()), Some(rep.as_slice())),
            None => (None, None),
        };
        match leaf {
            Leaf::I32(v) => put::<Int32Type>(&mut column, &v, def, rep),
            Leaf::I64(v) => put::<Int64Type>(&mut column, &v, def, rep),
            Leaf::I96(v) => put::<Int96Type>(&mut column, &v, def, rep),
            Leaf::Bytes(v) => put::<ByteArrayType>(&mut column, &v, def, rep),
            Leaf::Fixed(v) => put::<FixedLenByteArrayType>(&mut column, &v, def, rep),
        }
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.into_inner().unwrap()
}

fn put<T: ParquetType>(
    column: &mut parquet::file::writer::SerializedColumnWriter<'_>,
    values: &[T::T],
    def: Option<&[i16]>,
    rep: Option<&[i16]>,
) {
    column.typed::<T>().write_batch(values, def, rep).unwrap();
}

fn field(data_type: &str) -> Vec<DataField> {
    vec![DataField::new(0, "x", data_type.parse::<DataType>().unwrap())]
}

/// The values of the column `x`, sorted as text.
fn read(bytes: &[u8], data_type: &str) -> Result<Vec<String>, Error> {
    let fields = field(data_type);
    let rows = json::rows(&read_as(bytes, &fields, &fields)?, &fields);
    let value = |row: &String| {
        let value = row.strip_prefix("{\"_kind\":\"+I\",\"x\":").unwrap();
        value.strip_suffix('}').unwrap().to_owned()
    };
    Ok(rows.iter().map(value).collect())
}

fn check(schema: &str, leaves: Vec<(Leaf, Levels)>, data_type: &str, expected: &[&str]) {
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    let got = read(&file(schema, leaves), data_type);
    let got = got.unwrap_or_else(|e| panic!("{schema} as {data_type}: {e:?}"));
    assert_eq!(got, expected, "{schema} as {data_type}");
}

fn one(column: &str) -> String {
    format!("message m {{ {column} }}")
}

/// An INT96 of a day since 1970 and nanoseconds.
fn int96(day: i64, nanos: i64) -> Int96 {
    let mut value = Int96::new();
    let low = nanos as u64;
    value.set_data(low as u32, (low >> 32) as u32, (day + 2_440_588) as u32);
    value
}

#[test]
fn timestamps() {
    let plain = |v: Vec<i64>| vec![(Leaf::I64(v), None)];
    let instants =
        |v: &[(i64, i64)]| vec![(Leaf::I96(v.iter().map(|(d, n)| int96(*d, *n)).collect()), None)];
    // A day before 1970 is stored as nanoseconds after midnight by Spark, and as negative ones by Java Paimon.
    let old = [(-1, 86_399_999_999_000), (0, -1_000)];
    let schema = one("required int96 x;");
    check(&schema, instants(&old), "TIMESTAMP(9)", &["\"1969-12-31T23:59:59.999999000\""; 2]);
    check(&schema, instants(&old), "TIMESTAMP(6)", &["\"1969-12-31T23:59:59.999999\""; 2]);
    check(&schema, instants(&old), "TIMESTAMP_LTZ(6)", &["\"1969-12-31T23:59:59.999999Z\""; 2]);
    check(&schema, instants(&[(2_932_896, 0)]), "TIMESTAMP(3)", &["\"9999-12-31T00:00:00.000\""]);
    check(&schema, instants(&[(-719_162, 0)]), "TIMESTAMP(6)", &["\"0001-01-01T00:00:00.000000\""]);
    for (day, nanos) in [(2_932_896, 0), (-719_162, 0), (106_751, 86_399_000_000_000)] {
        let bytes = file(&schema, instants(&[(day, nanos)]));
        let error = read(&bytes, "TIMESTAMP(9)").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error:?}");
    }
    for unit in ["MILLIS", "MICROS", "NANOS"] {
        let count = match unit {
            "MILLIS" => -1,
            "MICROS" => -1_000,
            _ => -1_000_000,
        };
        for utc in ["true", "false"] {
            let schema = one(&format!("required int64 x (TIMESTAMP({unit},{utc}));"));
            for precision in [3, 6, 9] {
                let digits = "999000000".get(..precision).unwrap();
                let expected = format!("\"1969-12-31T23:59:59.{digits}\"");
                let as_type = format!("TIMESTAMP({precision})");
                check(&schema, plain(vec![count]), &as_type, &[&expected]);
                let expected = format!("\"1969-12-31T23:59:59.{digits}Z\"");
                let as_type = format!("TIMESTAMP_LTZ({precision})");
                check(&schema, plain(vec![count]), &as_type, &[&expected]);
            }
        }
    }
    let schema = one("required int64 x (TIMESTAMP_MILLIS);");
    check(
        &schema,
        plain(vec![-62_135_596_800_000]),
        "TIMESTAMP(3)",
        &["\"0001-01-01T00:00:00.000\""],
    );
    // The year 9999 in nanoseconds has no place in 64 bits.
    let bytes = file(&schema, plain(vec![253_402_300_799_000]));
    assert_eq!(read(&bytes, "TIMESTAMP(9)").unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn decimals() {
    let fixed = |value: i128, length: usize| {
        FixedLenByteArray::from(value.to_be_bytes()[16 - length..].to_vec())
    };
    let both = ["\"-1.05\"", "\"99999.99\""];
    let schema = one("required int32 x (DECIMAL(9,2));");
    check(&schema, vec![(Leaf::I32(vec![-105, 9_999_999]), None)], "DECIMAL(9, 2)", &both);
    // Wider in the table than in the file, and the other way round.
    check(&schema, vec![(Leaf::I32(vec![-105, 9_999_999]), None)], "DECIMAL(38, 2)", &both);
    let schema = one("required int64 x (DECIMAL(18,2));");
    check(&schema, vec![(Leaf::I64(vec![-105, 9_999_999]), None)], "DECIMAL(9, 2)", &both);
    for length in [4, 5, 8, 9, 16] {
        let schema = one(&format!("required fixed_len_byte_array({length}) x (DECIMAL(9,2));"));
        let values = vec![fixed(-105, length), fixed(9_999_999, length)];
        check(&schema, vec![(Leaf::Fixed(values), None)], "DECIMAL(9, 2)", &both);
    }
    let schema = one("required binary x (DECIMAL(38,2));");
    let values = vec![ByteArray::from(vec![0x97]), ByteArray::from(vec![0x98, 0x96, 0x7f])];
    let expected = ["\"-1.05\"", "\"-67772.17\""];
    check(&schema, vec![(Leaf::Bytes(values), None)], "DECIMAL(38, 2)", &expected);
    // Numbers without annotation count hundredths.
    let schema = one("required int32 x;");
    check(&schema, vec![(Leaf::I32(vec![-105, 9_999_999]), None)], "DECIMAL(9, 2)", &both);
    let schema = one("required fixed_len_byte_array(16) x (DECIMAL(38,10));");
    let most = 10_i128.pow(38) - 1;
    let expected = [
        "\"-9999999999999999999999999999.9999999999\"",
        "\"9999999999999999999999999999.9999999999\"",
    ];
    let values = vec![fixed(most, 16), fixed(-most, 16)];
    check(&schema, vec![(Leaf::Fixed(values), None)], "DECIMAL(38, 10)", &expected);
}

#[test]
fn bytes_texts_and_small_numbers() {
    let bytes = |v: &[&[u8]]| {
        let values = v.iter().map(|b| ByteArray::from(b.to_vec())).collect();
        vec![(Leaf::Bytes(values), None)]
    };
    for (column, data_type, value, expected) in [
        ("required binary x;", "STRING", "é".as_bytes(), "\"é\""),
        ("required binary x (UTF8);", "CHAR(3)", b"a  ", "\"a  \""),
        ("required binary x (STRING);", "VARCHAR(2)", b"", "\"\""),
        ("required binary x (ENUM);", "STRING", b"A", "\"A\""),
        ("required binary x (JSON);", "STRING", b"{}", "\"{}\""),
        ("required binary x (UTF8);", "BYTES", b"ab", "\"6162\""),
        ("required binary x;", "BINARY(3)", b"ab\0", "\"616200\""),
    ] {
        check(&one(column), bytes(&[value]), data_type, &[expected]);
    }
    let invalid = file(&one("required binary x;"), bytes(&[b"\xff"]));
    assert!(read(&invalid, "STRING").is_err());
    let fixed = vec![(Leaf::Fixed(vec![FixedLenByteArray::from(vec![1; 12])]), None)];
    let schema = one("required fixed_len_byte_array(12) x;");
    check(&schema, fixed, "BINARY(12)", &["\"010101010101010101010101\""]);
    let numbers = |v: Vec<i32>| vec![(Leaf::I32(v), None)];
    for (column, data_type, extreme) in [
        ("required int32 x (INT_8);", "TINYINT", -128),
        ("required int32 x;", "TINYINT", 127),
        ("required int32 x (INT_16);", "SMALLINT", -32_768),
        ("required int32 x;", "SMALLINT", 32_767),
        ("required int32 x (INT_32);", "INT", i32::MIN),
        ("required int32 x (UINT_16);", "INT", 65_535),
        ("required int32 x;", "BIGINT", i32::MIN),
    ] {
        check(&one(column), numbers(vec![extreme]), data_type, &[&extreme.to_string()]);
    }
    let large = file(&one("required int32 x;"), numbers(vec![128]));
    assert!(read(&large, "TINYINT").is_err());
    let old = "\"0001-01-01\"";
    check(&one("required int32 x (DATE);"), numbers(vec![-719_162]), "DATE", &[old]);
    check(&one("required int32 x;"), numbers(vec![-719_162]), "DATE", &[old]);
}

#[test]
fn times_of_the_day() {
    let last = "\"23:59:59.999\"";
    let millis = || vec![(Leaf::I32(vec![86_399_999]), None)];
    for precision in 0..=9 {
        let data_type = format!("TIME({precision})");
        check(&one("required int32 x (TIME_MILLIS);"), millis(), &data_type, &[last]);
        check(&one("required int32 x (TIME(MILLIS,true));"), millis(), &data_type, &[last]);
        check(&one("required int32 x;"), millis(), &data_type, &[last]);
        let micros = vec![(Leaf::I64(vec![86_399_999_000]), None)];
        check(&one("required int64 x (TIME_MICROS);"), micros, &data_type, &[last]);
        let nanos = vec![(Leaf::I64(vec![86_399_999_000_000]), None)];
        check(&one("required int64 x (TIME(NANOS,true));"), nanos, &data_type, &[last]);
    }
}

/// Lists `[1, 2]`, `[]` and null, or as much of it as the layout can say, in each layout of lists.
#[test]
fn lists() {
    let numbers = || Leaf::I32(vec![1, 2]);
    // The repeated field is the element, under the names of Avro, Thrift and none.
    for name in ["array", "x_tuple", "element", "item"] {
        let schema = one(&format!("optional group x (LIST) {{ repeated int32 {name}; }}"));
        let levels = Some((vec![2, 2, 1, 0], vec![0, 1, 0, 0]));
        let expected = ["[1,2]", "[]", "null"];
        check(&schema, vec![(numbers(), levels)], "ARRAY<INT>", &expected);
    }
    // Three levels, under the names of the standard, of Hive and of others.
    for (outer, inner) in [("list", "element"), ("bag", "array_element"), ("array", "item")] {
        let element = format!("optional int32 {inner};");
        let schema =
            one(&format!("optional group x (LIST) {{ repeated group {outer} {{ {element} }} }}"));
        if outer == "array" {
            // By the rules of Parquet this is a list of groups with one field.
            let levels = Some((vec![3, 3, 1, 0], vec![0, 1, 0, 0]));
            let expected = ["[{\"item\":1},{\"item\":2}]", "[]", "null"];
            check(&schema, vec![(numbers(), levels)], "ARRAY<ROW<item INT>>", &expected);
            continue;
        }
        let levels = Some((vec![3, 2, 3, 1, 0], vec![0, 1, 1, 0, 0]));
        let expected = ["[1,null,2]", "[]", "null"];
        check(&schema, vec![(numbers(), levels)], "ARRAY<INT>", &expected);
    }
    // A repeated group of several fields is the element.
    let schema = one(
        "required group x (LIST) { repeated group array { required int32 a; optional int32 b; } }",
    );
    let leaves = vec![
        (Leaf::I32(vec![1, 2]), Some((vec![1, 1, 0], vec![0, 1, 0]))),
        (Leaf::I32(vec![7]), Some((vec![1, 2, 0], vec![0, 1, 0]))),
    ];
    let expected = ["[{\"a\":1,\"b\":null},{\"a\":2,\"b\":7}]", "[]"];
    check(&schema, leaves, "ARRAY<ROW<a INT, b INT>>", &expected);
    // A repeated column without a group.
    let schema = one("repeated int32 x;");
    let levels = Some((vec![1, 1, 0], vec![0, 1, 0]));
    check(&schema, vec![(numbers(), levels)], "ARRAY<INT>", &["[1,2]", "[]"]);
}

/// `{1: 5, 2: null}`, `{}` and null in each layout of maps.
#[test]
fn maps() {
    let leaves = || {
        vec![
            (Leaf::I32(vec![1, 2]), Some((vec![2, 2, 1, 0], vec![0, 1, 0, 0]))),
            (Leaf::I32(vec![5]), Some((vec![3, 2, 1, 0], vec![0, 1, 0, 0]))),
        ]
    };
    let expected = ["[[1,5],[2,null]]", "[]", "null"];
    for (annotation, entries, key, value) in [
        ("MAP", "key_value", "key", "value"),
        ("MAP", "map (MAP_KEY_VALUE)", "key", "value"),
        ("MAP_KEY_VALUE", "map", "key", "value"),
        ("MAP", "entries", "keys", "values"),
    ] {
        let schema = one(&format!(
            "optional group x ({annotation}) {{ repeated group {entries} {{ \
             required int32 {key}; optional int32 {value}; }} }}"
        ));
        check(&schema, leaves(), "MAP<INT, INT>", &expected);
    }
    // Counts of a multiset are never null.
    let schema = one(
        "optional group x (MAP) { repeated group key_value { required int32 key; required int32 value; } }",
    );
    let levels = || Some((vec![2, 2, 1, 0], vec![0, 1, 0, 0]));
    let leaves = vec![(Leaf::I32(vec![1, 2]), levels()), (Leaf::I32(vec![5, 6]), levels())];
    check(&schema, leaves, "MULTISET<INT>", &["[[1,5],[2,6]]", "[]", "null"]);
}

/// What a filter skips by the statistics of such files, which may be of other types than the column.
#[test]
fn filters_on_other_encodings_lose_nothing() {
    let cases: Vec<(String, Leaf, &str, Value)> = vec![
        (one("required int32 x;"), Leaf::I32(vec![5, 7]), "TINYINT", Value::TinyInt(7)),
        (one("required int32 x (UINT_16);"), Leaf::I32(vec![5, 65_535]), "INT", Value::Int(65_535)),
        (one("required int32 x;"), Leaf::I32(vec![-7, 5]), "BIGINT", Value::BigInt(-7)),
        (one("required int32 x;"), Leaf::I32(vec![-7, 5]), "DATE", Value::Date(-7)),
        (
            one("required int64 x (TIMESTAMP_MICROS);"),
            Leaf::I64(vec![-1_999, 5_000]),
            "TIMESTAMP(3)",
            Value::Timestamp(rimon_spec::Timestamp { millis: -2, nano_of_milli: 0 }),
        ),
        (
            one("required int64 x (TIME_MICROS);"),
            Leaf::I64(vec![1_999, 5_000]),
            "TIME(3)",
            Value::Time(1),
        ),
        (
            one("required binary x;"),
            Leaf::Bytes(vec![ByteArray::from("a"), ByteArray::from("é")]),
            "STRING",
            Value::String("é".to_owned()),
        ),
    ];
    for (schema, leaf, data_type, wanted) in cases {
        let bytes = file(&schema, vec![(leaf, None)]);
        block_on(async {
            let fields = field(data_type);
            let reader = open(&bytes).await.unwrap();
            let all = ReadRequest::new(read_columns(&fields, &fields, &[]).unwrap());
            let batch = collect(reader.as_ref(), all.clone()).await.unwrap();
            let value = |batch: &arrow::array::RecordBatch, row| {
                let column = batch.column(0).as_ref();
                rimon_format::arrow_value::value_at(column, row, &fields[0].data_type).unwrap()
            };
            let there = (0..batch.num_rows()).any(|row| value(&batch, row) == wanted);
            for test in [
                Test::Eq(wanted.clone()),
                Test::LtEq(wanted.clone()),
                Test::GtEq(wanted.clone()),
                Test::In(vec![wanted.clone()]),
            ] {
                let predicate = Predicate::leaf("x", test.clone());
                let mut request = all.clone().with_predicate(predicate);
                request.exact = true;
                let kept = collect(reader.as_ref(), request).await.unwrap();
                let found = (0..kept.num_rows()).any(|row| value(&kept, row) == wanted);
                assert_eq!(found, there, "{schema} as {data_type}: {test:?}");
            }
        });
    }
}
