use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Int8Array, Int32Array, RecordBatch};
use rimon_spec::ErrorKind;

use super::directory::{SpillDirectory, SpillSettings};
use super::{Rows, Spills, Spool};

fn settings(parent: &Path, max_bytes: u64) -> SpillSettings {
    SpillSettings { parent: parent.to_owned(), ..SpillSettings::in_temporary_files(max_bytes) }
}

fn rows(numbers: std::ops::Range<i32>, kinds: Option<i8>) -> Rows {
    let kinds = kinds.map(|kind| Int8Array::from(vec![kind; numbers.len()]));
    let numbers = Int32Array::from_iter_values(numbers);
    Rows { batch: RecordBatch::try_from_iter([("a", Arc::new(numbers) as _)]).unwrap(), kinds }
}

fn entries(parent: &Path) -> usize {
    fs::read_dir(parent).unwrap().count()
}

#[tokio::test]
async fn rows_come_back_in_their_order_and_their_files_go() {
    let parent = tempfile::tempdir().unwrap();
    let spills = Arc::new(Spills::new(settings(parent.path(), u64::MAX), "w".into()));
    let mut spool = Spool::new(Arc::clone(&spills));
    spool.push(vec![rows(0..1000, None), rows(5..7, Some(3))], 100).await.unwrap();
    spool.push(vec![rows(7..9, Some(0))], 10).await.unwrap();
    assert_eq!((spool.rows(), spool.memory(), entries(parent.path())), (1004, 110, 1));
    let mut taken = spool.take();
    assert_eq!((spool.rows(), spool.memory()), (0, 0));
    let first = taken.next().await.unwrap().unwrap();
    let expected = [rows(0..1000, None), rows(5..7, Some(3))];
    for (got, wanted) in first.iter().zip(&expected) {
        assert_eq!((&got.batch, &got.kinds), (&wanted.batch, &wanted.kinds));
    }
    assert_eq!(taken.next().await.unwrap().unwrap().len(), 1);
    assert!(taken.next().await.unwrap().is_none());
    let directory = parent.path().join("rimon-spill-w");
    assert_eq!(entries(&directory), 1, "only the lock is left");
    drop((spool, spills, taken));
    assert_eq!(entries(parent.path()), 0);
}

#[tokio::test]
async fn there_is_room_up_to_the_limit() {
    let parent = tempfile::tempdir().unwrap();
    let spills = Arc::new(Spills::new(settings(parent.path(), 300), "w".into()));
    let mut spool = Spool::new(Arc::clone(&spills));
    let mut pushed = 0;
    while spool.has_room() {
        spool.push(vec![rows(0..100, None)], 400).await.unwrap();
        pushed += 1;
    }
    assert!((1..10).contains(&pushed), "{pushed}");
    drop(spool.take());
    assert!(spool.has_room());
}

#[test]
fn directories_of_processes_that_are_gone_are_removed() {
    let parent = tempfile::tempdir().unwrap();
    let dead = parent.path().join("rimon-spill-dead");
    fs::create_dir(&dead).unwrap();
    fs::write(dead.join("lock"), "").unwrap();
    fs::write(dead.join("rows-0"), "rows").unwrap();
    let other = parent.path().join("another");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("lock"), "").unwrap();
    let first = SpillDirectory::create(settings(parent.path(), 1), "first").unwrap();
    assert!(!dead.exists() && other.exists());
    let second = SpillDirectory::create(settings(parent.path(), 1), "second").unwrap();
    assert_eq!(entries(parent.path()), 3, "those that are alive stay");
    drop((first, second));
    assert_eq!(entries(parent.path()), 1);
}

#[tokio::test]
async fn a_directory_that_is_not_there_is_an_error() {
    let parent = tempfile::tempdir().unwrap();
    let missing = parent.path().join("missing");
    let mut spool = Spool::new(Arc::new(Spills::new(settings(&missing, 1), "w".into())));
    let error = spool.push(vec![rows(0..3, None)], 1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("missing"), "{error}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_said_and_leaves_nothing() {
    let parent = tempfile::tempdir().unwrap();
    let full = SpillSettings {
        create: |_| File::options().write(true).open("/dev/full"),
        ..settings(parent.path(), u64::MAX)
    };
    let spills = Arc::new(Spills::new(full, "w".into()));
    let mut spool = Spool::new(Arc::clone(&spills));
    let error = spool.push(vec![rows(0..100_000, None)], 1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ResourceExhausted, "{error:?}");
    drop((spool, spills));
    assert_eq!(entries(parent.path()), 0);
}
