use std::collections::BTreeMap;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int32Type;
use futures::TryStreamExt;
use proptest::prelude::*;
use rimon_spec::{DataType, ErrorKind, IndexManifestEntry, TypeKind};

use super::append::rows;
use crate::commit::tests::fixture::{Make, names_in};
use crate::commit::{BATCH_COMMIT, CommitOutcome, Overwrite};
use crate::table::Table;
use crate::write::TableWriter;

fn make() -> Make {
    let mut make = Make::append().with("bucket", "-1").with("dynamic-bucket.target-row-num", "10");
    make.columns[0].1 = DataType::not_null(TypeKind::Int);
    make.primary_keys = vec!["id"];
    make
}

async fn writer(table: &Table, user: &str, batch: RecordBatch) -> TableWriter {
    let mut writer = table.writer(user).build().unwrap();
    writer.write(batch).await.unwrap();
    writer
}

async fn commit(table: &Table, user: &str, writer: &mut TableWriter, id: i64) -> CommitOutcome {
    let messages = writer.prepare_commit(id).await.unwrap();
    table.committer(user).commit(id, messages).await.unwrap()
}

/// The bucket of every key; a key in two buckets fails.
async fn buckets(table: &Table) -> BTreeMap<i32, i32> {
    let plan = table.scan().select(["id"]).plan().await.unwrap();
    let mut found = BTreeMap::new();
    for split in plan.splits {
        let bucket = split.bucket;
        let read = plan.read.stream(vec![split]).await.unwrap();
        for batch in read.try_collect::<Vec<_>>().await.unwrap() {
            for id in batch.column(0).as_primitive::<Int32Type>().values() {
                assert!(found.insert(*id, bucket).is_none(), "key {id} is there twice");
            }
        }
    }
    found
}

async fn index(table: &Table) -> Vec<IndexManifestEntry> {
    let snapshot = table.snapshots().latest().await.unwrap().unwrap();
    let mut entries = table.manifests().index_entries(&snapshot).await.unwrap();
    entries.sort_by_key(|e| e.bucket);
    entries
}

async fn replace(table: &Table, batch: RecordBatch) -> CommitOutcome {
    let mut writer = table.writer("r").ignore_previous_files().build().unwrap();
    writer.write(batch).await.unwrap();
    let messages = writer.prepare_commit(BATCH_COMMIT).await.unwrap();
    table.committer("r").overwrite(BATCH_COMMIT, messages, &Overwrite::Table).await.unwrap()
}

#[tokio::test]
async fn rows_are_replaced_with_what_is_known_of_their_keys() {
    let dir = tempfile::tempdir().unwrap();
    let table = make().table(&dir).await;
    table.append([rows(0..25)]).await.unwrap();
    // buckets are chosen as in a new table: key 24 was in bucket 2
    assert!(matches!(replace(&table, rows(20..35)).await, CommitOutcome::Committed(_)));
    let after = buckets(&table).await;
    assert_eq!((after.len(), after[&24], after[&34]), (15, 0, 1));
    let counts = index(&table).await.iter().map(|e| (e.bucket, e.row_count)).collect::<Vec<_>>();
    assert_eq!(counts, [(0, 10), (1, 5)]);
    // keys that are gone are new when they come again
    table.append([rows(0..3)]).await.unwrap();
    assert_eq!(buckets(&table).await[&0], 1);
    table.truncate().await.unwrap();
    assert_eq!(index(&table).await, []);
    table.append([rows(33..36)]).await.unwrap();
    assert_eq!(buckets(&table).await.into_iter().collect::<Vec<_>>(), [(33, 0), (34, 0), (35, 0)]);
}

/// A writer that chose buckets by the keys of rows that are gone has to write again.
#[tokio::test]
async fn rows_that_come_while_others_are_replaced_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let table = make().table(&dir).await;
    table.append([rows(0..25)]).await.unwrap();
    let mut known = writer(&table, "a", rows(24..25)).await;
    let mut new = writer(&table, "b", rows(50..52)).await;
    assert!(matches!(replace(&table, rows(20..35)).await, CommitOutcome::Committed(_)));
    assert!(matches!(commit(&table, "a", &mut known, 1).await, CommitOutcome::Conflict(_)));
    assert!(matches!(commit(&table, "b", &mut new, 1).await, CommitOutcome::Conflict(_)));
    assert_eq!(buckets(&table).await.len(), 15);
}

