//! A local file system whose calls fail on command.

use crate::{LocalFs, OsFs};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// A call of [`LocalFs`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FsCall {
    /// [`LocalFs::write_new`]; leaves half of the bytes behind when it fails.
    Write,
    /// [`LocalFs::link`], without effect when it fails.
    Link,
    /// [`LocalFs::link`], with its effect when it fails.
    LinkAfter,
    /// [`LocalFs::rename`]
    Rename,
    /// [`LocalFs::sync_file`]
    SyncFile,
    /// [`LocalFs::sync_dir`]
    SyncDir,
    /// [`LocalFs::create_dir_all`]
    CreateDir,
}

/// The operating system's file system, with at most one kind of call that fails.
#[derive(Debug, Clone, Default)]
pub struct FaultFs {
    fault: Arc<Mutex<Option<(FsCall, i32)>>>,
}

impl FaultFs {
    /// From now on `call` fails with the system's error number `errno`.
    pub fn fail(&self, call: FsCall, errno: i32) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some((call, errno));
    }

    /// From now on everything works.
    pub fn heal(&self) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn check(&self, call: FsCall) -> io::Result<()> {
        match *self.fault.lock().unwrap_or_else(PoisonError::into_inner) {
            Some((faulty, errno)) if faulty == call => Err(io::Error::from_raw_os_error(errno)),
            _ => Ok(()),
        }
    }
}

impl LocalFs for FaultFs {
    fn write_new(&self, path: &Path, bytes: &[u8], sync: bool) -> io::Result<()> {
        if let Err(e) = self.check(FsCall::Write) {
            let half = bytes.get(..bytes.len() / 2).unwrap_or_default();
            OsFs.write_new(path, half, false)?;
            return Err(e);
        }
        OsFs.write_new(path, bytes, sync)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.check(FsCall::Link)?;
        OsFs.link(from, to)?;
        self.check(FsCall::LinkAfter)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.check(FsCall::Rename)?;
        OsFs.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        OsFs.remove(path)
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        self.check(FsCall::SyncFile)?;
        OsFs.sync_file(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.check(FsCall::SyncDir)?;
        OsFs.sync_dir(dir)
    }

    fn create_dir_all(&self, dir: &Path) -> io::Result<()> {
        self.check(FsCall::CreateDir)?;
        OsFs.create_dir_all(dir)
    }
}
