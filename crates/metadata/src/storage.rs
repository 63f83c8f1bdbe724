//! The only resolver of URLs and paths, and the only way to a table's files.

use crate::local::{LocalFs, OsFs};
use indexmap::IndexMap;
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use rimon_spec::{Error, Result};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

mod directories;
mod files;
mod resolve;

/// Greatest size of a file that is read as a whole, bytes.
pub(crate) const MAX_FILE: u64 = 256 << 20;

/// A directory on a store: an object store, a root in it, and, when it is the local file system,
/// the directory itself. Cheap to clone.
///
/// Paths given to its methods are relative to the root, `/`-separated, and taken as they are: `%`,
/// `=`, spaces, `:` and non-ASCII letters are neither encoded nor decoded, so that names are those
/// that Java writes. `.`, `..`, empty parts and control characters are [`Invalid`].
///
/// [`Invalid`]: rimon_spec::ErrorKind::Invalid
#[derive(Clone)]
pub struct Storage {
    store: Arc<dyn ObjectStore>,
    root: Path,
    local: Option<Arc<LocalRoot>>,
    url: Arc<str>,
}

#[derive(Debug, Clone)]
struct LocalRoot {
    dir: PathBuf,
    fs: Arc<dyn LocalFs>,
    sync: bool,
}

/// A file in a directory listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// Name within the directory.
    pub name: String,
    /// Bytes.
    pub size: u64,
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Storage").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Storage {
    /// Opens the directory named by a plain path (absolute, or relative to the current directory),
    /// a `file:` URL, or `memory://<name>` (shared by name within the process as long as somebody
    /// holds it). Nothing is read or created.
    ///
    /// `options` may hold `fs.local.fsync`: `commit` (default) or `off`.
    ///
    /// # Errors
    /// `Unsupported` for schemes that need a later build, by name; `Invalid` for bad paths and
    /// unknown options.
    pub fn open(location: &str, options: &IndexMap<String, String>) -> Result<Self> {
        let sync = resolve::fsync_option(options)?;
        match resolve::parse(location)? {
            resolve::Location::Local(dir) => Self::local_with(dir, Arc::new(OsFs), sync),
            resolve::Location::Memory { store, root } => {
                let url = format!("memory://{}", location.trim_start_matches("memory://"));
                Ok(Self { store, root, local: None, url: url.into() })
            }
        }
    }

    /// The local directory `dir`, which must be absolute.
    pub fn local(dir: impl Into<PathBuf>) -> Result<Self> {
        Self::local_with(dir, Arc::new(OsFs), true)
    }

    /// As [`Storage::local`], through a given file system; `sync`: whether writes are forced to disk.
    pub fn local_with(dir: impl Into<PathBuf>, fs: Arc<dyn LocalFs>, sync: bool) -> Result<Self> {
        let dir = dir.into();
        let text = dir
            .to_str()
            .ok_or_else(|| Error::invalid("the path is not UTF-8").with("path", dir.display()))?;
        let root = parse_path(text)?;
        let url = resolve::file_url(&dir)?;
        Ok(Self {
            store: Arc::new(LocalFileSystem::new()),
            root,
            local: Some(Arc::new(LocalRoot { dir, fs, sync })),
            url: url.into(),
        })
    }

    /// The directory `root` of a given store; `url` names it in messages.
    pub fn with_store(store: Arc<dyn ObjectStore>, root: Path, url: impl Into<String>) -> Self {
        Self { store, root, local: None, url: url.into().into() }
    }

    /// The directory `rel` below this one.
    pub fn child(&self, rel: &str) -> Result<Self> {
        let root = self.path(rel)?;
        let (local, url) = match self.file(rel)? {
            Some((l, dir)) => {
                let url = resolve::file_url(&dir)?;
                (Some(Arc::new(LocalRoot { dir, ..LocalRoot::clone(&l) })), url)
            }
            None => {
                let parent = self.url.trim_end_matches('/');
                (None, format!("{parent}/{}", parse_path(rel)?))
            }
        };
        Ok(Self { store: Arc::clone(&self.store), root, local, url: url.into() })
    }

    /// The store that [`Storage::path`] speaks of.
    pub fn object_store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }

    /// The path of `rel` in [`Storage::object_store`].
    pub fn path(&self, rel: &str) -> Result<Path> {
        let part = parse_path(rel)?;
        if part.is_root() {
            return Ok(self.root.clone());
        }
        if self.root.is_root() {
            return Ok(part);
        }
        parse_path(&format!("{}/{part}", self.root))
    }

    /// The URL of the root: `file://` and the path as it is, or `memory://…`. [`Storage::open`] takes
    /// it back.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The same, shared.
    pub(crate) fn shared_url(&self) -> Arc<str> {
        Arc::clone(&self.url)
    }

    /// The root for people: a path on the local file system, else the URL.
    pub fn location(&self) -> String {
        match &self.local {
            Some(l) => l.dir.display().to_string(),
            None => self.url.to_string(),
        }
    }

    /// The directory itself, on the local file system.
    pub fn local_dir(&self) -> Option<&std::path::Path> {
        self.local.as_ref().map(|l| l.dir.as_path())
    }

    /// The local file of `rel`, checked as [`Storage::path`] does.
    fn file(&self, rel: &str) -> Result<Option<(Arc<LocalRoot>, PathBuf)>> {
        match &self.local {
            None => Ok(None),
            Some(l) => {
                let part = parse_path(rel)?;
                let path = if part.is_root() { l.dir.clone() } else { l.dir.join(part.as_ref()) };
                Ok(Some((Arc::clone(l), path)))
            }
        }
    }
}

/// A store path, exactly as spelled.
fn parse_path(text: &str) -> Result<Path> {
    Path::parse(text).map_err(|e| {
        Error::invalid("not a usable path").with("path", text.escape_debug()).with_source(e)
    })
}

#[cfg(test)]
mod tests;
