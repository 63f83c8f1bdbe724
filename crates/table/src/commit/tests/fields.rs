use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, RecordBatch};
use rimon_spec::{CommitKind, ErrorKind};

use super::fixture::{Make, add, live_names, names_in};
use crate::commit::{BATCH_COMMIT, CommitOutcome};

fn committed(outcome: CommitOutcome) -> rimon_spec::Snapshot {
    match outcome {
        CommitOutcome::Committed(snapshot) => *snapshot,
        other => panic!("not committed: {other:?}"),
    }
}

#[tokio::test]
async fn snapshots_have_the_fields_java_fills() {
    let dir = tempfile::tempdir().unwrap();
    let table = Make::append().table(&dir).await;
    let first = committed(
        table.committer("u1").commit(BATCH_COMMIT, vec![add(&["a", "b"])]).await.unwrap(),
    );
    assert_eq!((first.id, first.version, first.schema_id), (1, 3, 0));
    assert_eq!((first.total_record_count, first.delta_record_count), (20, 20));
    assert_eq!(first.commit_kind, CommitKind::Append);
    assert_eq!((first.commit_user.as_str(), first.commit_identifier), ("u1", i64::MAX));
    assert_eq!((first.next_row_id, first.watermark, &first.properties), (Some(0), None, &None));
    assert!(first.uuid.is_some());
    let second = table.committer("u2").commit_with_watermark(7, vec![add(&["c"])], Some(42)).await;
    let second = committed(second.unwrap());
    assert_eq!((second.id, second.total_record_count, second.delta_record_count), (2, 30, 10));
    assert_eq!((second.commit_identifier, second.watermark), (7, Some(42)));
    let third =
        committed(table.committer("u3").commit(BATCH_COMMIT, vec![add(&["d"])]).await.unwrap());
    assert_eq!(third.watermark, Some(42), "a watermark never goes back");
    assert_eq!(live_names(&table).await, ["a", "b", "c", "d"]);
    for (snapshot, list) in
        [(&third, &third.base_manifest_list), (&third, &third.delta_manifest_list)]
    {
        let size = std::fs::metadata(dir.path().join("manifest").join(list)).unwrap().len() as i64;
        let named = if *list == snapshot.base_manifest_list {
            snapshot.base_manifest_list_size
        } else {
            snapshot.delta_manifest_list_size
        };
        assert_eq!(named, Some(size));
    }
}

#[tokio::test]
async fn empty_commits_are_skipped_unless_wanted() {
    let dir = tempfile::tempdir().unwrap();
    let table = Make::append().table(&dir).await;
    let committer = table.committer("u");
    assert!(matches!(committer.commit(1, vec![]).await.unwrap(), CommitOutcome::Skipped));
    assert!(names_in(&dir, "snapshot").is_empty() && names_in(&dir, "manifest").is_empty());
    let committer = table.committer("u").ignore_empty_commit(false);
    let snapshot = committed(committer.commit(1, vec![]).await.unwrap());
    assert_eq!((snapshot.id, snapshot.delta_record_count), (1, 0));
}

#[tokio::test]
async fn repeated_streaming_commits_are_recognised_by_later_processes() {
    let dir = tempfile::tempdir().unwrap();
    let table = Make::append().table(&dir).await;
    committed(table.committer("job").commit(1, vec![add(&["a"])]).await.unwrap());
    committed(table.committer("other").commit(1, vec![add(&["x"])]).await.unwrap());
    committed(table.committer("job").commit(2, vec![add(&["b"])]).await.unwrap());
    let restarted = table.committer("job");
    for (identifier, snapshot) in [(1, 1), (2, 3)] {
        match restarted.commit(identifier, vec![add(&["again"])]).await.unwrap() {
            CommitOutcome::AlreadyCommitted(found) => assert_eq!(found.id, snapshot),
            other => panic!("{other:?}"),
        }
        // Only the first look back of a committer reads the history.
        restarted.looked_back_for_tests(false);
    }
    committed(restarted.commit(3, vec![add(&["c"])]).await.unwrap());
    assert_eq!(live_names(&table).await, ["a", "b", "c", "x"]);
}

