//! `sequence.snapshot-ordering`: new files have the id of the snapshot that they came with, whatever happened before.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use rimon_metadata::{Branch, Publish, SnapshotCommit};
use rimon_spec::{
    BinaryRow, DataFileMeta, DataType, Error, FileKind, FileSource, Result, Snapshot, TypeKind,
    Value,
};

use super::faults::{Fault, faulty};
use super::fixture::{Make, file, live, names_in};
use super::races::unreferenced_manifests;
use crate::commit::{BATCH_COMMIT, CommitOutcome, Overwrite};
use crate::table::Table;
use crate::write::CommitMessage;

fn make() -> Make {
    let options = Make::append().with("bucket", "1").with("write-only", "true");
    Make {
        columns: vec![("id", DataType::not_null(TypeKind::Int)), ("name", DataType::string())],
        primary_keys: vec!["id"],
        ..options.with("sequence.snapshot-ordering", "true")
    }
}

/// A file of ten rows with sequence numbers from 100 on.
fn keyed(name: &str) -> DataFileMeta {
    let key = |id| BinaryRow::encode(&[DataType::not_null(TypeKind::Int)], &[Value::Int(id)]);
    DataFileMeta {
        min_key: key(0).unwrap(),
        max_key: key(9).unwrap(),
        min_sequence_number: 100,
        max_sequence_number: 109,
        ..file(name, 10)
    }
}

fn new_file(name: &str) -> Vec<CommitMessage> {
    vec![CommitMessage::of_new_files(BinaryRow::empty(), 0, 1, vec![keyed(name)])]
}

/// The sequence numbers of the live files.
async fn ranges(table: &Table) -> Vec<(String, i64, i64)> {
    let live = live(table).await.into_iter().map(|entry| {
        let file = entry.file;
        (file.file_name, file.min_sequence_number, file.max_sequence_number)
    });
    let mut ranges: Vec<_> = live.collect();
    ranges.sort();
    ranges
}

fn stamped(names: &[(&str, i64)]) -> Vec<(String, i64, i64)> {
    names.iter().map(|(name, id)| ((*name).to_owned(), *id, *id)).collect()
}

async fn commit(table: &Table, id: i64, messages: Vec<CommitMessage>) -> Snapshot {
    let outcome = table.committer("u").commit(id, messages).await.unwrap();
    let CommitOutcome::Committed(snapshot) = outcome else { panic!("{outcome:?}") };
    *snapshot
}

#[tokio::test]
async fn new_files_have_the_id_of_their_snapshot() {
    let dir = tempfile::tempdir().unwrap();
    let table = make().table(&dir).await;
    commit(&table, 1, new_file("a")).await;
    commit(&table, 2, new_file("b")).await;
    assert_eq!(ranges(&table).await, stamped(&[("a", 1), ("b", 2)]));

    let dir = tempfile::tempdir().unwrap();
    let mut plain = make();
    plain.options.retain(|(key, _)| *key != "sequence.snapshot-ordering");
    let table = plain.table(&dir).await;
    commit(&table, 1, new_file("a")).await;
    assert_eq!(ranges(&table).await, [("a".to_owned(), 100, 109)]);
}

#[tokio::test]
async fn a_restarted_job_names_the_snapshot_that_it_makes() {
    let dir = tempfile::tempdir().unwrap();
    let table = make().table(&dir).await;
    std::fs::create_dir_all(dir.path().join("bucket-0")).unwrap();
    let mut commits = Vec::new();
    for (id, name) in [(1, "a"), (2, "b")] {
        std::fs::write(dir.path().join("bucket-0").join(name), b"rows").unwrap();
        let bytes = new_file(name)[0].to_bytes().unwrap();
        let message = CommitMessage::from_bytes(CommitMessage::VERSION, &bytes).unwrap();
        commits.push((id, vec![message]));
    }
    commit(&table, 1, commits[0].1.clone()).await;
    let other = table.committer("v").commit(BATCH_COMMIT, new_file("x")).await.unwrap();
    assert!(matches!(other, CommitOutcome::Committed(_)));
    let outcomes = table.committer("u").filter_and_commit(commits).await.unwrap();
    assert!(matches!(&outcomes[0].1, CommitOutcome::AlreadyCommitted(s) if s.id == 1));
    assert_eq!(ranges(&table).await, stamped(&[("a", 1), ("b", 3), ("x", 2)]));
}

