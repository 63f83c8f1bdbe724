use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Decimal128Array, Float64Array, Int32Array,
    Int64Array, ListArray, MapArray, NullArray, StringArray, StructArray,
    TimestampMillisecondArray,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Fields, Int32Type, Schema};
use arrow::ipc::reader::StreamReader;
use datafusion::error::DataFusionError;
use futures::stream;

use super::*;

fn written(format: Format, batches: &[RecordBatch]) -> String {
    String::from_utf8(bytes(format, batches)).unwrap()
}

fn bytes(format: Format, batches: &[RecordBatch]) -> Vec<u8> {
    let mut sink = Vec::new();
    {
        let mut output = Output::new(&mut sink, format, true);
        for batch in batches {
            output.batch(batch).unwrap();
        }
    }
    sink
}

fn sample() -> RecordBatch {
    let decimal = Decimal128Array::from(vec![Some(150), None]).with_precision_and_scale(5, 2);
    RecordBatch::try_from_iter([
        ("id", Arc::new(Int32Array::from(vec![1, 20])) as ArrayRef),
        ("name", Arc::new(StringArray::from(vec![Some("a,\"b\""), None]))),
        ("price", Arc::new(decimal.unwrap())),
        ("at", Arc::new(TimestampMillisecondArray::from(vec![Some(1_250), None]))),
        ("raw", Arc::new(BinaryArray::from(vec![&b"\x0a\xff"[..], b""]))),
    ])
    .unwrap()
}

/// `MAP<INT, STRING>`, `ARRAY<INT>`, `ROW<a INT>`.
fn nested() -> RecordBatch {
    let keys = Arc::new(Field::new("key", DataType::Int32, false));
    let values = Arc::new(Field::new("value", DataType::Utf8, true));
    let entries = StructArray::new(
        Fields::from(vec![keys, values]),
        vec![Arc::new(Int32Array::from(vec![7])), Arc::new(StringArray::from(vec!["x,y"]))],
        None,
    );
    let field = Arc::new(Field::new("entries", entries.data_type().clone(), false));
    let map = MapArray::new(field, OffsetBuffer::from_lengths([1]), entries, None, false);
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(1), None])]);
    let row = StructArray::new(
        Fields::from(vec![Field::new("a", DataType::Int32, true)]),
        vec![Arc::new(Int32Array::from(vec![None]))],
        None,
    );
    RecordBatch::try_from_iter([
        ("m", Arc::new(map) as ArrayRef),
        ("l", Arc::new(list)),
        ("r", Arc::new(row)),
    ])
    .unwrap()
}

