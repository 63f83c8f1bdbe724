//! Avro files: Java's are read, ours have Java's schema and give their rows back.

use crate::json;
use crate::round_trip::{column, same, scalar_kinds, table};
use crate::support::{block_on, collect, data, java_fields, java_rows, stored_as};
use arrow::array::RecordBatch;
use object_store::ObjectStoreExt;
use proptest::prelude::*;
use rimon_format::evolution::read_columns;
use rimon_format::{AvroFormat, Compression, FileFormat, ReadRequest, WriteOptions, WrittenFile};
use rimon_spec::{DataField, DataType, ErrorKind, Result, TypeKind, Value};
use std::cmp::Ordering;
use std::ops::Range;

fn file(table: &str) -> Vec<u8> {
    data(&format!("avro_{table}/file-0.avro"))
}

fn read_rows(
    bytes: &[u8],
    fields: &[DataField],
    ranges: Option<Vec<Range<u64>>>,
    size: usize,
) -> Result<RecordBatch> {
    block_on(async {
        let reader = AvroFormat.open(stored_as(bytes, "avro").await).await?;
        let mut request =
            ReadRequest::new(read_columns(fields, fields, &[])?).with_batch_size(size);
        request.ranges = ranges;
        collect(reader.as_ref(), request).await
    })
}

fn read(bytes: &[u8], fields: &[DataField]) -> Result<RecordBatch> {
    read_rows(bytes, fields, None, 7)
}

fn write(
    fields: &[DataField],
    batches: &[RecordBatch],
    codec: &str,
) -> Result<(Vec<u8>, WrittenFile)> {
    block_on(async {
        let file = stored_as(b"", "avro").await;
        let compression = Compression::parse(codec, 3)?;
        let options = WriteOptions { compression, ..WriteOptions::default() };
        let mut writer = AvroFormat.create(file.clone(), fields, &options)?;
        for batch in batches {
            writer.write(batch).await?;
        }
        let written = writer.finish().await?;
        let bytes = file.store.get(&file.path).await.unwrap().bytes().await.unwrap();
        assert_eq!(written.size, bytes.len() as u64);
        Ok((bytes.to_vec(), written))
    })
}

fn check(table: &str, bytes: &[u8], fields: &[DataField]) {
    let mut rows = json::rows(&read(bytes, fields).unwrap(), fields);
    rows.sort();
    assert_eq!(rows, java_rows(&format!("avro_{table}")), "{table}");
}

const TABLES: [&str; 6] = ["scalars", "nested", "null", "deflate", "snappy", "bzip2"];

#[test]
fn rows_are_javas() {
    for table in TABLES {
        check(table, &file(table), &java_fields(&format!("avro_{table}"), 0));
    }
}

/// The JSON in the header: from its length, two bytes after the key.
fn header(bytes: &[u8]) -> String {
    let key = b"avro.schema";
    let at = bytes.windows(key.len()).position(|w| w == key).unwrap() + key.len();
    let start = bytes[at..].iter().position(|b| *b == b'{').unwrap() + at;
    let (mut depth, mut end) = (0, start);
    for byte in &bytes[start..] {
        end += 1;
        depth += i32::from(*byte == b'{') - i32::from(*byte == b'}');
        if depth == 0 {
            break;
        }
    }
    String::from_utf8(bytes[start..end].to_vec()).unwrap()
}

#[test]
fn our_files_have_javas_schema_and_rows() {
    for table in TABLES {
        let fields = java_fields(&format!("avro_{table}"), 0);
        let java = file(table);
        let batch = read(&java, &fields).unwrap();
        let (ours, _) = write(&fields, &[batch], "zstd").unwrap();
        assert_eq!(header(&ours), header(&java), "{table}");
        check(table, &ours, &fields);
    }
}

#[test]
fn damage_is_an_error() {
    for table in ["nested", "null", "scalars"] {
        let (bytes, fields) = (file(table), java_fields(&format!("avro_{table}"), 0));
        for length in (0..bytes.len()).step_by(7) {
            if let Err(error) = read(&bytes[..length], &fields) {
                assert!(error.to_string().contains("t.avro"), "cut to {length}: {error:?}");
            } else {
                // The last block was cut off whole: the number of rows tells.
                assert!(length < bytes.len());
            }
        }
        for at in (0..bytes.len()).step_by(5) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            if let Err(error) = read(&damaged, &fields) {
                let known =
                    [ErrorKind::Corrupt, ErrorKind::Unsupported, ErrorKind::ResourceExhausted];
                assert!(known.contains(&error.kind()), "byte {at}: {error:?}");
                assert!(error.to_string().contains("t.avro"), "byte {at}: {error:?}");
                assert!(!format!("{error:?}").contains("gave up"), "byte {at} panics: {error:?}");
            }
        }
    }
}

