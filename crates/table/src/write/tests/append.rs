use std::sync::Arc;

use arrow::array::{Int32Array, RecordBatch, StringArray};
use rimon_spec::{BinaryRow, DataType, ErrorKind, FileSource, RowKind, TypeKind, Value};

use crate::commit::tests::fixture::{Make, live, names_in};
use crate::commit::{BATCH_COMMIT, CommitOutcome};
use crate::table::Table;

pub(super) fn rows(ids: std::ops::Range<i32>) -> RecordBatch {
    let names: StringArray = ids.clone().map(|i| Some(format!("name {i:06}"))).collect();
    let ids = Int32Array::from_iter_values(ids);
    RecordBatch::try_from_iter([
        ("id", Arc::new(ids) as arrow::array::ArrayRef),
        ("name", Arc::new(names)),
    ])
    .unwrap()
}

#[tokio::test]
async fn metas_are_filled_as_java_fills_them() {
    let dir = tempfile::tempdir().unwrap();
    let table = Make::append().table(&dir).await;
    let snapshot = table.append([rows(5..8), rows(1..3)]).await.unwrap().unwrap();
    assert_eq!((snapshot.id, snapshot.total_record_count), (1, 5));
    let entries = live(&table).await;
    assert_eq!(entries.len(), 1);
    let entry = &entries[0];
    assert_eq!((entry.bucket, entry.total_buckets, &entry.partition), (0, -1, &BinaryRow::empty()));
    let file = &entry.file;
    assert!(file.file_name.starts_with("data-") && file.file_name.ends_with("-0.parquet"));
    let path = dir.path().join("bucket-0").join(&file.file_name);
    assert_eq!(file.file_size as u64, std::fs::metadata(path).unwrap().len());
    assert_eq!((file.row_count, file.level, file.schema_id), (5, 0, 0));
    assert_eq!((file.min_sequence_number, file.max_sequence_number), (0, 4));
    assert_eq!((&file.min_key, &file.max_key), (&BinaryRow::empty(), &BinaryRow::empty()));
    assert_eq!((file.delete_row_count, file.file_source), (Some(0), Some(FileSource::Append)));
    assert_eq!(file.value_stats_cols, None, "all columns have statistics");
    assert_eq!(file.key_stats.null_counts, Some(vec![]));
    let types = [DataType::new(TypeKind::Int), DataType::string()];
    let stats = &file.value_stats;
    assert_eq!(
        stats.min_values.decode(&types).unwrap(),
        [Value::Int(1), Value::String("name 000001".into())]
    );
    assert_eq!(
        stats.max_values.decode(&types).unwrap(),
        [Value::Int(7), Value::String("name 000007".into())]
    );
    assert_eq!(stats.null_counts, Some(vec![Some(0), Some(0)]));
}

#[tokio::test]
async fn files_roll_at_the_target_size() {
    let dir = tempfile::tempdir().unwrap();
    let make = Make::append().with("target-file-row-num", "1500").with("bucket", "1");
    let table = make.with("bucket-key", "id").table(&dir).await;
    table.append([rows(0..4_000)]).await.unwrap();
    table.append([rows(0..10)]).await.unwrap();
    let mut files: Vec<_> = live(&table).await.into_iter().map(|e| e.file).collect();
    files.sort_by_key(|f| f.min_sequence_number);
    let ranges: Vec<_> =
        files.iter().map(|f| (f.row_count, f.min_sequence_number, f.max_sequence_number)).collect();
    // A bucket's sequence numbers go on where its files end.
    assert_eq!(
        ranges,
        [(1_500, 0, 1_499), (1_500, 1_500, 2_999), (1_000, 3_000, 3_999), (10, 4_000, 4_009)]
    );
}

#[tokio::test]
async fn partitions_have_their_directories() {
    let dir = tempfile::tempdir().unwrap();
    let mut make = Make::append();
    make.columns.push(("p", DataType::string()));
    make.partition_keys = vec!["p"];
    let table = make.table(&dir).await;
    let mut columns = rows(0..4).columns().to_vec();
    columns.push(Arc::new(StringArray::from(vec![Some("x/y"), Some("b"), None, Some("b")])));
    let batch = RecordBatch::try_from_iter_with_nullable(
        ["id", "name", "p"].into_iter().zip(columns).map(|(n, c)| (n, c, true)),
    )
    .unwrap();
    table.append([batch]).await.unwrap();
    for (partition, rows) in [("p=x%2Fy", 1), ("p=b", 2), ("p=__DEFAULT_PARTITION__", 1)] {
        let names = names_in(&dir, &format!("{partition}/bucket-0"));
        let entries = live(&table).await;
        let file = entries.iter().find(|e| names.contains(&e.file.file_name)).unwrap();
        assert_eq!((names.len(), file.file.row_count), (1, rows), "{partition}");
    }
}