#[tokio::test]
async fn a_partition_keeps_its_number_of_buckets() {
    let dir = tempfile::tempdir().unwrap();
    let table = Make::append().with("bucket", "2").with("bucket-key", "id").table(&dir).await;
    let message = |name: &str, total| {
        let mut message = add(&[name]);
        message.total_buckets = Some(total);
        message
    };
    let _ = table.committer("u").commit(BATCH_COMMIT, vec![message("a", 2)]).await.unwrap();
    let before = names_in(&dir, "manifest");
    match table.committer("v").commit(BATCH_COMMIT, vec![message("b", 4)]).await.unwrap() {
        CommitOutcome::Conflict(conflict) => {
            assert!(conflict.reason.contains("4 buckets"), "{}", conflict.reason);
            assert_eq!(conflict.against, Some(1));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(names_in(&dir, "manifest"), before, "a conflict leaves nothing behind");
    let mixed = vec![message("c", 2), message("d", 3)];
    let error = table.committer("w").commit(BATCH_COMMIT, mixed).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    // A writer that checked an older snapshot is checked against what came later.
    let mut late = message("e", 4);
    late.checked_snapshot = Some(0);
    let outcome = table.committer("x").commit(BATCH_COMMIT, vec![late]).await.unwrap();
    assert!(matches!(outcome, CommitOutcome::Conflict(_)));
    assert_eq!(live_names(&table).await, ["a"]);
}

#[tokio::test]
async fn files_to_replace_must_be_there() {
    let dir = tempfile::tempdir().unwrap();
    let table = Make::append().table(&dir).await;
    committed(table.committer("u").commit(BATCH_COMMIT, vec![add(&["a", "b"])]).await.unwrap());
    let mut compaction = add(&[]);
    compaction.compact_before = vec![super::fixture::file("a", 10), super::fixture::file("b", 10)];
    compaction.compact_after = vec![super::fixture::file("ab", 20)];
    let snapshot = committed(
        table.committer("c").commit(BATCH_COMMIT, vec![compaction.clone()]).await.unwrap(),
    );
    assert_eq!((snapshot.commit_kind, snapshot.total_record_count), (CommitKind::Compact, 20));
    assert_eq!(live_names(&table).await, ["ab"]);
    compaction.compact_after = vec![super::fixture::file("ab2", 20)];
    let outcome = table.committer("d").commit(BATCH_COMMIT, vec![compaction]).await.unwrap();
    assert!(matches!(outcome, CommitOutcome::Conflict(_)), "{outcome:?}");
    assert_eq!(live_names(&table).await, ["ab"]);
}

#[tokio::test]
async fn the_same_files_are_not_committed_twice() {
    let dir = tempfile::tempdir().unwrap();
    let table = Make::append().table(&dir).await;
    let committer = table.committer("u");
    committed(committer.commit(BATCH_COMMIT, vec![add(&["a"])]).await.unwrap());
    let error = committer.commit(BATCH_COMMIT, vec![add(&["a"])]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    match committer.commit(BATCH_COMMIT, vec![add(&["b", "b"])]).await.unwrap() {
        CommitOutcome::Conflict(conflict) => assert!(conflict.reason.contains("twice")),
        other => panic!("{other:?}"),
    }
    committed(committer.commit(BATCH_COMMIT, vec![add(&["b"])]).await.unwrap());
    assert_eq!(live_names(&table).await, ["a", "b"]);
}

fn rows() -> RecordBatch {
    let ids: ArrayRef = Arc::new(Int32Array::from_iter_values(0..10));
    RecordBatch::try_from_iter([("id", ids)]).unwrap()
}

/// `manifest.delete-file-drop-stats`
#[tokio::test]
async fn files_go_away_with_or_without_statistics() {
    for (drop, left) in [("false", 2), ("true", 0)] {
        let dir = tempfile::tempdir().unwrap();
        let make = Make::append().with("manifest.delete-file-drop-stats", drop);
        let table = make.table(&dir).await;
        table.append([rows()]).await.unwrap();
        let snapshot = table.truncate().await.unwrap().unwrap();
        let manifests = table.manifests().delta_manifests(&snapshot).await.unwrap();
        let entries = table.manifests().read_manifest(&manifests[0]).await.unwrap();
        let deleted = &entries[0];
        assert_eq!(deleted.kind, rimon_spec::FileKind::Delete);
        let file = &deleted.file;
        assert_eq!((file.row_count, snapshot.total_record_count), (10, 0));
        assert_eq!(file.value_stats.null_counts.as_ref().map(Vec::len), Some(left), "{drop}");
        assert_eq!(file.value_stats_cols.is_some(), left == 0);
        assert!(super::fixture::live(&table).await.is_empty());
    }
}