#[tokio::test]
async fn files_of_a_compaction_keep_the_numbers_of_their_rows() {
    let dir = tempfile::tempdir().unwrap();
    let table = make().table(&dir).await;
    commit(&table, 1, new_file("a")).await;
    commit(&table, 2, new_file("b")).await;
    let before: Vec<_> = live(&table).await.into_iter().map(|entry| entry.file).collect();
    let after = DataFileMeta {
        level: 5,
        min_sequence_number: 1,
        max_sequence_number: 2,
        file_source: Some(FileSource::Compact),
        ..keyed("ab")
    };
    let mut messages = new_file("c");
    messages[0].compact_before = before;
    messages[0].compact_after = vec![after];
    assert_eq!(commit(&table, 3, messages).await.id, 4);
    let mut expected = stamped(&[("c", 3)]);
    expected.insert(0, ("ab".to_owned(), 1, 2));
    assert_eq!(ranges(&table).await, expected);
}

/// Others commit as often, each time just before this one publishes.
#[derive(Debug)]
struct Overtaken {
    inner: Arc<dyn SnapshotCommit>,
    others: Table,
    times: AtomicU32,
    /// Whether nobody says what became of the publish.
    silent: bool,
}

#[async_trait]
impl SnapshotCommit for Overtaken {
    async fn publish(&self, branch: &Branch, snapshot: &Snapshot) -> Result<Publish> {
        let left = self.times.load(Ordering::Relaxed);
        if left > 0 {
            self.times.store(left - 1, Ordering::Relaxed);
            let name = format!("other {left}");
            let _ = self.others.committer("other").commit(BATCH_COMMIT, new_file(&name)).await?;
            if self.silent {
                return Ok(Publish::Unknown(Error::unavailable("the request is lost")));
            }
        }
        self.inner.publish(branch, snapshot).await
    }
}

async fn overtaken(dir: &tempfile::TempDir, times: u32, silent: bool) -> Table {
    let others = make().table(dir).await;
    let _ = others.committer("other").commit(BATCH_COMMIT, new_file("first")).await.unwrap();
    let handle = make().handle_again(dir).await;
    let commit = Overtaken { inner: handle.commit.clone(), others, times: times.into(), silent };
    Table::new(handle.with_commit(Arc::new(commit))).unwrap()
}

#[tokio::test]
async fn a_commit_that_was_overtaken_names_its_new_snapshot() {
    for silent in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let table = overtaken(&dir, 2, silent).await;
        assert_eq!(commit(&table, BATCH_COMMIT, new_file("late")).await.id, 4);
        let expected = [("first", 1), ("late", 4), ("other 1", 3), ("other 2", 2)];
        assert_eq!(ranges(&table).await, stamped(&expected));
        assert_eq!(unreferenced_manifests(&table, &dir).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn an_overwrite_names_its_snapshot_and_leaves_what_goes_away_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let table = overtaken(&dir, 1, false).await;
    let committer = table.committer("u");
    let outcome = committer.overwrite(BATCH_COMMIT, new_file("new"), &Overwrite::Table).await;
    let CommitOutcome::Committed(snapshot) = outcome.unwrap() else { panic!("not committed") };
    assert_eq!(snapshot.id, 3);
    assert_eq!(ranges(&table).await, stamped(&[("new", 3)]));
    let manifests = table.handle().manifests();
    let delta = manifests.delta_manifests(&snapshot).await.unwrap();
    let read = manifests.read_manifests(&delta).await.unwrap();
    let gone = read.iter().flat_map(|entries| entries.iter());
    let mut gone: Vec<_> = gone
        .filter(|entry| entry.kind == FileKind::Delete)
        .map(|entry| (entry.file.file_name.clone(), entry.file.max_sequence_number))
        .collect();
    gone.sort();
    assert_eq!(gone, [("first".to_owned(), 1), ("other 1".to_owned(), 2)]);
}

/// The manifests that were published are those that stay, whatever was said of the publish.
#[tokio::test]
async fn an_outcome_that_is_found_out_is_that_of_the_published_snapshot() {
    for fault in [Fault::After, Fault::Before] {
        let dir = tempfile::tempdir().unwrap();
        let table = faulty(&make(), &dir, fault, 1).await;
        assert_eq!(commit(&table, BATCH_COMMIT, new_file("a")).await.id, 1, "{fault:?}");
        assert_eq!(ranges(&table).await, stamped(&[("a", 1)]), "{fault:?}");
        assert_eq!(unreferenced_manifests(&table, &dir).await, Vec::<String>::new(), "{fault:?}");
    }
}

#[tokio::test]
async fn giving_up_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let make = make().with("commit.max-retries", "2");
    let table = faulty(&make, &dir, Fault::Lost, u32::MAX).await;
    assert!(table.committer("u").commit(BATCH_COMMIT, new_file("a")).await.is_err());
    assert!(names_in(&dir, "manifest").is_empty(), "{:?}", names_in(&dir, "manifest"));
}
