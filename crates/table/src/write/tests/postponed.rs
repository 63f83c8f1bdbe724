//! Rows that wait for their bucket.

use futures::TryStreamExt;
use rimon_spec::{DataType, RowKind, TypeKind, Value};

use super::append::rows;
use crate::commit::tests::fixture::{Make, live, names_in};
use crate::commit::{BATCH_COMMIT, CommitOutcome};

#[tokio::test]
async fn rows_wait_in_avro_files_named_after_their_writer() {
    let dir = tempfile::tempdir().unwrap();
    let mut make = Make::append().with("bucket", "-2");
    make.columns[0].1 = DataType::not_null(TypeKind::Int);
    make.primary_keys = vec!["id"];
    let table = make.table(&dir).await;
    let mut writer = table.writer("me").build().unwrap();
    writer.write(rows(5..9)).await.unwrap();
    writer.write(rows(0..6)).await.unwrap();
    writer.write_as(rows(7..8), RowKind::Delete).await.unwrap();
    let messages = writer.prepare_commit(BATCH_COMMIT).await.unwrap();
    let outcome = table.committer("me").commit(BATCH_COMMIT, messages).await.unwrap();
    assert!(matches!(outcome, CommitOutcome::Committed(_)));
    let entries = live(&table).await;
    let file = &entries[0].file;
    assert_eq!((entries.len(), entries[0].bucket, entries[0].total_buckets), (1, -2, -2));
    assert_eq!((file.row_count, file.delete_row_count), (11, Some(1)), "nothing is merged");
    assert_eq!((file.min_sequence_number, file.max_sequence_number), (-1, -1));
    let key = [DataType::not_null(TypeKind::Int)];
    assert_eq!(file.min_key.decode(&key).unwrap(), [Value::Int(5)], "the first row's key");
    assert_eq!(file.max_key.decode(&key).unwrap(), [Value::Int(7)], "the last row's");
    let name = &names_in(&dir, "bucket-postpone")[0];
    assert!(name.starts_with("data--u-me-s-") && name.contains("-w-") && name.ends_with("-0.avro"));
    let read: Vec<_> = table.scan().stream().await.unwrap().try_collect().await.unwrap();
    assert!(read.is_empty(), "rows are not seen before a compaction");
}
