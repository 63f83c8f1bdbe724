use rimon_spec::{BinaryRow, DataType, RowKind, TypeKind, Value};

use super::append::rows;
use crate::commit::tests::fixture::{Make, live};
use crate::commit::{BATCH_COMMIT, CommitOutcome};
use crate::table::Table;

fn make() -> Make {
    let mut make = Make::append().with("bucket", "1");
    make.columns[0].1 = DataType::not_null(TypeKind::Int);
    make.primary_keys = vec!["id"];
    make
}

fn key(id: i32) -> BinaryRow {
    BinaryRow::encode(&[DataType::not_null(TypeKind::Int)], &[Value::Int(id)]).unwrap()
}

async fn commit(table: &Table, batches: Vec<(arrow::array::RecordBatch, RowKind)>) {
    let mut writer = table.writer("u").build().unwrap();
    for (batch, kind) in batches {
        writer.write_as(batch, kind).await.unwrap();
    }
    let messages = writer.prepare_commit(BATCH_COMMIT).await.unwrap();
    let outcome = table.committer("u").commit(BATCH_COMMIT, messages).await.unwrap();
    assert!(matches!(outcome, CommitOutcome::Committed(_)));
}

#[tokio::test]
async fn runs_are_sorted_merged_and_described() {
    let dir = tempfile::tempdir().unwrap();
    let table = make().table(&dir).await;
    commit(
        &table,
        vec![
            (rows(5..9), RowKind::Insert),
            (rows(1..6), RowKind::Insert),
            (rows(2..4), RowKind::Delete),
        ],
    )
    .await;
    let entries = live(&table).await;
    assert_eq!(entries.len(), 1);
    let file = &entries[0].file;
    assert_eq!((entries[0].bucket, entries[0].total_buckets, file.level), (0, 1, 0));
    assert_eq!((file.row_count, file.delete_row_count), (8, Some(2)), "one row per key");
    assert_eq!((&file.min_key, &file.max_key), (&key(1), &key(8)));
    // Rows 0..4, 4..9 and 9..11; the row of id 5 that came first is gone.
    assert_eq!((file.min_sequence_number, file.max_sequence_number), (1, 10));
    let types = [DataType::new(TypeKind::Int)];
    assert_eq!(file.key_stats.min_values.decode(&types).unwrap(), [Value::Int(1)]);
    assert_eq!(file.key_stats.max_values.decode(&types).unwrap(), [Value::Int(8)]);
    assert_eq!(file.key_stats.null_counts, Some(vec![Some(0)]));
    assert_eq!(file.value_stats_cols, None);
    let types = [DataType::new(TypeKind::Int), DataType::string()];
    assert_eq!(file.value_stats.max_values.decode(&types).unwrap()[0], Value::Int(8));
}

#[tokio::test]
async fn sequence_numbers_go_on_after_all_files_of_the_bucket() {
    let dir = tempfile::tempdir().unwrap();
    let table = make().table(&dir).await;
    commit(&table, vec![(rows(0..10), RowKind::Insert)]).await;
    commit(&table, vec![(rows(0..5), RowKind::Insert)]).await;
    let mut ranges: Vec<_> = live(&table)
        .await
        .iter()
        .map(|e| (e.file.min_sequence_number, e.file.max_sequence_number))
        .collect();
    ranges.sort_unstable();
    assert_eq!(ranges, [(0, 9), (10, 14)]);
    // A writer that goes on after a commit counts on, committed or not.
    let mut writer = table.writer("v").build().unwrap();
    for (n, first) in [(1, 15), (2, 18)] {
        writer.write(rows(0..3)).await.unwrap();
        let messages = writer.prepare_commit(n).await.unwrap();
        assert_eq!(messages[0].new_files[0].min_sequence_number, first);
        assert_eq!(messages[0].checked_snapshot, Some(2));
    }
}

#[tokio::test]
async fn another_number_of_buckets_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let table = make().table(&dir).await;
    commit(&table, vec![(rows(0..10), RowKind::Insert)]).await;
    let mut other = make();
    other.options = vec![("bucket", "2")];
    let table = Table::new(other.handle_again(&dir).await).unwrap();
    let mut writer = table.writer("u").build().unwrap();
    let error = writer.write(rows(0..10)).await.unwrap_err();
    assert_eq!(error.kind(), rimon_spec::ErrorKind::Conflict);
}

#[tokio::test]
async fn thin_files_leave_out_the_keys() {
    let dir = tempfile::tempdir().unwrap();
    let table = make().with("data-file.thin-mode", "true").table(&dir).await;
    commit(&table, vec![(rows(3..9), RowKind::Insert), (rows(3..5), RowKind::Delete)]).await;
    let file = &live(&table).await[0].file;
    assert_eq!((file.row_count, file.delete_row_count), (6, Some(2)));
    assert_eq!((&file.min_key, &file.max_key), (&key(3), &key(8)));
    let types = [DataType::new(TypeKind::Int)];
    assert_eq!(file.key_stats.max_values.decode(&types).unwrap(), [Value::Int(8)]);
    assert_eq!(file.value_stats.max_values.arity(), 2);
    let bytes = std::fs::read(dir.path().join("bucket-0").join(&file.file_name)).unwrap();
    let holds = |name: &str| bytes.windows(name.len()).any(|w| w == name.as_bytes());
    assert!(holds("_SEQUENCE_NUMBER") && !holds("_KEY_id"));
}
