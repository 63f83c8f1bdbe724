use super::*;
use crate::Storage;
use crate::testing::{FaultFs, FsCall};
use bytes::Bytes;
use rimon_spec::ErrorKind;
use std::sync::Arc;
use tempfile::TempDir;

const EIO: i32 = 5;
const ENOSPC: i32 = 28;
const EROFS: i32 = 30;
const EMFILE: i32 = 24;
const EPERM: i32 = 1;

struct Fixture {
    dir: TempDir,
    fs: FaultFs,
    storage: Storage,
}

impl Fixture {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let fs = FaultFs::default();
        let storage = Storage::local_with(dir.path(), Arc::new(fs.clone()), true).unwrap();
        Self { dir, fs, storage }
    }

    async fn create(&self, bytes: &'static str) -> Result<Created> {
        self.storage.create("snapshot/snapshot-1", Bytes::from(bytes)).await
    }

    fn target(&self) -> PathBuf {
        self.dir.path().join("snapshot/snapshot-1")
    }

    /// Everything in the directory, temporary files included.
    fn names(&self) -> Vec<String> {
        let Ok(dir) = fs::read_dir(self.dir.path().join("snapshot")) else { return Vec::new() };
        dir.map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
    }
}

#[tokio::test]
async fn first_wins_second_loses_and_nothing_is_left() {
    let f = Fixture::new();
    assert!(matches!(f.create("one").await.unwrap(), Created::Won));
    assert!(matches!(f.create("two").await.unwrap(), Created::Lost));
    assert!(matches!(f.create("longer than one").await.unwrap(), Created::Lost));
    // The same bytes are the same attempt.
    assert!(matches!(f.create("one").await.unwrap(), Created::Won));
    assert_eq!(f.names(), ["snapshot-1"]);
    assert_eq!(fs::read_to_string(f.target()).unwrap(), "one");
}

#[tokio::test]
async fn failures_before_the_link_leave_nothing() {
    let faults = [
        (FsCall::Write, ENOSPC, ErrorKind::ResourceExhausted, "no space left"),
        (FsCall::Write, EIO, ErrorKind::Unavailable, "input or output failed"),
        (FsCall::Write, EROFS, ErrorKind::Invalid, "read-only"),
        (FsCall::Write, EMFILE, ErrorKind::ResourceExhausted, "too many open files"),
        (FsCall::Link, ENOSPC, ErrorKind::ResourceExhausted, "no space left"),
        (FsCall::Link, EIO, ErrorKind::Unavailable, "input or output failed"),
        (FsCall::Link, EPERM, ErrorKind::Unsupported, "hard links"),
    ];
    for (call, errno, kind, words) in faults {
        let f = Fixture::new();
        fs::create_dir(f.dir.path().join("snapshot")).unwrap();
        f.fs.fail(call, errno);
        let err = f.create("one").await.unwrap_err();
        assert_eq!(err.kind(), kind, "{call:?} {errno}: {err}");
        assert!(err.to_string().contains(words), "{call:?} {errno}: {err}");
        assert!(err.to_string().contains("snapshot-1"), "{err}");
        assert_eq!(f.names(), [""; 0], "{call:?} {errno}");
        f.fs.heal();
        assert!(matches!(f.create("one").await.unwrap(), Created::Won));
    }
}

#[tokio::test]
async fn no_directory_no_effect() {
    let f = Fixture::new();
    f.fs.fail(FsCall::CreateDir, ENOSPC);
    assert_eq!(f.create("one").await.unwrap_err().kind(), ErrorKind::ResourceExhausted);
    assert!(!f.target().exists());
}

#[tokio::test]
async fn a_link_that_worked_and_failed_is_ours() {
    let f = Fixture::new();
    f.fs.fail(FsCall::LinkAfter, EIO);
    assert!(matches!(f.create("one").await.unwrap(), Created::Won));
    assert_eq!(f.names(), ["snapshot-1"]);
}

#[tokio::test]
async fn visible_but_perhaps_not_durable_is_unknown() {
    let f = Fixture::new();
    assert!(matches!(f.create("one").await.unwrap(), Created::Won));
    fs::remove_file(f.target()).unwrap();
    f.fs.fail(FsCall::SyncDir, EIO);
    let created = f.create("one").await.unwrap();
    assert!(matches!(created, Created::Unknown(_)), "{created:?}");
    assert_eq!(f.names(), ["snapshot-1"]);
}

