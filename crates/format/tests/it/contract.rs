//! What every format promises, whatever it is: to be run over each [`FileFormat`].

use crate::support::{block_on, collect, format};
use arrow::array::RecordBatch;
use object_store::local::LocalFileSystem;
use object_store::{ObjectStore, ObjectStoreExt};
use rimon_format::arrow_schema::to_arrow_schema;
use rimon_format::arrow_value::array_of;
use rimon_format::evolution::read_columns;
use rimon_format::{AvroFormat, FileFormat, FileRef, ReadRequest, WriteOptions};
use rimon_spec::{DataField, DataType, ErrorKind, TypeKind, Value};
use std::sync::Arc;

fn fields() -> Vec<DataField> {
    vec![
        DataField::new(0, "id", DataType::not_null(TypeKind::BigInt)),
        DataField::new(1, "noise", DataType::new(TypeKind::VarBinary { length: 100 })),
    ]
}

/// Rows whose second column does not compress.
fn batch(start: i64, rows: i64) -> RecordBatch {
    let ids: Vec<Value> = (start..start + rows).map(Value::BigInt).collect();
    let noise = (start..start + rows).map(|i| {
        let mut state = i as u64 + 1;
        let bytes = std::iter::repeat_with(|| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        });
        Value::Bytes(bytes.take(100).collect())
    });
    let noise: Vec<Value> = noise.collect();
    let arrays = fields()
        .iter()
        .zip([ids, noise])
        .map(|(f, v)| array_of(&v, &f.data_type).unwrap())
        .collect();
    RecordBatch::try_new(to_arrow_schema(&fields()).unwrap(), arrays).unwrap()
}

fn local(dir: &std::path::Path, format: &dyn FileFormat) -> FileRef {
    let store: Arc<dyn ObjectStore> = Arc::new(LocalFileSystem::new_with_prefix(dir).unwrap());
    let name = format!("bucket-0/data-1.{}", format.name());
    FileRef::new(store, name.as_str().into(), 0, format!("{}/{name}", dir.display()))
}

fn entries(dir: &std::path::Path) -> usize {
    let Ok(bucket) = std::fs::read_dir(dir.join("bucket-0")) else { return 0 };
    bucket.count()
}

async fn small_file(format: &dyn FileFormat) {
    let dir = tempfile::tempdir().unwrap();
    let mut file = local(dir.path(), format);
    let mut writer = format.create(file.clone(), &fields(), &WriteOptions::default()).unwrap();
    let empty = writer.estimated_size();
    writer.write(&batch(0, 10)).await.unwrap();
    writer.write(&batch(10, 90)).await.unwrap();
    assert_eq!(writer.rows(), 100);
    assert!(writer.estimated_size() > empty);
    assert!(file.store.head(&file.path).await.is_err(), "visible before it is finished");
    let written = writer.finish().await.unwrap();
    assert_eq!((written.rows, written.stats.len()), (100, 2));
    assert_eq!(written.stats[0].min, Value::BigInt(0));
    assert_eq!(written.stats[0].max, Value::BigInt(99));
    assert_eq!(written.stats[1].null_count, Some(0));
    file.size = written.size;
    assert_eq!(file.store.head(&file.path).await.unwrap().size, written.size);
    let reader = format.open(file).await.unwrap();
    assert_eq!(reader.num_rows(), 100);
    let columns = read_columns(&fields(), &fields(), &[]).unwrap();
    for size in [1, 64, 8192] {
        let request = ReadRequest::new(columns.clone()).with_batch_size(size);
        assert_eq!(collect(reader.as_ref(), request).await.unwrap(), batch(0, 100));
    }
    let request = ReadRequest::new(columns.clone()).with_ranges(vec![5..7, 99..100]);
    assert_eq!(collect(reader.as_ref(), request).await.unwrap().num_rows(), 3);
    let request = ReadRequest::new(columns).with_ranges(vec![5..101]);
    assert_eq!(reader.read(request).await.err().map(|e| e.kind()), Some(ErrorKind::Invalid));
}

/// More bytes than one part of an upload, in several row groups.
async fn large_file(format: &dyn FileFormat) {
    let dir = tempfile::tempdir().unwrap();
    let mut file = local(dir.path(), format);
    let options = WriteOptions { row_group_bytes: 3 << 20, ..WriteOptions::default() };
    let mut writer = format.create(file.clone(), &fields(), &options).unwrap();
    for part in 0..20 {
        writer.write(&batch(part * 10_000, 10_000)).await.unwrap();
    }
    assert!(file.store.head(&file.path).await.is_err(), "visible before it is finished");
    let estimate = writer.estimated_size();
    let written = writer.finish().await.unwrap();
    assert!(written.size > 16 << 20 && estimate.abs_diff(written.size) < 1 << 20, "{estimate}");
    file.size = written.size;
    let reader = format.open(file).await.unwrap();
    assert!(reader.row_groups().len() > 3);
    let columns = read_columns(&fields(), &fields(), &[]).unwrap();
    let request = ReadRequest::new(columns).with_ranges(vec![120_000..121_000]);
    assert_eq!(collect(reader.as_ref(), request).await.unwrap(), batch(120_000, 1_000));
}

/// Given up with and without parts on the store.
async fn given_up(format: &dyn FileFormat) {
    let dir = tempfile::tempdir().unwrap();
    for parts in [1, 12] {
        let file = local(dir.path(), format);
        let options = WriteOptions { row_group_bytes: 1 << 20, ..WriteOptions::default() };
        let mut writer = format.create(file, &fields(), &options).unwrap();
        for part in 0..parts {
            writer.write(&batch(part * 10_000, 10_000)).await.unwrap();
        }
        writer.abort().await.unwrap();
        assert_eq!(entries(dir.path()), 0, "{parts} parts");
    }
}

/// Shorter on the store than its manifest says, and longer.
async fn wrong_size(format: &dyn FileFormat) {
    let dir = tempfile::tempdir().unwrap();
    let mut file = local(dir.path(), format);
    let mut writer = format.create(file.clone(), &fields(), &WriteOptions::default()).unwrap();
    writer.write(&batch(0, 1_000)).await.unwrap();
    let written = writer.finish().await.unwrap();
    for size in [written.size + 1, written.size + (1 << 20), written.size - 1, 3] {
        file.size = size;
        let error = format.open(file.clone()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{size}: {error}");
        assert!(error.to_string().contains(&*file.name), "{error}");
    }
}

async fn bad_batches(format: &dyn FileFormat) {
    let dir = tempfile::tempdir().unwrap();
    let file = local(dir.path(), format);
    let mut writer = format.create(file, &fields(), &WriteOptions::default()).unwrap();
    let narrow = batch(0, 5).project(&[0]).unwrap();
    let swapped = batch(0, 5).project(&[1, 0]).unwrap();
    for bad in [narrow, swapped] {
        assert_eq!(writer.write(&bad).await.unwrap_err().kind(), ErrorKind::Invalid);
    }
    writer.abort().await.unwrap();
}

async fn all(format: &dyn FileFormat) {
    small_file(format).await;
    large_file(format).await;
    given_up(format).await;
    wrong_size(format).await;
    bad_batches(format).await;
}

#[test]
fn parquet() {
    block_on(all(&format()));
}

#[test]
fn avro() {
    block_on(all(&AvroFormat));
}