#[tokio::test]
async fn what_is_aborted_or_dropped_leaves_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let table = Make::append().with("target-file-row-num", "10").table(&dir).await;
    let mut writer = table.writer("u").build().unwrap();
    writer.write(rows(0..100)).await.unwrap();
    writer.abort().await;
    assert!(names_in(&dir, "bucket-0").is_empty());
    assert_eq!(writer.write(rows(0..1)).await.unwrap_err().kind(), ErrorKind::Invalid);
    let mut writer = table.writer("u").build().unwrap();
    writer.write(rows(0..100)).await.unwrap();
    while names_in(&dir, "bucket-0").is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    drop(writer);
    for _ in 0..3000 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        if names_in(&dir, "bucket-0").is_empty() {
            break;
        }
    }
    assert!(names_in(&dir, "bucket-0").is_empty());
    let mut writer = table.writer("u").build().unwrap();
    writer.write(rows(0..100)).await.unwrap();
    let messages = writer.prepare_commit(BATCH_COMMIT).await.unwrap();
    assert_eq!(names_in(&dir, "bucket-0").len(), 10);
    let committer = table.committer("u");
    assert!(matches!(
        committer.commit(BATCH_COMMIT, messages.clone()).await.unwrap(),
        CommitOutcome::Committed(_)
    ));
    committer.abort(&messages).await.unwrap();
    assert_eq!(names_in(&dir, "bucket-0").len(), 10, "committed files survive a wrong abort");
}

#[tokio::test]
async fn a_bad_batch_does_not_end_the_writer() {
    let dir = tempfile::tempdir().unwrap();
    let table = Make::append().table(&dir).await;
    let mut writer = table.writer("u").build().unwrap();
    let wrong = RecordBatch::try_from_iter([(
        "nope",
        Arc::new(Int32Array::from(vec![1])) as arrow::array::ArrayRef,
    )])
    .unwrap();
    assert_eq!(writer.write(wrong).await.unwrap_err().kind(), ErrorKind::Invalid);
    let retract = writer.write_as(rows(0..1), RowKind::Delete).await.unwrap_err();
    assert_eq!(retract.kind(), ErrorKind::Invalid);
    writer.write(rows(0..3)).await.unwrap();
    assert_eq!(writer.prepare_commit(1).await.unwrap()[0].new_files[0].row_count, 3);
    assert!(writer.prepare_commit(2).await.unwrap().is_empty());
    writer.write(rows(0..2)).await.unwrap();
    assert_eq!(writer.prepare_commit(3).await.unwrap()[0].new_files[0].row_count, 2);
}

#[tokio::test]
async fn memory_stays_within_its_budget() {
    let dir = tempfile::tempdir().unwrap();
    let table = Make::append().with("bucket", "4").with("bucket-key", "id").table(&dir).await;
    let mut writer = table.writer("u").memory(1 << 20).build().unwrap();
    for n in 0..40 {
        writer.write(rows(n * 10_000..(n + 1) * 10_000)).await.unwrap();
        assert!(writer.memory_held() <= 1 << 20);
    }
    let messages = writer.prepare_commit(1).await.unwrap();
    let rows: i64 = messages.iter().flat_map(|m| &m.new_files).map(|f| f.row_count).sum();
    assert_eq!((messages.len(), rows), (4, 400_000));
}

/// 8 tasks × 25 inserts into one table: all rows are there.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_inserts_are_all_there() {
    let dir = tempfile::tempdir().unwrap();
    let make = Make::append();
    make.table(&dir).await;
    let mut tasks = Vec::new();
    for task in 0..8 {
        let table = Table::new(make.handle_again(&dir).await).unwrap();
        tasks.push(tokio::spawn(async move {
            for n in 0..25 {
                let id = task * 25 + n;
                table.append([rows(id..id + 1)]).await.unwrap().unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let table = Table::new(make.handle_again(&dir).await).unwrap();
    let types = [DataType::new(TypeKind::Int), DataType::string()];
    let mut ids: Vec<i32> = live(&table)
        .await
        .iter()
        .map(|e| match e.file.value_stats.min_values.decode(&types).unwrap()[0] {
            Value::Int(id) => id,
            _ => panic!(),
        })
        .collect();
    ids.sort_unstable();
    assert_eq!(ids, (0..200).collect::<Vec<_>>());
}