#[tokio::test]
async fn keys_keep_their_bucket_and_indexes_know_them() {
    let dir = tempfile::tempdir().unwrap();
    let table = make().table(&dir).await;
    table.append([rows(0..25)]).await.unwrap();
    let before = buckets(&table).await;
    let counts = index(&table).await.iter().map(|e| (e.bucket, e.row_count)).collect::<Vec<_>>();
    assert_eq!(counts, [(0, 10), (1, 10), (2, 5)]);
    table.append([rows(5..15)]).await.unwrap();
    assert_eq!(buckets(&table).await, before);
    let known: Vec<_> = index(&table).await.into_iter().map(|e| e.file_name).collect();
    table.append([rows(20..27)]).await.unwrap();
    let after = buckets(&table).await;
    assert!(before.iter().all(|(id, bucket)| after[id] == *bucket));
    assert_eq!((after.len(), after[&26]), (27, 2), "new keys fill the last bucket");
    let now = index(&table).await;
    assert_eq!(now[0].file_name, known[0], "only the index with new keys is written");
    assert_ne!(now[2].file_name, known[2]);
    assert_eq!((now[2].row_count, now[2].file_size), (7, 28));
    assert_eq!(names_in(&dir, "index").len(), 4);
}

#[tokio::test]
async fn of_two_writers_with_new_keys_one_loses_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let table = make().with("dynamic-bucket.max-buckets", "2").table(&dir).await;
    table.append([rows(0..40)]).await.unwrap();
    let mut a = writer(&table, "a", rows(100..110)).await;
    let mut b = writer(&table, "b", rows(105..115)).await;
    let lost = b.prepare_commit(BATCH_COMMIT).await.unwrap();
    assert!(matches!(commit(&table, "a", &mut a, BATCH_COMMIT).await, CommitOutcome::Committed(_)));
    let committer = table.committer("b");
    let outcome = committer.commit(BATCH_COMMIT, lost.clone()).await.unwrap();
    assert!(matches!(outcome, CommitOutcome::Conflict(_)), "{outcome:?}");
    let files = names_in(&dir, "index").len();
    committer.abort(&lost).await.unwrap();
    assert_eq!(
        names_in(&dir, "index").len(),
        files - lost.iter().map(|m| m.index.len()).sum::<usize>()
    );
    table.append([rows(105..115)]).await.unwrap();
    assert_eq!(buckets(&table).await.len(), 55);
}

#[tokio::test]
async fn known_keys_are_updated_beside_new_ones() {
    let dir = tempfile::tempdir().unwrap();
    let table = make().table(&dir).await;
    table.append([rows(0..5)]).await.unwrap();
    let mut update = writer(&table, "a", rows(0..5)).await;
    let mut insert = writer(&table, "b", rows(5..8)).await;
    assert!(matches!(commit(&table, "b", &mut insert, 1).await, CommitOutcome::Committed(_)));
    assert!(matches!(commit(&table, "a", &mut update, 1).await, CommitOutcome::Committed(_)));
    assert_eq!(buckets(&table).await.len(), 8);
    assert_eq!(index(&table).await[0].row_count, 8);
}

#[tokio::test]
async fn a_writer_goes_on_before_its_commits_are_published() {
    let dir = tempfile::tempdir().unwrap();
    let table = make().table(&dir).await;
    let mut writer = writer(&table, "u", rows(0..8)).await;
    let first = writer.prepare_commit(1).await.unwrap();
    writer.write(rows(4..14)).await.unwrap();
    let second = writer.prepare_commit(2).await.unwrap();
    let committer = table.committer("u");
    for (id, messages) in [(1, first), (2, second)] {
        let outcome = committer.commit(id, messages).await.unwrap();
        assert!(matches!(outcome, CommitOutcome::Committed(_)), "{outcome:?}");
    }
    assert_eq!(buckets(&table).await.len(), 14);
}

#[tokio::test]
async fn a_lost_index_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let table = make().table(&dir).await;
    table.append([rows(0..8)]).await.unwrap();
    let name = names_in(&dir, "index").remove(0);
    std::fs::write(dir.path().join("index").join(name), [0; 8]).unwrap();
    let error = table.append([rows(0..8)]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn any_commits_leave_every_key_in_one_bucket(
        commits in proptest::collection::vec((0i32..60, 1i32..30), 1..8),
        shares in 1u32..4,
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let dir = tempfile::tempdir().unwrap();
            let make = match shares {
                1 => make(),
                2 => make().with("dynamic-bucket.initial-buckets", "2"),
                _ => make().with("dynamic-bucket.max-buckets", "3"),
            };
            let table = make.table(&dir).await;
            let mut expected = std::collections::BTreeSet::new();
            for (from, count) in commits {
                expected.extend(from..from + count);
                table.append([rows(from..from + count)]).await.unwrap();
            }
            let found = buckets(&table).await;
            assert!(found.keys().eq(expected.iter()));
        });
    }
}
