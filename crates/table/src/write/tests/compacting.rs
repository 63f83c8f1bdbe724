//! Rows of first-row tables: the compaction that comes with them, and what becomes of it when others, faults and
//! restarts come between.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use arrow::array::{AsArray, Int32Array, RecordBatch};
use arrow::datatypes::Int32Type;
use async_trait::async_trait;
use futures::TryStreamExt;
use proptest::prelude::*;
use rimon_metadata::{Branch, Publish, SnapshotCommit};
use rimon_spec::{CommitKind, DataType, Error, ErrorKind, Result, Snapshot, TypeKind};

use crate::commit::tests::fixture::{Make, live, names_in};
use crate::commit::{BATCH_COMMIT, CommitOutcome};
use crate::table::Table;
use crate::write::CommitMessage;

fn make() -> Make {
    let columns =
        vec![("id", DataType::not_null(TypeKind::Int)), ("v", DataType::new(TypeKind::Int))];
    let options = vec![("bucket", "1"), ("merge-engine", "first-row")];
    Make { columns, primary_keys: vec!["id"], options, ..Make::default() }
}

fn rows(pairs: &[(i32, i32)]) -> RecordBatch {
    let ids: Int32Array = pairs.iter().map(|(id, _)| Some(*id)).collect();
    let values: Int32Array = pairs.iter().map(|(_, v)| Some(*v)).collect();
    RecordBatch::try_from_iter([("id", Arc::new(ids) as _), ("v", Arc::new(values) as _)]).unwrap()
}

async fn shown(table: &Table) -> Vec<(i32, i32)> {
    let batches: Vec<RecordBatch> =
        table.scan().stream().await.unwrap().try_collect().await.unwrap();
    let column = |b: &RecordBatch, i: usize| -> Vec<i32> {
        b.column(i).as_primitive::<Int32Type>().values().to_vec()
    };
    let pairs = batches.iter().flat_map(|b| column(b, 0).into_iter().zip(column(b, 1)));
    let mut pairs: Vec<_> = pairs.collect();
    pairs.sort_unstable();
    pairs
}

async fn prepare(table: &Table, user: &str, id: i64, pairs: &[(i32, i32)]) -> Vec<CommitMessage> {
    let mut writer = table.writer(user).build().unwrap();
    writer.write(rows(pairs)).await.unwrap();
    writer.prepare_commit(id).await.unwrap()
}

/// Data files on disk that the table does not name.
async fn orphans(table: &Table, dir: &tempfile::TempDir) -> Vec<String> {
    let mut named: Vec<String> = Vec::new();
    for snapshot in table.snapshots().all().await.unwrap() {
        let manifests = table.handle().manifests();
        let metas = manifests.data_manifests(&snapshot).await.unwrap();
        let read = manifests.read_manifests(&metas).await.unwrap();
        named.extend(read.iter().flat_map(|e| e.iter().map(|e| e.file.file_name.clone())));
    }
    names_in(dir, "bucket-0").into_iter().filter(|name| !named.contains(name)).collect()
}

async fn kinds(table: &Table) -> Vec<(CommitKind, i64)> {
    let snapshots = table.snapshots().all().await.unwrap();
    snapshots.iter().map(|s| (s.commit_kind, s.commit_identifier)).collect()
}

#[tokio::test]
async fn the_first_row_shows_at_once_and_stays() {
    let dir = tempfile::tempdir().unwrap();
    let table = make().table(&dir).await;
    let last = table.append([rows(&[(1, 10), (2, 20), (1, 11)])]).await.unwrap().unwrap();
    assert_eq!((last.id, last.commit_kind), (2, CommitKind::Compact));
    assert_eq!(shown(&table).await, [(1, 10), (2, 20)]);
    table.append([rows(&[(2, 21), (3, 30)])]).await.unwrap();
    assert_eq!(shown(&table).await, [(1, 10), (2, 20), (3, 30)]);
    assert_eq!(kinds(&table).await.len(), 4);
    assert!(live(&table).await.iter().all(|e| e.file.level > 0));
    // rows that are all known leave no file
    let before = live(&table).await.len();
    table.append([rows(&[(3, 31)])]).await.unwrap();
    assert!(live(&table).await.len() <= before);
    assert_eq!(shown(&table).await, [(1, 10), (2, 20), (3, 30)]);
}