#[tokio::test]
async fn overwriting_keeps_the_old_bytes_on_failure() {
    let f = Fixture::new();
    f.storage.overwrite("snapshot/LATEST", Bytes::from("1")).await.unwrap();
    for call in [FsCall::Write, FsCall::Rename] {
        f.fs.fail(call, ENOSPC);
        let err = f.storage.overwrite("snapshot/LATEST", Bytes::from("2")).await.unwrap_err();
        assert_eq!(err.kind(), ErrorKind::ResourceExhausted);
        assert_eq!(f.storage.read("snapshot/LATEST").await.unwrap(), "1");
        assert_eq!(f.names(), ["LATEST"]);
    }
    f.fs.heal();
    f.storage.overwrite("snapshot/LATEST", Bytes::from("2")).await.unwrap();
    assert_eq!(f.storage.read("snapshot/LATEST").await.unwrap(), "2");
}

#[tokio::test]
async fn a_new_file_is_never_half_written() {
    let f = Fixture::new();
    f.storage.write("snapshot/a", Bytes::from("aaaa")).await.unwrap();
    f.fs.fail(FsCall::Write, ENOSPC);
    let err = f.storage.write("snapshot/b", Bytes::from("bbbb")).await.unwrap_err();
    assert_eq!(err.kind(), ErrorKind::ResourceExhausted);
    f.fs.heal();
    assert_eq!(f.names(), ["a"]);
    let err = f.storage.write("snapshot/a", Bytes::from("cc")).await.unwrap_err();
    assert_eq!(err.kind(), ErrorKind::AlreadyExists);
    assert_eq!(f.storage.read("snapshot/a").await.unwrap(), "aaaa");
}

#[tokio::test]
async fn syncing_reports_the_disk_s_failure() {
    let f = Fixture::new();
    f.storage.write("p=1/bucket-0/d", Bytes::from("d")).await.unwrap();
    let files = ["p=1/bucket-0/d".to_owned()];
    f.storage.sync(&files).await.unwrap();
    for call in [FsCall::SyncFile, FsCall::SyncDir] {
        f.fs.fail(call, EIO);
        assert_eq!(f.storage.sync(&files).await.unwrap_err().kind(), ErrorKind::Unavailable);
    }
    f.fs.heal();
    let gone = ["p=1/bucket-0/gone".to_owned()];
    assert_eq!(f.storage.sync(&gone).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn without_fsync_nothing_is_synced() {
    let dir = TempDir::new().unwrap();
    let fs = FaultFs::default();
    fs.fail(FsCall::SyncDir, EIO);
    let storage = Storage::local_with(dir.path(), Arc::new(fs), false).unwrap();
    assert!(matches!(storage.create("a/b", Bytes::from("x")).await.unwrap(), Created::Won));
    storage.sync(&["a/b".to_owned()]).await.unwrap();
}

/// Eight threads race for every id; each id has one winner, and the winner's bytes.
#[test]
fn one_winner_per_id() {
    const THREADS: usize = 8;
    const IDS: usize = 100;
    let dir = TempDir::new().unwrap();
    let race = |thread: usize| {
        let dir = dir.path().join("snapshot");
        move || -> Vec<bool> {
            let attempt = |id: usize| {
                let bytes = format!("snapshot {id} of thread {thread}");
                let target = dir.join(format!("snapshot-{id}"));
                match create(&OsFs, &target, bytes.as_bytes(), false).unwrap() {
                    Created::Won => {
                        assert_eq!(fs::read_to_string(target).unwrap(), bytes);
                        true
                    }
                    Created::Lost => false,
                    Created::Unknown(e) => panic!("{e}"),
                }
            };
            (0..IDS).map(attempt).collect()
        }
    };
    let wins: Vec<Vec<bool>> = std::thread::scope(|s| {
        let threads: Vec<_> = (0..THREADS).map(|t| s.spawn(race(t))).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    for id in 0..IDS {
        assert_eq!(wins.iter().filter(|w| w[id]).count(), 1, "id {id}");
        let winner = wins.iter().position(|w| w[id]).unwrap();
        let held = fs::read_to_string(dir.path().join(format!("snapshot/snapshot-{id}"))).unwrap();
        assert_eq!(held, format!("snapshot {id} of thread {winner}"));
    }
    assert_eq!(fs::read_dir(dir.path().join("snapshot")).unwrap().count(), IDS);
}
