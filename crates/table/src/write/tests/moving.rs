//! Keys that move between partitions.

use std::sync::Arc;

use arrow::array::{AsArray, Int8Array, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType as ArrowType, Field, Int32Type, Schema};
use futures::TryStreamExt;
use rimon_spec::{DataType, ErrorKind, TypeKind};

use crate::commit::tests::fixture::Make;
use crate::commit::{BATCH_COMMIT, CommitOutcome, Overwrite};
use crate::table::Table;

fn make() -> Make {
    Make {
        columns: vec![
            ("id", DataType::not_null(TypeKind::Int)),
            ("p", DataType::string()),
            ("v", DataType::new(TypeKind::Int)),
        ],
        primary_keys: vec!["id"],
        partition_keys: vec!["p"],
        options: vec![("bucket", "-1"), ("dynamic-bucket.target-row-num", "4")],
    }
}

fn rows(rows: &[(i32, &str, i32)]) -> RecordBatch {
    let schema = Schema::new(vec![
        Field::new("id", ArrowType::Int32, false),
        Field::new("p", ArrowType::Utf8, true),
        Field::new("v", ArrowType::Int32, true),
    ]);
    RecordBatch::try_new(
        Arc::new(schema),
        vec![
            Arc::new(Int32Array::from_iter_values(rows.iter().map(|r| r.0))),
            Arc::new(StringArray::from_iter_values(rows.iter().map(|r| r.1))),
            Arc::new(Int32Array::from_iter_values(rows.iter().map(|r| r.2))),
        ],
    )
    .unwrap()
}

async fn all(table: &Table) -> Vec<(i32, String, i32)> {
    let batches: Vec<_> = table.scan().stream().await.unwrap().try_collect().await.unwrap();
    let mut found = Vec::new();
    for batch in batches {
        let (ids, parts) =
            (batch.column(0).as_primitive::<Int32Type>(), batch.column(1).as_string::<i32>());
        let values = batch.column(2).as_primitive::<Int32Type>();
        found.extend(
            (0..batch.num_rows())
                .map(|i| (ids.value(i), parts.value(i).to_owned(), values.value(i))),
        );
    }
    found.sort();
    found
}

fn row(id: i32, p: &str, v: i32) -> (i32, String, i32) {
    (id, p.to_owned(), v)
}

#[tokio::test]
async fn a_key_is_in_its_last_partition_only() {
    let dir = tempfile::tempdir().unwrap();
    let table = make().table(&dir).await;
    table.append([rows(&[(1, "a", 1), (2, "a", 1), (3, "b", 1)])]).await.unwrap();
    table.append([rows(&[(1, "b", 2), (3, "b", 2)])]).await.unwrap();
    assert_eq!(all(&table).await, [row(1, "b", 2), row(2, "a", 1), row(3, "b", 2)]);
    // There and back again in one batch, and into a third.
    table
        .append([rows(&[(1, "a", 3), (1, "b", 4), (2, "c", 5), (2, "a", 6), (2, "c", 7)])])
        .await
        .unwrap();
    assert_eq!(all(&table).await, [row(1, "b", 4), row(2, "c", 7), row(3, "b", 2)]);
}

#[tokio::test]
async fn buckets_are_filled_and_deletes_go_where_the_key_is() {
    let dir = tempfile::tempdir().unwrap();
    let table = make().table(&dir).await;
    let first: Vec<_> = (0..10).map(|id| (id, "a", 0)).collect();
    table.append([rows(&first)]).await.unwrap();
    let plan = table.scan().plan().await.unwrap();
    let mut buckets: Vec<i32> = plan.splits.iter().map(|s| s.bucket).collect();
    buckets.sort_unstable();
    assert_eq!(buckets, [0, 1, 2]);
    let mut writer = table.writer("u").build().unwrap();
    let kinds = Int8Array::from(vec![3, 0]);
    writer.write_with_kinds(rows(&[(9, "a", 0), (8, "b", 1)]), kinds).await.unwrap();
    let messages = writer.prepare_commit(BATCH_COMMIT).await.unwrap();
    assert!(messages.iter().all(|m| m.total_buckets == Some(-1) && m.index.is_empty()));
    let outcome = table.committer("u").commit(BATCH_COMMIT, messages).await.unwrap();
    assert!(matches!(outcome, CommitOutcome::Committed(_)));
    let mut expected: Vec<_> = (0..8).map(|id| row(id, "a", 0)).collect();
    expected.push(row(8, "b", 1));
    assert_eq!(all(&table).await, expected);
}

