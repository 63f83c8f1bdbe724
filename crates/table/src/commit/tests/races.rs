use super::fixture::{Make, add, live_names, names_in};
use crate::commit::{BATCH_COMMIT, CommitOutcome};
use crate::table::Table;

/// 8 tasks × 25 commits on one table, each task with its own handle as a process would have.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_commit_is_lost_in_a_race() {
    let dir = tempfile::tempdir().unwrap();
    let make = Make::append();
    make.table(&dir).await;
    let mut tasks = Vec::new();
    for task in 0..8 {
        let handle = make.handle_again(&dir).await;
        tasks.push(tokio::spawn(async move {
            let table = Table::new(handle).unwrap();
            for n in 0..25 {
                let name = format!("{task}-{n:02}");
                let user = table.new_user();
                let outcome = table.committer(user).commit(BATCH_COMMIT, vec![add(&[&name])]).await;
                assert!(matches!(outcome.unwrap(), CommitOutcome::Committed(_)));
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let table = Table::new(make.handle_again(&dir).await).unwrap();
    let mut expected: Vec<String> =
        (0..8).flat_map(|t| (0..25).map(move |n| format!("{t}-{n:02}"))).collect();
    expected.sort();
    assert_eq!(live_names(&table).await, expected);
    let snapshots = table.snapshots().all().await.unwrap();
    assert_eq!(snapshots.len(), 200);
    assert_eq!(snapshots.last().unwrap().total_record_count, 2_000);
    assert_eq!(unreferenced_manifests(&table, &dir).await, Vec::<String>::new());
}

/// Manifests and lists that no snapshot names: what lost tries must clean up.
pub(super) async fn unreferenced_manifests(table: &Table, dir: &tempfile::TempDir) -> Vec<String> {
    let mut named = std::collections::HashSet::new();
    for snapshot in table.snapshots().all().await.unwrap() {
        let metas = table.handle().manifests().data_manifests(&snapshot).await.unwrap();
        named.extend(metas.into_iter().map(|m| m.file_name));
        named.insert(snapshot.base_manifest_list);
        named.insert(snapshot.delta_manifest_list);
    }
    names_in(dir, "manifest").into_iter().filter(|n| !named.contains(n)).collect()
}
