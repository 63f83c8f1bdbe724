use super::fixture::{Make, add, file, live_names};
use crate::commit::BATCH_COMMIT;

#[tokio::test]
async fn small_manifests_are_merged_when_there_are_enough() {
    let dir = tempfile::tempdir().unwrap();
    let table = Make::append().with("manifest.merge-min-count", "5").table(&dir).await;
    let mut expected = Vec::new();
    for n in 0..23 {
        let name = format!("f{n:02}");
        let _ = table.committer("u").commit(BATCH_COMMIT, vec![add(&[&name])]).await.unwrap();
        expected.push(name);
        let snapshot = table.snapshots().latest().await.unwrap().unwrap();
        let metas = table.handle().manifests().data_manifests(&snapshot).await.unwrap();
        assert!(metas.len() <= 6, "{} manifests after commit {n}", metas.len());
    }
    assert_eq!(live_names(&table).await, expected);
}

#[tokio::test]
async fn a_full_merge_drops_what_was_added_and_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let table =
        Make::append().with("manifest.full-compaction-threshold-size", "1 b").table(&dir).await;
    let _ = table.committer("u").commit(BATCH_COMMIT, vec![add(&["a", "b"])]).await.unwrap();
    let mut compaction = add(&[]);
    compaction.compact_before = vec![file("a", 10)];
    compaction.compact_after = vec![file("c", 10)];
    let _ = table.committer("u").commit(BATCH_COMMIT, vec![compaction]).await.unwrap();
    let _ = table.committer("u").commit(BATCH_COMMIT, vec![add(&["d"])]).await.unwrap();
    let snapshot = table.snapshots().latest().await.unwrap().unwrap();
    let base = table.handle().manifests().base_manifests(&snapshot).await.unwrap();
    assert_eq!(base.len(), 1);
    assert_eq!((base[0].num_added_files, base[0].num_deleted_files), (2, 0));
    assert_eq!(live_names(&table).await, ["b", "c", "d"]);
}
