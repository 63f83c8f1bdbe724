use super::*;
use crate::SnapshotStore;
use crate::testing::{FaultFs, FaultStore, FsCall, PutFault, snapshot};
use object_store::memory::InMemory;
use object_store::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

fn local() -> (TempDir, Storage) {
    let dir = TempDir::new().unwrap();
    std::fs::create_dir(dir.path().join("manifest")).unwrap();
    let storage = Storage::local(dir.path()).unwrap();
    (dir, storage)
}

fn remote(faults: impl IntoIterator<Item = PutFault>) -> (FaultStore, Storage) {
    let store = FaultStore::new(Arc::new(InMemory::new()), faults);
    let storage = Storage::with_store(Arc::new(store.clone()), Path::default(), "test:");
    (store, storage)
}

async fn text(storage: &Storage, path: &str) -> String {
    String::from_utf8(storage.read(path).await.unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn publishes_and_hints() {
    let (_dir, storage) = local();
    let commit = CreateIfAbsentCommit::new(storage.clone());
    for id in 1..=3 {
        let won = commit.publish(&Branch::Main, &snapshot(id)).await.unwrap();
        assert!(matches!(won, Publish::Won));
        assert_eq!(text(&storage, "snapshot/LATEST").await, id.to_string());
    }
    assert_eq!(text(&storage, "snapshot/EARLIEST").await, "1");
    assert_eq!(text(&storage, "snapshot/snapshot-3").await, snapshot(3).to_json().unwrap());
    let branch = Branch::new("b").unwrap();
    commit.publish(&branch, &snapshot(1)).await.unwrap();
    assert_eq!(text(&storage, "branch/branch-b/snapshot/LATEST").await, "1");
    assert_eq!(text(&storage, "snapshot/LATEST").await, "3");
}

#[tokio::test]
async fn the_second_of_an_id_loses_and_the_same_attempt_wins_again() {
    let (_dir, storage) = local();
    let commit = CreateIfAbsentCommit::new(storage.clone());
    commit.publish(&Branch::Main, &snapshot(1)).await.unwrap();
    let other = Snapshot { delta_manifest_list: "manifest-list-other-1".to_owned(), ..snapshot(1) };
    assert!(matches!(commit.publish(&Branch::Main, &other).await.unwrap(), Publish::Lost));
    let again = commit.publish(&Branch::Main, &snapshot(1)).await.unwrap();
    assert!(matches!(again, Publish::Won));
    let held = SnapshotStore::new(storage, Layout::default()).get(1).await.unwrap();
    assert_eq!(held, snapshot(1));
}

#[tokio::test]
async fn a_late_hint_does_not_go_back() {
    let (_dir, storage) = local();
    let commit = CreateIfAbsentCommit::new(storage.clone());
    storage.overwrite("snapshot/LATEST", Bytes::from("9")).await.unwrap();
    storage.overwrite("snapshot/snapshot-9", Bytes::from("9")).await.unwrap();
    commit.publish(&Branch::Main, &snapshot(2)).await.unwrap();
    assert_eq!(text(&storage, "snapshot/LATEST").await, "9");
    // Unless what it names is gone.
    storage.delete("snapshot/snapshot-9").await.unwrap();
    commit.publish(&Branch::Main, &snapshot(3)).await.unwrap();
    assert_eq!(text(&storage, "snapshot/LATEST").await, "3");
}

#[tokio::test]
async fn three_outcomes_on_an_object_store() {
    let publish = async |faults: Vec<PutFault>| {
        let (store, storage) = remote(faults);
        let commit = CreateIfAbsentCommit::new(storage.clone());
        (commit.publish(&Branch::Main, &snapshot(1)).await.unwrap(), store, storage)
    };
    for fault in [PutFault::None, PutFault::After, PutFault::AlreadyExistsAfter, PutFault::Before] {
        let (outcome, _, storage) = publish(vec![fault.clone()]).await;
        assert!(matches!(outcome, Publish::Won), "{fault:?}: {outcome:?}");
        assert_eq!(text(&storage, "snapshot/LATEST").await, "1");
    }
    let (outcome, ..) = publish(vec![PutFault::OvertakenBy(b"theirs")]).await;
    assert!(matches!(outcome, Publish::Lost), "{outcome:?}");
    let (outcome, _, storage) = publish(vec![PutFault::Before; 10]).await;
    assert!(matches!(outcome, Publish::Unknown(_)), "{outcome:?}");
    assert!(!storage.exists("snapshot/LATEST").await.unwrap());
}

#[tokio::test]
async fn a_hint_that_cannot_be_written_changes_nothing() {
    // The snapshot's put works, those of the hints do not.
    let faults = [PutFault::None, PutFault::Denied, PutFault::Denied];
    let (_, storage) = remote(faults);
    let commit = CreateIfAbsentCommit::new(storage.clone());
    let outcome = commit.publish(&Branch::Main, &snapshot(1)).await.unwrap();
    assert!(matches!(outcome, Publish::Won));
    assert!(!storage.exists("snapshot/LATEST").await.unwrap());
    let snapshots = SnapshotStore::new(storage, Layout::default());
    assert_eq!(snapshots.latest_id().await.unwrap(), Some(1));
}

#[tokio::test]
async fn manifests_that_are_not_durable_are_not_published() {
    let dir = TempDir::new().unwrap();
    std::fs::create_dir(dir.path().join("manifest")).unwrap();
    let fs = FaultFs::default();
    fs.fail(FsCall::SyncDir, 5);
    let storage = Storage::local_with(dir.path(), Arc::new(fs), true).unwrap();
    let commit = CreateIfAbsentCommit::new(storage.clone());
    assert!(commit.publish(&Branch::Main, &snapshot(1)).await.is_err());
    assert!(!storage.exists("snapshot/snapshot-1").await.unwrap());
}