#[test]
fn a_table_is_aligned_and_shows_control_characters() {
    let names = StringArray::from(vec![Some("日本\u{1b}[31m"), Some("two\nlines"), None]);
    let batch = RecordBatch::try_from_iter([
        ("id", Arc::new(Int64Array::from(vec![1, 200, -3])) as ArrayRef),
        ("name", Arc::new(names)),
    ])
    .unwrap();
    let expected = "\
+-----+----------------+
| id  | name           |
+-----+----------------+
|   1 | 日本\\u{1b}[31m |
| 200 | two            |
|     | lines          |
|  -3 | NULL           |
+-----+----------------+
";
    assert_eq!(written(Format::Table, &[batch]), expected);
}

#[test]
fn an_empty_result_has_a_header() {
    let empty = sample().slice(0, 0);
    assert!(written(Format::Table, std::slice::from_ref(&empty)).contains("| id | name |"));
    assert_eq!(written(Format::Csv, std::slice::from_ref(&empty)), "id,name,price,at,raw\n");
    assert_eq!(written(Format::Json, std::slice::from_ref(&empty)), "[]\n");
    assert_eq!(written(Format::Ndjson, &[empty]), "");
}

#[test]
fn csv_quotes_and_tells_null_from_empty() {
    let expected = "id,name,price,at,raw\n\
                    1,\"a,\"\"b\"\"\",1.50,1970-01-01T00:00:01.250,0aff\n\
                    20,,,,\"\"\n";
    assert_eq!(written(Format::Csv, &[sample()]), expected);
    let tabs = written(Format::Tsv, &[sample()]);
    assert!(tabs.starts_with("id\tname\t"), "{tabs}");
    assert!(tabs.contains("1\t\"a,\"\"b\"\"\"\t1.50"), "{tabs}");
}

#[test]
fn csv_of_nothing_but_null() {
    let batch =
        RecordBatch::try_from_iter([("n", Arc::new(NullArray::new(1)) as ArrayRef)]).unwrap();
    assert_eq!(written(Format::Csv, &[batch]), "n\n\n");
}

#[test]
fn nested_values_are_json_in_csv() {
    let expected = "m,l,r\n\"[{\"\"key\"\":7,\"\"value\"\":\"\"x,y\"\"}]\",\"[1,null]\",\"{\"\"a\"\":null}\"\n";
    assert_eq!(written(Format::Csv, &[nested()]), expected);
}

#[test]
fn json_keeps_nulls_and_keys_that_are_no_strings() {
    let text = written(Format::Json, &[sample()]);
    let rows: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(rows[0]["name"], "a,\"b\"");
    assert_eq!(rows[0]["raw"], "0aff");
    assert!(rows[1].as_object().unwrap()["name"].is_null());
    let text = written(Format::Ndjson, &[nested()]);
    assert_eq!(text, "{\"m\":[{\"key\":7,\"value\":\"x,y\"}],\"l\":[1,null],\"r\":{\"a\":null}}\n");
}

#[test]
fn json_makes_names_unique() {
    let schema = Schema::new(vec![
        Field::new("id", DataType::Int32, false),
        Field::new("id", DataType::Boolean, true),
    ]);
    let columns: Vec<ArrayRef> =
        vec![Arc::new(Int32Array::from(vec![1])), Arc::new(BooleanArray::from(vec![true]))];
    let batch = RecordBatch::try_new(Arc::new(schema), columns).unwrap();
    assert_eq!(written(Format::Ndjson, &[batch]), "{\"id\":1,\"id_1\":true}\n");
}

#[test]
fn floats_and_json() {
    let column = Float64Array::from(vec![f64::NAN, 0.1]);
    let batch = RecordBatch::try_from_iter([("x", Arc::new(column) as ArrayRef)]).unwrap();
    assert_eq!(
        written(Format::Ndjson, std::slice::from_ref(&batch)),
        "{\"x\":null}\n{\"x\":0.1}\n"
    );
    assert_eq!(written(Format::Csv, &[batch]), "x\nNaN\n0.1\n");
}

#[test]
fn arrow_comes_back_as_it_was() {
    for batch in [sample(), nested()] {
        let stream = bytes(Format::Arrow, std::slice::from_ref(&batch));
        let mut reader = StreamReader::try_new(stream.as_slice(), None).unwrap();
        assert_eq!(reader.next().unwrap().unwrap(), batch);
        assert!(reader.next().is_none());
    }
}

#[test]
fn results_in_csv_are_apart() {
    let one = RecordBatch::try_from_iter([("a", Arc::new(Int32Array::from(vec![1])) as ArrayRef)])
        .unwrap();
    assert_eq!(written(Format::Csv, &[one.clone(), one]), "a\n1\n\na\n1\n");
}

#[test]
fn rows_after_the_sample_are_written_without_being_kept() {
    let rows = 5000;
    let column =
        StringArray::from_iter_values((0..rows).map(|i| {
            if i == rows - 1 { "wider than the first".to_string() } else { i.to_string() }
        }));
    let batch = RecordBatch::try_from_iter([("v", Arc::new(column) as ArrayRef)]).unwrap();
    let text = written(Format::Table, &[batch]);
    assert_eq!(text.lines().count(), rows + 4);
    assert!(text.contains("| wider than the first |\n"));
}

#[tokio::test]
async fn an_error_in_mid_result_is_reported_and_leaves_no_whole_looking_stream() {
    for format in [Format::Json, Format::Arrow, Format::Csv, Format::Table] {
        let batch = sample();
        let schema = batch.schema();
        let broken = DataFusionError::Execution("disk on fire".into());
        let rows = stream::iter([Ok(batch), Err(broken)]);
        let mut sink = Vec::new();
        let failure = Output::new(&mut sink, format, true).stream(schema, rows).await.unwrap_err();
        assert!(failure.to_string().contains("disk on fire"));
        assert!(!sink.is_empty(), "{format:?}");
        assert!(!sink.ends_with(b"]\n"), "{format:?}");
        assert!(!sink.ends_with(&[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]), "{format:?}");
    }
}
