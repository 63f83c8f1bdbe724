//! ORC files that Java wrote, read as Java's reader reads them.

use crate::json;
use crate::support::{block_on, collect, data, java_fields, java_rows, stored_as};
use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use rimon_format::arrow_value::value_at;
use rimon_format::evolution::read_columns;
use rimon_format::{FileFormat, OrcFormat, ReadRequest, WriteOptions};
use rimon_spec::{DataField, DataType, ErrorKind, Predicate, Result, Test, TypeKind, Value};
use std::ops::Range;

fn file(table: &str) -> Vec<u8> {
    data(&format!("orc_{table}/file-0.orc"))
}

fn read(
    bytes: &[u8],
    old: &[DataField],
    new: &[DataField],
    ranges: Option<Vec<Range<u64>>>,
    size: usize,
) -> Result<RecordBatch> {
    block_on(async {
        let reader = OrcFormat.open(stored_as(bytes, "orc").await).await?;
        let mut request = ReadRequest::new(read_columns(old, new, &[])?).with_batch_size(size);
        request.ranges = ranges;
        collect(reader.as_ref(), request).await
    })
}

#[test]
fn rows_are_javas() {
    for table in ["scalars", "nested", "old_dates", "none", "zlib", "snappy", "lz4"] {
        let fields = java_fields(&format!("orc_{table}"), 0);
        for size in [1, 3, 8192] {
            let batch = read(&file(table), &fields, &fields, None, size).unwrap();
            let mut rows = json::rows(&batch, &fields);
            rows.sort();
            assert_eq!(rows, java_rows(&format!("orc_{table}")), "{table} in batches of {size}");
        }
    }
}

#[test]
fn exactly_the_rows_asked_for() {
    let fields = java_fields("orc_zlib", 0);
    let all = read(&file("zlib"), &fields, &fields, None, 8192).unwrap();
    let last = all.num_rows() as u64;
    for ranges in [vec![0..1], vec![1..4, 9..10, last - 2..last], vec![last - 1..last], vec![]] {
        let parts = ranges.iter().map(|r| all.slice(r.start as usize, (r.end - r.start) as usize));
        let wanted = concat_batches(&all.schema(), &parts.collect::<Vec<_>>()).unwrap();
        for size in [2, 7, 8192] {
            let batch = read(&file("zlib"), &fields, &fields, Some(ranges.clone()), size).unwrap();
            assert_eq!(batch, wanted, "{ranges:?} in batches of {size}");
        }
    }
}

#[test]
fn columns_by_name_in_any_order_and_missing_ones() {
    let fields = java_fields("orc_nested", 0);
    let mut wanted: Vec<DataField> = fields.iter().rev().step_by(3).cloned().collect();
    let added = DataField::new(99, "added", DataType::new(TypeKind::Date));
    wanted.push(added);
    let all = read(&file("nested"), &fields, &fields, None, 100).unwrap();
    let part = read(&file("nested"), &fields, &wanted, None, 100).unwrap();
    for field in &wanted[..wanted.len() - 1] {
        assert_eq!(part.column_by_name(&field.name), all.column_by_name(&field.name));
    }
    assert_eq!(part.column(wanted.len() - 1).null_count(), part.num_rows());
}

#[test]
fn damage_is_an_error() {
    for table in ["nested", "none", "scalars"] {
        let (bytes, fields) = (file(table), java_fields(&format!("orc_{table}"), 0));
        for length in (0..bytes.len()).step_by(17) {
            let error = read(&bytes[..length], &fields, &fields, None, 64).unwrap_err();
            assert!(error.to_string().contains("t.orc"), "cut to {length}: {error:?}");
        }
        for at in (0..bytes.len()).step_by(5) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            if let Err(error) = read(&damaged, &fields, &fields, None, 64) {
                let known =
                    [ErrorKind::Corrupt, ErrorKind::Unsupported, ErrorKind::ResourceExhausted];
                assert!(known.contains(&error.kind()), "byte {at}: {error:?}");
                assert!(error.to_string().contains("t.orc"), "byte {at}: {error:?}");
                assert!(!format!("{error:?}").contains("gave up"), "byte {at} panics: {error:?}");
            }
        }
    }
}

#[test]
fn writing_is_refused_by_name() {
    block_on(async {
        let file = stored_as(b"", "orc").await;
        let fields = java_fields("orc_none", 0);
        let error = OrcFormat.create(file, &fields, &WriteOptions::default()).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("'orc'"), "{error}");
    });
}

#[test]
fn stripes_are_skipped_by_sound_bounds() {
    let mut bounded = 0;
    for table in ["scalars", "old_dates", "none", "zlib", "snappy", "lz4"] {
        let fields = java_fields(&format!("orc_{table}"), 0);
        block_on(async {
            let reader = OrcFormat.open(stored_as(&file(table), "orc").await).await.unwrap();
            let columns = read_columns(&fields, &fields, &[]).unwrap();
            let request = ReadRequest::new(columns.clone());
            let batch = collect(reader.as_ref(), request).await.unwrap();
            for (column, array) in columns.iter().zip(batch.columns()) {
                let data_type = &column.output.data_type;
                let name = column.output.name.as_str();
                let blocks = reader.blocks(column).await.unwrap();
                assert_eq!(blocks.last().map(|b| b.rows.end), Some(reader.num_rows()));
                for block in blocks {
                    let rows = block.rows.start as usize..block.rows.end as usize;
                    let values = rows.map(|i| value_at(array.as_ref(), i, data_type).unwrap());
                    let (nulls, values): (Vec<Value>, Vec<Value>) =
                        values.partition(Value::is_null);
                    assert_eq!(block.null_count, Some(nulls.len() as u64), "{table} {name}");
                    let (Some(min), Some(max)) = (block.min, block.max) else { continue };
                    bounded += 1;
                    assert!(
                        values.iter().all(|v| min.compare(v).is_le() && max.compare(v).is_ge())
                    );
                    for (test, rows) in [
                        (Test::Gt(max.clone()), 0),
                        (Test::Lt(min.clone()), 0),
                        (Test::Eq(max), reader.num_rows()),
                    ] {
                        let predicate = Predicate::leaf(name, test);
                        let found = reader.matching(&columns, &predicate).await.unwrap();
                        let count: u64 = found.iter().map(|r| r.end - r.start).sum();
                        assert_eq!(count, rows, "{table} {name} {predicate:?}");
                    }
                }
            }
        });
    }
    assert!(bounded > 12, "{bounded} columns with bounds");
}

#[test]
fn damaged_statistics_cost_no_rows() {
    let fields = java_fields("orc_none", 0);
    let bytes = file("none");
    let last = fields.len() - 1;
    let predicate = Predicate::leaf(&fields[last].name, Test::IsNotNull);
    let read = |bytes: Vec<u8>| {
        block_on(async {
            let reader = OrcFormat.open(stored_as(&bytes, "orc").await).await?;
            let columns = read_columns(&fields, &fields, &[])?;
            let request = ReadRequest::new(columns).with_predicate(predicate.clone());
            collect(reader.as_ref(), request).await
        })
    };
    let whole = read(bytes.clone()).unwrap();
    assert!(whole.num_rows() > 0);
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        // Damage of values may go unnoticed; it must not panic.
        if let Err(error) = read(damaged) {
            assert!(!format!("{error:?}").contains("gave up"), "byte {at}: {error:?}");
        }
    }
}
