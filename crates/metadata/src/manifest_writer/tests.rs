use super::*;
use crate::testing::entry;
use crate::{ManifestStore, testing::FaultFs, testing::FsCall};
use rimon_spec::{ErrorKind, TypeKind};
use std::sync::Arc;
use tempfile::TempDir;

fn types() -> Vec<DataType> {
    let nullable = |kind| DataType { nullable: true, kind };
    vec![nullable(TypeKind::Int), nullable(TypeKind::VarChar { length: 20 })]
}

fn partition(n: Option<i32>, text: Option<&str>) -> BinaryRow {
    let values =
        [n.map_or(Value::Null, Value::Int), text.map_or(Value::Null, |t| Value::String(t.into()))];
    BinaryRow::encode(&types(), &values).unwrap()
}

fn options(target_size: u64, partition_types: Vec<DataType>) -> ManifestWriterOptions {
    ManifestWriterOptions { codec: AvroCodec::Zstandard(1), target_size, partition_types }
}

fn store() -> (TempDir, ManifestStore) {
    let dir = TempDir::new().unwrap();
    let store = ManifestStore::new(Storage::local(dir.path()).unwrap());
    (dir, store)
}

fn files(dir: &TempDir) -> Vec<String> {
    let Ok(dir) = std::fs::read_dir(dir.path().join("manifest")) else { return Vec::new() };
    let mut names: Vec<_> = dir.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn what_is_written_is_read() {
    let (dir, store) = store();
    let writer = store.writer("u", options(8 << 20, Vec::new()));
    let entries: Vec<_> =
        (0..10).map(|b| entry(&BinaryRow::empty(), b, &format!("f{b}"))).collect();
    let metas = writer.write_manifests(&entries).await.unwrap();
    let (list, size) = writer.write_list(&metas).await.unwrap();
    let (empty, empty_size) = writer.write_list(&[]).await.unwrap();
    let index = writer.write_index(&[]).await.unwrap();
    let expected = ["index-manifest-u-0", "manifest-list-u-0", "manifest-list-u-1", "manifest-u-0"];
    assert_eq!(files(&dir), expected);
    assert_eq!([list.as_str(), &empty, &index, &metas[0].file_name], {
        [expected[1], expected[2], expected[0], expected[3]]
    });
    let on_disk = |name: &str| dir.path().join("manifest").join(name).metadata().unwrap().len();
    assert_eq!(size as u64, on_disk(&list));
    assert_eq!(metas[0].file_size as u64, on_disk(&metas[0].file_name));
    assert_eq!(store.read_list(&list, Some(size)).await.unwrap(), metas);
    assert!(store.read_list(&empty, Some(empty_size)).await.unwrap().is_empty());
    assert!(store.read_index(&index).await.unwrap().is_empty());
    assert_eq!(*store.read_manifest(&metas[0]).await.unwrap(), entries);
    assert!(writer.write_manifests(&[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_list_tells_bounds_and_counts() {
    let (_dir, store) = store();
    let writer = store.writer("u", options(8 << 20, types()));
    let mut entries = vec![
        entry(&partition(Some(5), Some("b")), 3, "a"),
        entry(&partition(None, Some("a")), 1, "b"),
        entry(&partition(Some(-7), Some("c")), 2, "c"),
        entry(&partition(Some(-7), Some("c")), 2, "d"),
    ];
    entries[1].kind = FileKind::Delete;
    entries[2].file.level = 5;
    entries[2].file.schema_id = 4;
    let meta = writer.write_manifests(&entries).await.unwrap().remove(0);
    assert_eq!((meta.num_added_files, meta.num_deleted_files, meta.schema_id), (3, 1, 4));
    assert_eq!((meta.min_bucket, meta.max_bucket), (Some(1), Some(3)));
    assert_eq!((meta.min_level, meta.max_level), (Some(0), Some(5)));
    assert_eq!((meta.min_row_id, meta.max_row_id), (None, None));
    assert_eq!(meta.partition_stats.min_values, partition(Some(-7), Some("a")));
    assert_eq!(meta.partition_stats.max_values, partition(Some(5), Some("c")));
    assert_eq!(meta.partition_stats.null_counts, Some(vec![Some(1), Some(0)]));
}

#[tokio::test]
async fn row_ids_are_told_when_all_files_have_them() {
    let (_dir, store) = store();
    let writer = store.writer("u", options(8 << 20, Vec::new()));
    let mut entries = vec![entry(&BinaryRow::empty(), 0, "a"), entry(&BinaryRow::empty(), 0, "b")];
    entries[0].file.first_row_id = Some(100);
    let meta = writer.write_manifests(&entries).await.unwrap().remove(0);
    assert_eq!((meta.min_row_id, meta.max_row_id), (None, None));
    entries[1].file.first_row_id = Some(20);
    let meta = writer.write_manifests(&entries).await.unwrap().remove(0);
    assert_eq!((meta.min_row_id, meta.max_row_id), (Some(20), Some(109)));
}

#[tokio::test]
async fn rolls_at_the_target_size() {
    let (_dir, store) = store();
    let entries: Vec<_> = (0..5500)
        .map(|n| entry(&BinaryRow::empty(), n % 7, &format!("data-{n}.parquet")))
        .collect();
    let writer = store.writer("u", options(1, Vec::new()));
    let small = writer.write_manifests(&entries).await.unwrap();
    assert_eq!(
        small.iter().map(|m| m.num_added_files).collect::<Vec<_>>(),
        [1000, 1000, 1000, 1000, 1000, 500]
    );
    let read = store.read_manifests(&small).await.unwrap();
    let read: Vec<_> = read.iter().flat_map(|e| e.iter().cloned()).collect();
    assert_eq!(read, entries);
    let one = store.writer("v", options(8 << 20, Vec::new())).write_manifests(&entries).await;
    assert_eq!(one.unwrap().len(), 1);
}

#[tokio::test]
async fn a_discarded_attempt_leaves_nothing() {
    let (dir, store) = store();
    let writer = store.writer("u", options(1, Vec::new()));
    let entries: Vec<_> =
        (0..2500).map(|n| entry(&BinaryRow::empty(), 0, &n.to_string())).collect();
    let metas = writer.write_manifests(&entries).await.unwrap();
    writer.write_list(&metas).await.unwrap();
    writer.write_index(&[]).await.unwrap();
    let other = store.writer("w", options(1, Vec::new())).write_list(&[]).await.unwrap();
    assert_eq!(files(&dir).len(), 6);
    writer.discard().await;
    assert_eq!(files(&dir), [other.0]);
}

#[tokio::test]
async fn a_full_disk_leaves_nothing() {
    let dir = TempDir::new().unwrap();
    let fs = FaultFs::default();
    let storage = Storage::local_with(dir.path(), Arc::new(fs.clone()), true).unwrap();
    std::fs::create_dir(dir.path().join("manifest")).unwrap();
    fs.fail(FsCall::Write, 28);
    let writer = ManifestStore::new(storage).writer("u", options(1, Vec::new()));
    let entries = [entry(&BinaryRow::empty(), 0, "a")];
    for err in
        [writer.write_manifests(&entries).await.map(drop), writer.write_list(&[]).await.map(drop)]
    {
        assert_eq!(err.unwrap_err().kind(), ErrorKind::ResourceExhausted);
    }
    assert_eq!(files(&dir), [""; 0]);
}