#[tokio::test]
async fn nobody_else_may_write_meanwhile() {
    let dir = tempfile::tempdir().unwrap();
    let table = make().table(&dir).await;
    table.append([rows(&[(1, "a", 1)])]).await.unwrap();
    let mut slow = table.writer("slow").build().unwrap();
    slow.write(rows(&[(7, "b", 1)])).await.unwrap();
    let messages = slow.prepare_commit(1).await.unwrap();
    table.append([rows(&[(7, "a", 1)])]).await.unwrap();
    let outcome = table.committer("slow").commit(1, messages).await.unwrap();
    assert!(matches!(outcome, CommitOutcome::Conflict(_)), "{outcome:?}");
    table.append([rows(&[(7, "b", 2)])]).await.unwrap();
    assert_eq!(all(&table).await, [row(1, "a", 1), row(7, "b", 2)]);
    // A writer goes on over its own commits.
    let mut writer = table.writer("u").build().unwrap();
    let committer = table.committer("u");
    for (n, p) in [(1, "c"), (2, "d"), (3, "a")] {
        writer.write(rows(&[(1, p, 9)])).await.unwrap();
        let messages = writer.prepare_commit(n).await.unwrap();
        assert!(matches!(
            committer.commit(n, messages).await.unwrap(),
            CommitOutcome::Committed(_)
        ));
    }
    assert_eq!(all(&table).await, [row(1, "a", 9), row(7, "b", 2)]);
}

/// What a stream wrote long ago may expire: its keys rely on the table as it was at its last commit.
#[tokio::test]
async fn a_stream_outlives_its_first_snapshots() {
    let dir = tempfile::tempdir().unwrap();
    let table = make().table(&dir).await;
    let mut writer = table.writer("u").build().unwrap();
    let committer = table.committer("u");
    for n in 1..=4 {
        writer.write(rows(&[(1, ["a", "b"][n as usize % 2], n), (n, "c", n)])).await.unwrap();
        let messages = writer.prepare_commit(n.into()).await.unwrap();
        let outcome = committer.commit(n.into(), messages).await.unwrap();
        assert!(matches!(outcome, CommitOutcome::Committed(_)), "{n}: {outcome:?}");
        let before = dir.path().join(format!("snapshot/snapshot-{}", n - 1));
        assert_eq!(std::fs::remove_file(before).is_ok(), n > 1);
    }
    assert_eq!(all(&table).await, [row(1, "a", 4), row(2, "c", 2), row(3, "c", 3), row(4, "c", 4)]);
}

/// The whole table can be replaced; of one partition the others might have the same keys.
#[tokio::test]
async fn rows_are_replaced_all_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let table = make().table(&dir).await;
    table.append([rows(&[(1, "a", 1), (2, "a", 1), (3, "b", 1)])]).await.unwrap();
    let prepare = async |batch| {
        let mut writer = table.writer("r").ignore_previous_files().build().unwrap();
        writer.write(batch).await.unwrap();
        writer.prepare_commit(BATCH_COMMIT).await.unwrap()
    };
    let messages = prepare(rows(&[(1, "b", 2), (1, "c", 3)])).await;
    let committer = table.committer("r");
    let refused = committer.overwrite(BATCH_COMMIT, messages.clone(), &Overwrite::Dynamic).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Unsupported);
    let outcome = committer.overwrite(BATCH_COMMIT, messages, &Overwrite::Table).await.unwrap();
    assert!(matches!(outcome, CommitOutcome::Committed(_)));
    assert_eq!(all(&table).await, [row(1, "c", 3)]);
    table.append([rows(&[(1, "a", 4), (2, "b", 4)])]).await.unwrap();
    assert_eq!(all(&table).await, [row(1, "a", 4), row(2, "b", 4)]);
    let gone = [("p".to_owned(), "a".to_owned())].into_iter().collect();
    table.drop_partitions(&[gone]).await.unwrap();
    assert_eq!(all(&table).await, [row(2, "b", 4)]);
}
