//! Files of the local file system: the atomic create, the overwrite, and what makes them durable.

use crate::failure::of_io;
use crate::object::Created;
use rimon_spec::{Error, Result};
use std::fmt::Debug;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The system calls that change a table's directory; a seam for fault tests.
///
/// Each call either does what it says or returns the system's error; none of them retries.
pub trait LocalFs: Debug + Send + Sync {
    /// Creates `path`, which must not exist, writes `bytes`, and forces them to disk if `sync`.
    fn write_new(&self, path: &Path, bytes: &[u8], sync: bool) -> io::Result<()>;
    /// Gives the file `from` the second name `to`; fails if `to` exists (`link(2)`).
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Renames, replacing a file `to`.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes the file `path`.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Forces the content of a file to disk.
    fn sync_file(&self, path: &Path) -> io::Result<()>;
    /// Forces the entries of a directory to disk.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
    /// Creates a directory and those above it.
    fn create_dir_all(&self, dir: &Path) -> io::Result<()>;
}

/// The operating system's file system.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsFs;

impl LocalFs for OsFs {
    fn write_new(&self, path: &Path, bytes: &[u8], sync: bool) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        file.write_all(bytes)?;
        if sync {
            file.sync_all()?;
        }
        Ok(())
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(from, to)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        File::open(dir)?.sync_all()
    }

    fn create_dir_all(&self, dir: &Path) -> io::Result<()> {
        fs::create_dir_all(dir)
    }
}

/// `.<name>.<uuid>.tmp` beside `target`, as Java names its temporary files (`Path.java`).
fn temporary(target: &Path) -> Result<PathBuf> {
    let name = target
        .file_name()
        .and_then(|n| n.to_str())
        .ok_or_else(|| Error::invalid("not a file name").with("file", target.display()))?;
    Ok(target.with_file_name(format!(".{name}.{}.tmp", uuid::Uuid::new_v4())))
}

/// Files and directories that are forced to disk at a time.
const SYNC_THREADS: usize = 8;

fn parent(target: &Path) -> &Path {
    target.parent().unwrap_or(target)
}

/// Creates the directories above `target` and makes their names durable if `sync`.
fn create_parents(fs: &dyn LocalFs, target: &Path, sync: bool) -> Result<()> {
    let dir = parent(target);
    let mut missing = Vec::new();
    let mut at = dir;
    while !at.exists() {
        missing.push(at.to_path_buf());
        match at.parent() {
            Some(up) => at = up,
            None => break,
        }
    }
    fs.create_dir_all(dir).map_err(|e| of_io(e, "create the directory of", target.display()))?;
    if sync {
        for made in missing.iter().rev() {
            fs.sync_dir(parent(made)).map_err(|e| of_io(e, "sync", made.display()))?;
        }
    }
    Ok(())
}

/// Writes `path`, which nobody else knows of, creating its directory when that is missing; removes
/// what was written when it fails.
pub(crate) fn write_new(fs: &dyn LocalFs, path: &Path, bytes: &[u8], sync: bool) -> Result<()> {
    let first = fs.write_new(path, bytes, sync);
    let result = match first {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            create_parents(fs, path, sync)?;
            fs.write_new(path, bytes, sync)
        }
        other => other,
    };
    result.map_err(|e| {
        if e.kind() != io::ErrorKind::AlreadyExists {
            discard(fs, path);
        }
        of_io(e, "write", path.display())
    })
}

/// Removes a file that no longer matters; that this may fail changes nothing.
fn discard(fs: &dyn LocalFs, path: &Path) {
    if let Err(err) = fs.remove(path)
        && err.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(file = %path.display(), %err, "a temporary file is left behind");
    }
}

/// Creates `target` with `bytes` if it is not there: temporary file, fsync, hard link, fsync of the
/// directory. A reader sees the whole file or none.
pub(crate) fn create(fs: &dyn LocalFs, target: &Path, bytes: &[u8], sync: bool) -> Result<Created> {
    let temp = temporary(target)?;
    write_new(fs, &temp, bytes, sync)?;
    let linked = fs.link(&temp, target);
    discard(fs, &temp);
    match linked {
        Ok(()) => Ok(make_durable(fs, target, sync)),
        Err(err) => resolve(fs, target, bytes, sync, err),
    }
}

/// The link is visible; without its directory on disk a crash may still undo it.
fn make_durable(fs: &dyn LocalFs, target: &Path, sync: bool) -> Created {
    if !sync {
        return Created::Won;
    }
    match fs.sync_dir(parent(target)) {
        Ok(()) => Created::Won,
        Err(e) => Created::Unknown(of_io(e, "force to disk the directory of", target.display())),
    }
}

