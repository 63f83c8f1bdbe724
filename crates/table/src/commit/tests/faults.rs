use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use rimon_metadata::{Branch, Publish, SnapshotCommit};
use rimon_spec::{Error, ErrorKind, Result, Snapshot};

use super::fixture::{Make, add, live_names, names_in};
use crate::commit::{BATCH_COMMIT, CommitOutcome};
use crate::table::Table;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Published, but the answer is lost.
    After,
    /// Not published, and nobody says so.
    Before,
    /// Somebody else was faster, and says nothing of us.
    Lost,
}

/// Does `fault` the first `times` times.
#[derive(Debug)]
struct Faulty {
    inner: Arc<dyn SnapshotCommit>,
    fault: Fault,
    times: AtomicU32,
}

#[async_trait]
impl SnapshotCommit for Faulty {
    async fn publish(&self, branch: &Branch, snapshot: &Snapshot) -> Result<Publish> {
        let left = self.times.load(Ordering::Relaxed);
        if left == 0 {
            return self.inner.publish(branch, snapshot).await;
        }
        self.times.store(left - 1, Ordering::Relaxed);
        match self.fault {
            Fault::After => {
                assert!(matches!(self.inner.publish(branch, snapshot).await?, Publish::Won));
                Ok(Publish::Unknown(Error::unavailable("the answer is lost")))
            }
            Fault::Before => Ok(Publish::Unknown(Error::unavailable("the request is lost"))),
            Fault::Lost => Ok(Publish::Lost),
        }
    }
}

pub(super) async fn faulty(
    make: &Make,
    dir: &tempfile::TempDir,
    fault: Fault,
    times: u32,
) -> Table {
    let handle = make.handle(dir).await;
    let inner = handle.commit.clone();
    let commit = Faulty { inner, fault, times: times.into() };
    Table::new(handle.with_commit(Arc::new(commit))).unwrap()
}

#[tokio::test]
async fn a_failure_after_the_effect_is_a_success() {
    let dir = tempfile::tempdir().unwrap();
    let table = faulty(&Make::append(), &dir, Fault::After, 1).await;
    let outcome = table.committer("u").commit(BATCH_COMMIT, vec![add(&["a"])]).await.unwrap();
    assert!(matches!(outcome, CommitOutcome::Committed(s) if s.id == 1));
    assert_eq!(live_names(&table).await, ["a"]);
}

#[tokio::test]
async fn a_lost_request_is_sent_again_under_the_same_id() {
    let dir = tempfile::tempdir().unwrap();
    let table = faulty(&Make::append(), &dir, Fault::Before, 3).await;
    let outcome = table.committer("u").commit(BATCH_COMMIT, vec![add(&["a"])]).await.unwrap();
    assert!(matches!(outcome, CommitOutcome::Committed(s) if s.id == 1));
    assert_eq!(live_names(&table).await, ["a"]);
}

#[tokio::test]
async fn an_outcome_that_stays_unknown_is_said_and_nothing_is_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let make = Make::append().with("commit.timeout", "100 ms");
    let table = faulty(&make, &dir, Fault::Before, u32::MAX).await;
    let committer = table.committer("u");
    let outcome = committer.commit(BATCH_COMMIT, vec![add(&["a"])]).await.unwrap();
    let CommitOutcome::Unknown(unknown) = outcome else { panic!("{outcome:?}") };
    assert_eq!((unknown.snapshot_id, unknown.user.as_str()), (1, "u"));
    assert!(names_in(&dir, "manifest").contains(&unknown.delta_manifest_list));
    assert_eq!(committer.resolve(&unknown).await.unwrap_err().kind(), ErrorKind::Unavailable);
    // Somebody else takes the id: now it is certain.
    let other = Table::new(make.handle_again(&dir).await).unwrap();
    let _ = other.committer("v").commit(BATCH_COMMIT, vec![add(&["b"])]).await.unwrap();
    assert!(committer.resolve(&unknown).await.unwrap().is_none());
}

#[tokio::test]
async fn giving_up_cleans_up() {
    let dir = tempfile::tempdir().unwrap();
    let make = Make::append().with("commit.max-retries", "2");
    let table = faulty(&make, &dir, Fault::Lost, u32::MAX).await;
    let error = table.committer("u").commit(BATCH_COMMIT, vec![add(&["a"])]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(names_in(&dir, "manifest").is_empty(), "{:?}", names_in(&dir, "manifest"));
    assert!(names_in(&dir, "snapshot").is_empty());
}

/// Stands for a writer that sleeps between reading its base and publishing: meanwhile others commit, and everything up
/// to the id it is about to use expires.
#[derive(Debug)]
struct Sleeper {
    inner: Arc<dyn SnapshotCommit>,
    others: Table,
    slept: AtomicU32,
}

#[async_trait]
impl SnapshotCommit for Sleeper {
    async fn publish(&self, branch: &Branch, snapshot: &Snapshot) -> Result<Publish> {
        if self.slept.swap(1, Ordering::Relaxed) == 0 {
            for name in ["x", "y", "z"] {
                let _ =
                    self.others.committer("other").commit(BATCH_COMMIT, vec![add(&[name])]).await?;
            }
            for id in 1..=snapshot.id {
                let file = self.others.handle().layout().snapshot(id);
                self.others.storage().delete(&file).await?;
            }
        }
        self.inner.publish(branch, snapshot).await
    }
}

#[tokio::test]
async fn an_id_that_expired_meanwhile_is_not_used_again() {
    let dir = tempfile::tempdir().unwrap();
    let make = Make::append();
    let others = make.table(&dir).await;
    let _ = others.committer("other").commit(BATCH_COMMIT, vec![add(&["a"])]).await.unwrap();
    let handle = make.handle_again(&dir).await;
    let inner = handle.commit.clone();
    let sleeper = Sleeper { inner, others: others.clone(), slept: 0.into() };
    let table = Table::new(handle.with_commit(Arc::new(sleeper))).unwrap();
    let outcome = table.committer("u").commit(BATCH_COMMIT, vec![add(&["b"])]).await.unwrap();
    // Snapshot 2 was free again when it was tried, but no reader would have found it.
    assert!(matches!(outcome, CommitOutcome::Committed(s) if s.id == 5));
    assert_eq!(others.snapshots().ids().await.unwrap(), [3, 4, 5]);
    assert_eq!(live_names(&others).await, ["a", "b", "x", "y", "z"]);
}