#[tokio::test]
async fn of_two_writers_at_a_time_the_second_compacts_anew() {
    let dir = tempfile::tempdir().unwrap();
    let table = make().table(&dir).await;
    table.append([rows(&[(1, 1), (50, 1)])]).await.unwrap();
    let first = prepare(&table, "a", 1, &[(2, 2), (1, 2)]).await;
    let second = prepare(&table, "b", 1, &[(3, 3), (2, 3)]).await;
    let (a, b) = (table.committer("a"), table.committer("b"));
    assert!(matches!(a.commit(1, first.clone()).await.unwrap(), CommitOutcome::Committed(_)));
    let outcome = b.commit(1, second.clone()).await.unwrap();
    let CommitOutcome::NotCompacted { snapshot, cause } = outcome else { panic!("{outcome:?}") };
    assert_eq!((snapshot.commit_kind, cause.kind()), (CommitKind::Append, ErrorKind::Conflict));
    // nothing is lost, but it is hidden
    assert_eq!(shown(&table).await, [(1, 1), (2, 2), (50, 1)]);
    assert!(!orphans(&table, &dir).await.is_empty());
    table.compact_after(&b, &second).await;
    assert_eq!(shown(&table).await, [(1, 1), (2, 2), (3, 3), (50, 1)]);
    assert_eq!(orphans(&table, &dir).await, Vec::<String>::new());
    assert!(matches!(table.compact_rest(&second).await.unwrap(), CommitOutcome::Skipped));
    // a write-only writer between: the compaction did not see its file
    let third = prepare(&table, "c", 1, &[(9, 9)]).await;
    let other = table.with_options([("write-only", "true")]).unwrap();
    other.append([rows(&[(9, 8)])]).await.unwrap();
    assert_eq!(shown(&table).await.len(), 4);
    let c = table.committer("c");
    let outcome = c.commit(1, third.clone()).await.unwrap();
    assert!(matches!(outcome, CommitOutcome::NotCompacted { .. }), "{outcome:?}");
    table.compact_after(&c, &third).await;
    let ids: Vec<i32> = shown(&table).await.into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, [1, 2, 3, 9, 50]);
    assert!(live(&table).await.iter().all(|e| e.file.level > 0));
}

#[tokio::test]
async fn a_restarted_job_commits_rows_and_compaction_once() {
    let dir = tempfile::tempdir().unwrap();
    let table = make().table(&dir).await;
    let wire = |messages: &[CommitMessage]| -> Vec<CommitMessage> {
        let again = |m: &CommitMessage| {
            CommitMessage::from_bytes(CommitMessage::VERSION, &m.to_bytes().unwrap()).unwrap()
        };
        messages.iter().map(again).collect()
    };
    let first = wire(&prepare(&table, "job", 1, &[(1, 1), (2, 1)]).await);
    let made = table.committer("job").filter_and_commit([(1, first.clone())]).await.unwrap();
    assert!(matches!(made[0].1, CommitOutcome::Committed(_)));
    // the rows alone, as after a crash between both
    let second = wire(&prepare(&table, "job", 2, &[(2, 2), (3, 2)]).await);
    let alone: Vec<CommitMessage> = second
        .iter()
        .map(|m| CommitMessage {
            compact_before: Vec::new(),
            compact_after: Vec::new(),
            ..m.clone()
        })
        .collect();
    let _ = table.committer("job").commit(2, alone).await.unwrap();
    assert_eq!(shown(&table).await, [(1, 1), (2, 1)]);
    for _ in 0..2 {
        let all = [(1, first.clone()), (2, second.clone())];
        let outcomes = table.committer("job").filter_and_commit(all).await.unwrap();
        assert!(matches!(outcomes[0].1, CommitOutcome::AlreadyCommitted(_)));
        assert_eq!(shown(&table).await, [(1, 1), (2, 1), (3, 2)]);
    }
    use CommitKind::{Append, Compact};
    assert_eq!(kinds(&table).await, [(Append, 1), (Compact, 1), (Append, 2), (Compact, 2)]);
    // what was compacted is gone: the rows stay, and the next writer compacts them
    let third = prepare(&table, "job", 3, &[(4, 3)]).await;
    let alone: Vec<CommitMessage> = third
        .iter()
        .map(|m| CommitMessage {
            compact_after: Vec::new(),
            compact_before: Vec::new(),
            ..m.clone()
        })
        .collect();
    let _ = table.committer("job").commit(3, alone).await.unwrap();
    table.committer("job").abort(&third).await.unwrap();
    let outcomes = table.committer("job").filter_and_commit([(3, third)]).await.unwrap();
    assert!(
        matches!(&outcomes[0].1, CommitOutcome::NotCompacted { cause, .. } if cause.kind() == ErrorKind::NotFound),
        "{outcomes:?}"
    );
    table.append([rows(&[(1, 9)])]).await.unwrap();
    assert_eq!(shown(&table).await, [(1, 1), (2, 1), (3, 2), (4, 3)]);
}