/// Says what became of a link that failed: some file systems (NFS) report the failure of a
/// repeated call whose first try was applied.
fn resolve(
    fs: &dyn LocalFs,
    target: &Path,
    bytes: &[u8],
    sync: bool,
    err: io::Error,
) -> Result<Created> {
    match read(target, bytes.len() as u64 + 1) {
        Ok(found) if found == bytes => Ok(make_durable(fs, target, sync)),
        Ok(_) => Ok(Created::Lost),
        // Larger than ours, so not ours.
        Err(e) if e.kind() == rimon_spec::ErrorKind::ResourceExhausted => Ok(Created::Lost),
        Err(e) if e.kind() == rimon_spec::ErrorKind::NotFound => match err.kind() {
            // Somebody had it and it is gone again; ours it never was.
            io::ErrorKind::AlreadyExists => Ok(Created::Lost),
            _ => Err(link_failure(err, target)),
        },
        Err(_) => Ok(Created::Unknown(of_io(err, "create", target.display()))),
    }
}

fn link_failure(err: io::Error, target: &Path) -> Error {
    // EPERM and EOPNOTSUPP: the file system has no hard links.
    if matches!(err.raw_os_error(), Some(1 | 95)) || err.kind() == io::ErrorKind::Unsupported {
        return Error::unsupported("this file system has no hard links, which a safe commit needs")
            .with("file", target.display())
            .with_source(err);
    }
    of_io(err, "create", target.display())
}

/// Replaces `target` as a whole: a reader sees the old bytes or the new ones.
pub(crate) fn overwrite(fs: &dyn LocalFs, target: &Path, bytes: &[u8], sync: bool) -> Result<()> {
    let temp = temporary(target)?;
    write_new(fs, &temp, bytes, sync)?;
    fs.rename(&temp, target).map_err(|e| {
        discard(fs, &temp);
        of_io(e, "overwrite", target.display())
    })?;
    if sync {
        fs.sync_dir(parent(target)).map_err(|e| of_io(e, "sync", target.display()))?;
    }
    Ok(())
}

/// The whole file, which must not be larger than `limit` bytes.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let failed = |e| of_io(e, "read", path.display());
    let file = File::open(path).map_err(failed)?;
    let meta = file.metadata().map_err(failed)?;
    if meta.is_dir() {
        return Err(
            Error::invalid("a directory where a file should be").with("file", path.display())
        );
    }
    if meta.len() > limit {
        return Err(crate::object::too_large(path.display(), meta.len(), limit));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or_default());
    // One byte more than allowed tells a file that grew meanwhile.
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(crate::object::too_large(path.display(), bytes.len() as u64, limit));
    }
    Ok(bytes)
}

/// Bytes `range` of a file, fewer where it ends before.
pub(crate) fn read_range(path: &Path, range: Range<u64>) -> Result<Vec<u8>> {
    let failed = |e| of_io(e, "read", path.display());
    let mut file = File::open(path).map_err(failed)?;
    file.seek(SeekFrom::Start(range.start)).map_err(failed)?;
    let mut bytes = Vec::new();
    let length = range.end.saturating_sub(range.start);
    file.take(length).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// Forces files, their directories, and the directories up to `root` to disk, each once. They go together: what waits
/// at the same time for the disk shares its round trips.
pub(crate) fn sync(fs: &dyn LocalFs, root: &Path, files: &[PathBuf]) -> Result<()> {
    let mut dirs = std::collections::BTreeSet::new();
    for file in files {
        let mut at = file.parent();
        while let Some(dir) = at.filter(|d| d.starts_with(root)) {
            if !dirs.insert(dir.to_path_buf()) {
                break;
            }
            at = dir.parent();
        }
    }
    let failed = |e, path: &Path| of_io(e, "force to disk the", path.display());
    let files = files.iter().map(|file| (file.as_path(), true));
    let all: Vec<(&Path, bool)> = files.chain(dirs.iter().map(|d| (d.as_path(), false))).collect();
    let one = |(path, is_file): &(&Path, bool)| {
        let done = if *is_file { fs.sync_file(path) } else { fs.sync_dir(path) };
        done.map_err(|e| failed(e, path))
    };
    let share = all.len().div_ceil(SYNC_THREADS).max(1);
    std::thread::scope(|scope| {
        let parts = all.chunks(share).map(|part| scope.spawn(|| part.iter().try_for_each(one)));
        let parts: Vec<_> = parts.collect();
        let ended = parts.into_iter().map(|part| {
            part.join().unwrap_or_else(|_| Err(Error::internal("a thread that syncs files died")))
        });
        ended.collect::<Vec<_>>().into_iter().collect()
    })
}

#[cfg(test)]
mod tests;