#[test]
fn codecs_by_name() {
    let (fields, batch) = table(&[(TypeKind::Int, (0..5000).map(|i| Value::Int(i % 7)).collect())]);
    for codec in ["none", "null", "snappy", "deflate", "bzip2", "zstd"] {
        let (bytes, _) = write(&fields, std::slice::from_ref(&batch), codec).unwrap();
        assert_eq!(read(&bytes, &fields).unwrap(), batch, "{codec}");
    }
    for codec in ["gzip", "lz4"] {
        let error = write(&fields, std::slice::from_ref(&batch), codec).unwrap_err();
        assert!(error.to_string().contains(codec), "{error}");
    }
}

#[test]
fn what_avro_cannot_hold_names_the_column() {
    for kind in [TypeKind::Timestamp { precision: 9 }, TypeKind::Time { precision: 6 }] {
        let field = DataField::new(0, "when", DataType::new(kind));
        let error = write(&[field], &[], "zstd").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("when"), "{error}");
    }
    let field = DataField::new(0, "a b", DataType::new(TypeKind::Int));
    assert!(write(&[field], &[], "zstd").unwrap_err().to_string().contains("a b"));
}

fn columns() -> impl Strategy<Value = Vec<(TypeKind, Vec<Value>)>> {
    let fits = |kind: &TypeKind| {
        !matches!(
            kind,
            TypeKind::Timestamp { precision: 7..=9 }
                | TypeKind::LocalZonedTimestamp { precision: 7..=9 }
        )
    };
    scalar_kinds().into_iter().filter(fits).map(column).collect::<Vec<_>>()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn rows_and_statistics(columns in columns(), cut in 0_usize..40) {
        let (fields, batch) = table(&columns);
        let rows = batch.num_rows();
        let cut = cut.min(rows);
        let parts = [batch.slice(0, cut), batch.slice(cut, rows - cut)];
        let (bytes, written) = write(&fields, &parts, "zstd").unwrap();
        prop_assert_eq!(written.rows, rows as u64);
        let read = read(&bytes, &fields).unwrap();
        // Bit for bit: NaN and signs of zeros too.
        prop_assert_eq!(format!("{read:?}"), format!("{batch:?}"));
        for ((kind, values), stats) in columns.iter().zip(&written.stats) {
            let known: Vec<&Value> = values[..rows].iter().filter(|v| !v.is_null()).collect();
            prop_assert_eq!(stats.null_count, Some((rows - known.len()) as i64));
            if matches!(kind, TypeKind::Binary { .. } | TypeKind::VarBinary { .. }) {
                prop_assert_eq!((&stats.min, &stats.max), (&Value::Null, &Value::Null));
                continue;
            }
            let mut sorted = known.clone();
            sorted.sort_by(|a, b| a.compare(b));
            let (min, max) = (sorted.first(), sorted.last());
            prop_assert!(same(&stats.min, min.copied().unwrap_or(&Value::Null)) || min.is_some_and(|m| m.compare(&stats.min) == Ordering::Equal));
            prop_assert!(same(&stats.max, max.copied().unwrap_or(&Value::Null)) || max.is_some_and(|m| m.compare(&stats.max) == Ordering::Equal));
        }
    }

    #[test]
    fn ranges_of_rows(starts in proptest::collection::vec((0_u64..9000, 1_u64..9000), 0..6), size in 1_usize..5000) {
        // Several blocks.
        let values: Vec<Value> = (0..40_000).map(Value::Int).collect();
        let (fields, batch) = table(&[(TypeKind::Int, values)]);
        let (bytes, _) = write(&fields, &[batch], "null").unwrap();
        let (mut ranges, mut at) = (Vec::new(), 0);
        for (gap, length) in starts {
            let start = (at + gap).min(40_000);
            at = (start + length).min(40_000);
            ranges.push(start..at);
        }
        let expected: Vec<i32> = ranges.iter().flat_map(|r| r.clone()).map(|i| i as i32).collect();
        let read = read_rows(&bytes, &fields, Some(ranges), size).unwrap();
        let array: &arrow::array::Int32Array = arrow::array::cast::AsArray::as_primitive(read.column(0));
        prop_assert_eq!(array.values().to_vec(), expected);
    }
}
