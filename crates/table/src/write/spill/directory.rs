//! The private directory of one writer: gone with the writer, or, after a crash, with the next one that is made.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rimon_spec::{Error, Result};

/// What directories of this kind are called, before a name of their own.
const PREFIX: &str = "rimon-spill-";
/// The file that is locked as long as its directory is used.
const LOCK: &str = "lock";

/// Where a writer may spill, and how much.
#[derive(Debug, Clone)]
pub(crate) struct SpillSettings {
    /// The directory for temporary files.
    pub(crate) parent: PathBuf,
    /// `write-buffer-spill.max-disk-size`: bytes.
    pub(crate) max_bytes: u64,
    /// Makes a file; another one than [`File::create_new`] in tests.
    pub(crate) create: fn(&Path) -> io::Result<File>,
}

impl SpillSettings {
    /// In the system's directory for temporary files.
    pub(crate) fn in_temporary_files(max_bytes: u64) -> Self {
        Self { parent: std::env::temp_dir(), max_bytes, create: |path| File::create_new(path) }
    }
}

/// The directory of a writer, made when it is needed.
#[derive(Debug)]
pub(crate) struct Spills {
    settings: SpillSettings,
    name: String,
    made: Mutex<Option<Arc<SpillDirectory>>>,
}

impl Spills {
    /// Of a writer with a name that nobody else has.
    pub(crate) fn new(settings: SpillSettings, name: String) -> Self {
        Self { settings, name, made: Mutex::default() }
    }

    /// The directory. Blocks.
    ///
    /// # Errors
    /// As [`SpillDirectory::create`].
    pub(super) fn directory(&self) -> Result<Arc<SpillDirectory>> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        match made.as_ref() {
            Some(directory) => Ok(Arc::clone(directory)),
            None => {
                let new = SpillDirectory::create(self.settings.clone(), &self.name)?;
                Ok(Arc::clone(made.insert(Arc::new(new))))
            }
        }
    }

    /// Whether another file may be begun: the disk space that may be used is not used up.
    pub(super) fn has_room(&self) -> bool {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let used = made.as_ref().map_or(0, |d| d.used.load(Ordering::Relaxed));
        used < self.settings.max_bytes
    }
}

/// A directory that nobody else uses. Dropping it removes it with everything in it.
#[derive(Debug)]
pub(super) struct SpillDirectory {
    path: PathBuf,
    settings: SpillSettings,
    used: AtomicU64,
    files: AtomicU64,
    /// Held for its lock: the system releases it when the process ends, however it ends.
    _lock: File,
}

impl SpillDirectory {
    /// A new directory called after `name`, which nobody else may use. Directories of processes that are gone are
    /// removed first.
    ///
    /// # Errors
    /// `ResourceExhausted` when the disk is full, `Unavailable` when it cannot be made for another reason.
    pub(super) fn create(settings: SpillSettings, name: &str) -> Result<Self> {
        remove_abandoned(&settings.parent);
        let path = settings.parent.join(format!("{PREFIX}{name}"));
        let made = make(&path);
        let lock = made.map_err(|e| spill_error(e, &path))?;
        let (used, files) = (AtomicU64::new(0), AtomicU64::new(0));
        Ok(Self { path, settings, used, files, _lock: lock })
    }

    /// A new file with its path.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub(super) fn file(&self) -> Result<(File, PathBuf)> {
        let number = self.files.fetch_add(1, Ordering::Relaxed);
        let path = self.path.join(format!("rows-{number}"));
        let file = (self.settings.create)(&path).map_err(|e| spill_error(e, &path))?;
        Ok((file, path))
    }

    pub(super) fn grow(&self, bytes: u64) {
        self.used.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn shrink(&self, bytes: u64) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Drop for SpillDirectory {
    fn drop(&mut self) {
        if let Err(err) = fs::remove_dir_all(&self.path) {
            tracing::warn!(path = %self.path.display(), %err, "spilled rows are left behind");
        }
    }
}

/// The directory with its lock taken. It has its name only then: who finds it without a lock may remove it.
fn make(path: &Path) -> io::Result<File> {
    let hidden = path.with_extension("new");
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&hidden)?;
    let locked = File::create_new(hidden.join(LOCK)).and_then(|lock| {
        lock.lock()?;
        fs::rename(&hidden, path)?;
        Ok(lock)
    });
    if locked.is_err() {
        let _ = fs::remove_dir_all(&hidden);
    }
    locked
}

/// Removes the directories whose processes are gone. What cannot be looked at or removed stays.
fn remove_abandoned(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let Ok(lock) = File::open(entry.path().join(LOCK)) else { continue };
        let beginning = entry.path().extension().is_some();
        if ours && !beginning && !matches!(lock.try_lock(), Err(TryLockError::WouldBlock)) {
            let removed = fs::remove_dir_all(entry.path());
            tracing::debug!(path = %entry.path().display(), ?removed, "an abandoned spill directory");
        }
    }
}

/// What went wrong with the file or directory at `path`.
pub(super) fn spill_error(error: io::Error, path: &Path) -> Error {
    use io::ErrorKind as Kind;
    let made = match error.kind() {
        Kind::StorageFull | Kind::QuotaExceeded => Error::exhausted("no space left to spill rows")
            .with_hint("'write-buffer-spillable' = 'false' writes small data files instead"),
        _ => Error::unavailable("rows cannot be spilled to the local disk"),
    };
    made.with("file", path.display()).with_source(error)
}