/// Harms the publishes of snapshots of kind COMPACT.
#[derive(Debug)]
struct HarmCompact {
    inner: Arc<dyn SnapshotCommit>,
    fault: Fault,
    times: AtomicU32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// The answer is lost.
    After,
    /// The request is lost, and nobody says so.
    Before,
    /// It is refused.
    Refused,
}

#[async_trait]
impl SnapshotCommit for HarmCompact {
    async fn publish(&self, branch: &Branch, snapshot: &Snapshot) -> Result<Publish> {
        let left = self.times.load(Ordering::Relaxed);
        if snapshot.commit_kind != CommitKind::Compact || left == 0 {
            return self.inner.publish(branch, snapshot).await;
        }
        self.times.store(left - 1, Ordering::Relaxed);
        match self.fault {
            Fault::After => {
                assert!(matches!(self.inner.publish(branch, snapshot).await?, Publish::Won));
                Ok(Publish::Unknown(Error::unavailable("the answer is lost")))
            }
            Fault::Before => Ok(Publish::Unknown(Error::unavailable("the request is lost"))),
            Fault::Refused => Err(Error::unavailable("no")),
        }
    }
}

async fn harmed(dir: &tempfile::TempDir, fault: Fault, times: u32) -> Table {
    // short only where trying again does not help
    let timeout = if times == u32::MAX { "100 ms" } else { "10 min" };
    let handle = make().with("commit.timeout", timeout).handle(dir).await;
    let inner = handle.commit.clone();
    let commit = HarmCompact { inner, fault, times: times.into() };
    Table::new(handle.with_commit(Arc::new(commit))).unwrap()
}

#[tokio::test]
async fn an_answer_that_is_lost_is_found_out() {
    for fault in [Fault::After, Fault::Before] {
        let dir = tempfile::tempdir().unwrap();
        let table = harmed(&dir, fault, 1).await;
        let snapshot = table.append([rows(&[(1, 1)])]).await.unwrap().unwrap();
        assert_eq!((snapshot.id, snapshot.commit_kind), (2, CommitKind::Compact));
        assert_eq!(shown(&table).await, [(1, 1)]);
        assert_eq!(orphans(&table, &dir).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_refused_compaction_leaves_the_rows_and_is_made_up_for() {
    let dir = tempfile::tempdir().unwrap();
    let table = harmed(&dir, Fault::Refused, 1).await;
    table.append([rows(&[(1, 1), (2, 1)])]).await.unwrap();
    assert_eq!(shown(&table).await, [(1, 1), (2, 1)]);
    assert_eq!(orphans(&table, &dir).await, Vec::<String>::new());
    // refused for good: the commit is a success, and the next writer compacts
    let dir = tempfile::tempdir().unwrap();
    let table = harmed(&dir, Fault::Refused, u32::MAX).await;
    let snapshot = table.append([rows(&[(1, 1), (2, 1)])]).await.unwrap().unwrap();
    assert_eq!((snapshot.id, snapshot.commit_kind), (1, CommitKind::Append));
    assert!(shown(&table).await.is_empty());
    assert_eq!(orphans(&table, &dir).await, Vec::<String>::new());
    let whole = Table::new(make().handle_again(&dir).await).unwrap();
    whole.append([rows(&[(2, 2), (3, 2)])]).await.unwrap();
    assert_eq!(shown(&whole).await, [(1, 1), (2, 1), (3, 2)]);
}

#[tokio::test]
async fn a_commit_that_is_made_again_adds_what_was_missing() {
    let dir = tempfile::tempdir().unwrap();
    let table = harmed(&dir, Fault::Refused, 1).await;
    let committer = table.committer("job");
    let made = prepare(&table, "job", 1, &[(1, 1)]).await;
    let outcome = committer.commit(1, made.clone()).await.unwrap();
    assert!(matches!(outcome, CommitOutcome::NotCompacted { .. }), "{outcome:?}");
    assert!(shown(&table).await.is_empty());
    let outcome = committer.commit(1, made.clone()).await.unwrap();
    let CommitOutcome::Committed(snapshot) = outcome else { panic!("{outcome:?}") };
    assert_eq!((snapshot.id, snapshot.total_record_count), (2, 1));
    assert_eq!(shown(&table).await, [(1, 1)]);
    assert_eq!(kinds(&table).await, [(CommitKind::Append, 1), (CommitKind::Compact, 1)]);
}

#[tokio::test]
async fn an_unknown_outcome_names_the_snapshot_of_the_rows() {
    let dir = tempfile::tempdir().unwrap();
    let table = harmed(&dir, Fault::Before, u32::MAX).await;
    let messages = prepare(&table, "u", BATCH_COMMIT, &[(1, 1)]).await;
    let committer = table.committer("u");
    let outcome = committer.commit(BATCH_COMMIT, messages.clone()).await.unwrap();
    let CommitOutcome::Unknown(unknown) = outcome else { panic!("{outcome:?}") };
    assert_eq!(unknown.rows.as_ref().map(|s| (s.id, s.commit_kind)), Some((1, CommitKind::Append)));
    assert_eq!(unknown.snapshot_id, 2);
    // the same job commits again: the rows are there, the compaction is made
    let whole = Table::new(make().handle_again(&dir).await).unwrap();
    let _ = whole.append([rows(&[(2, 2)])]).await.unwrap();
    assert!(committer.resolve(&unknown).await.unwrap().is_none());
    assert_eq!(shown(&whole).await, [(1, 1), (2, 2)]);
}

#[tokio::test]
async fn a_damaged_file_fails_the_writer_and_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let table = make().table(&dir).await;
    table.append([rows(&[(1, 1), (2, 2), (3, 3)])]).await.unwrap();
    let name = live(&table).await[0].file.file_name.clone();
    let path = dir.path().join("bucket-0").join(&name);
    let bytes = std::fs::read(&path).unwrap();
    for cut in [0, 10, bytes.len() / 2, bytes.len() - 1] {
        std::fs::write(&path, &bytes[..cut]).unwrap();
        let before = names_in(&dir, "bucket-0");
        let error = table.append([rows(&[(2, 9), (7, 9)])]).await.unwrap_err();
        assert!(format!("{error:?}").contains(&name), "{error:?}");
        assert_eq!(names_in(&dir, "bucket-0"), before);
    }
    std::fs::write(&path, &bytes).unwrap();
    table.append([rows(&[(2, 9), (7, 9)])]).await.unwrap();
    assert_eq!(shown(&table).await, [(1, 1), (2, 2), (3, 3), (7, 9)]);
}

/// What is done to a table.
#[derive(Debug, Clone)]
enum Move {
    /// One writer makes a commit of several batches.
    Append(Vec<Vec<i32>>),
    /// Two writers prepare at the same time and commit one after the other.
    AtOnce(Vec<i32>, Vec<i32>),
    /// A writer that does not compact.
    WriteOnly(Vec<i32>),
    /// A writer that goes on over several commits, each prepared before the one before it is made.
    Ahead(Vec<Vec<i32>>),
    /// All rows are replaced.
    Replace(Vec<i32>),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let keys = || prop::collection::vec(prop_oneof![0..20i32, 0..300i32], 1..40);
    let one = prop_oneof![
        4 => prop::collection::vec(keys(), 1..3).prop_map(Move::Append),
        2 => (keys(), keys()).prop_map(|(a, b)| Move::AtOnce(a, b)),
        2 => keys().prop_map(Move::WriteOnly),
        1 => prop::collection::vec(keys(), 1..4).prop_map(Move::Ahead),
        1 => keys().prop_map(Move::Replace),
    ];
    prop::collection::vec(one, 1..9)
}

/// A table and what it must hold.
struct Game {
    table: Table,
    model: BTreeMap<i32, i32>,
    next: i32,
}

impl Game {
    fn pairs(&mut self, keys: &[i32]) -> Vec<(i32, i32)> {
        let first = self.next;
        self.next += keys.len() as i32;
        keys.iter().copied().zip(first..).collect()
    }

    fn add(&mut self, pairs: &[(i32, i32)]) {
        for (key, value) in pairs {
            self.model.entry(*key).or_insert(*value);
        }
    }

    async fn commit(&mut self, user: &str, id: i64, made: Vec<CommitMessage>) {
        let committer = self.table.committer(user);
        let outcome = committer.commit(id, made.clone()).await.unwrap();
        match outcome {
            CommitOutcome::NotCompacted { .. } => self.table.compact_after(&committer, &made).await,
            CommitOutcome::Committed(_) => {}
            other => panic!("{other:?}"),
        }
    }

    async fn play(&mut self, number: usize, step: Move) {
        let user = format!("u{number}");
        match step {
            Move::Append(batches) => {
                let batches: Vec<_> = batches.iter().map(|keys| self.pairs(keys)).collect();
                self.table.append(batches.iter().map(|pairs| rows(pairs))).await.unwrap();
                batches.iter().for_each(|pairs| self.add(pairs));
            }
            Move::AtOnce(a, b) => {
                let (a, b) = (self.pairs(&a), self.pairs(&b));
                let first = prepare(&self.table, &user, 1, &a).await;
                let other = format!("{user}-too");
                let second = prepare(&self.table, &other, 1, &b).await;
                self.commit(&other, 1, second).await;
                self.commit(&user, 1, first).await;
                self.add(&b);
                self.add(&a);
            }
            Move::WriteOnly(keys) => {
                let pairs = self.pairs(&keys);
                let table = self.table.with_options([("write-only", "true")]).unwrap();
                table.append([rows(&pairs)]).await.unwrap();
                self.add(&pairs);
                // seen with the next compaction of their buckets
                let more = self.pairs(&keys);
                self.table.append([rows(&more)]).await.unwrap();
                self.add(&more);
            }
            Move::Ahead(commits) => {
                let mut writer = self.table.writer(&user).build().unwrap();
                let mut made = Vec::new();
                for (id, keys) in (1..).zip(commits) {
                    let pairs = self.pairs(&keys);
                    writer.write(rows(&pairs)).await.unwrap();
                    made.push((id, writer.prepare_commit(id).await.unwrap(), pairs));
                }
                for (id, messages, pairs) in made {
                    self.commit(&user, id, messages).await;
                    self.add(&pairs);
                }
            }
            Move::Replace(keys) => {
                let pairs = self.pairs(&keys);
                let mut writer = self.table.writer(&user).ignore_previous_files().build().unwrap();
                writer.write(rows(&pairs)).await.unwrap();
                let messages = writer.prepare_commit(BATCH_COMMIT).await.unwrap();
                let what = crate::commit::Overwrite::Table;
                let committer = self.table.committer(&user);
                let made = committer.overwrite(BATCH_COMMIT, messages, &what).await.unwrap();
                assert!(matches!(made, CommitOutcome::Committed(_)));
                self.model.clear();
                self.add(&pairs);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Whoever writes at the same time: every key has the row that was committed first.
    #[test]
    fn each_key_shows_the_row_that_was_committed_first(
        moves in moves(),
        trigger in prop::sample::select(vec!["2", "3", "5"]),
        bucket in prop::sample::select(vec!["1", "3", "-1"]),
        size in prop::sample::select(vec!["2 kb", "128 mb"]),
        spill in prop::sample::select(vec!["256 mb", "64 kb"]),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let dir = tempfile::tempdir().unwrap();
            let make = Make {
                options: vec![
                    ("bucket", bucket),
                    ("merge-engine", "first-row"),
                    ("num-sorted-run.compaction-trigger", trigger),
                    ("target-file-size", size),
                    ("write-buffer-size", spill),
                ],
                ..make()
            };
            let table = make.table(&dir).await;
            let mut game = Game { table, model: BTreeMap::new(), next: 0 };
            for (number, step) in moves.into_iter().enumerate() {
                // two jobs that give dynamic buckets to new keys at a time are in conflict
                let apart = matches!(step, Move::AtOnce(..) | Move::Ahead(_)) && bucket == "-1";
                if !apart {
                    game.play(number, step).await;
                }
                let expected: Vec<(i32, i32)> =
                    game.model.iter().map(|(k, v)| (*k, *v)).collect();
                assert_eq!(shown(&game.table).await, expected, "after move {number}");
                let low = live(&game.table).await.iter().filter(|e| e.file.level == 0).count();
                assert_eq!(low, 0, "after move {number}");
            }
            if bucket == "1" {
                assert_eq!(orphans(&game.table, &dir).await, Vec::<String>::new());
            }
        });
    }
}
