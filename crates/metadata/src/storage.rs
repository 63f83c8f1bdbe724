//! The only resolver of URLs and paths, and the only way to a table's files.

use crate::failure::{blocking, of_io, of_store};
use crate::local::{self, LocalFs, OsFs};
use crate::object::{self, Created};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use indexmap::IndexMap;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use rimon_spec::{Error, Result};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

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
        let local = match &self.local {
            None => None,
            Some(l) => Some(Arc::new(LocalRoot { dir: l.dir.join(rel), ..LocalRoot::clone(l) })),
        };
        let url = match &local {
            Some(l) => resolve::file_url(&l.dir)?,
            None => format!("{}/{}", self.url.trim_end_matches('/'), rel.trim_matches('/')),
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

    /// The URL of the root, percent-encoded for `file:`.
    pub fn url(&self) -> &str {
        &self.url
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

    /// The whole file `rel`, at most 256 MiB of it.
    ///
    /// # Errors
    /// `NotFound`; `ResourceExhausted` above the limit; what the store says.
    pub async fn read(&self, rel: &str) -> Result<Bytes> {
        self.read_limited(rel, MAX_FILE).await
    }

    /// The whole file `rel`, which must not be larger than `limit` bytes.
    pub async fn read_limited(&self, rel: &str, limit: u64) -> Result<Bytes> {
        match self.file(rel)? {
            Some((_, path)) => blocking(move || local::read(&path, limit).map(Bytes::from)).await,
            None => object::read(&*self.store, &self.path(rel)?, limit).await,
        }
    }

    /// Creates `rel` with `bytes` if it is not there, atomically; directories as needed.
    ///
    /// # Errors
    /// Only when nothing was created for certain. What cannot be said for certain is
    /// [`Created::Unknown`].
    pub async fn create(&self, rel: &str, bytes: Bytes) -> Result<Created> {
        match self.file(rel)? {
            Some((l, path)) => blocking(move || local::create(&*l.fs, &path, &bytes, l.sync)).await,
            None => object::create(&*self.store, &self.path(rel)?, &bytes).await,
        }
    }

    /// Writes `rel`, whose name nobody else uses (it carries a uuid). Its content is durable
    /// afterwards, its name after [`Storage::sync_dir`].
    ///
    /// # Errors
    /// `AlreadyExists`; on any other error what was written is removed as far as possible.
    pub async fn write(&self, rel: &str, bytes: Bytes) -> Result<()> {
        match self.file(rel)? {
            Some((l, path)) => {
                blocking(move || local::write_new(&*l.fs, &path, &bytes, l.sync)).await
            }
            None => match object::create(&*self.store, &self.path(rel)?, &bytes).await? {
                Created::Won => Ok(()),
                Created::Lost => {
                    Err(Error::already_exists("a new file has a name that is taken")
                        .with("file", rel))
                }
                Created::Unknown(err) => Err(err),
            },
        }
    }

    /// Replaces or creates `rel` as a whole: readers see the old bytes or the new.
    pub async fn overwrite(&self, rel: &str, bytes: Bytes) -> Result<()> {
        self.put(rel, bytes, true).await
    }

    /// As [`Storage::overwrite`], for content that may be lost in a crash.
    pub(crate) async fn overwrite_volatile(&self, rel: &str, bytes: Bytes) -> Result<()> {
        self.put(rel, bytes, false).await
    }

    async fn put(&self, rel: &str, bytes: Bytes, durable: bool) -> Result<()> {
        match self.file(rel)? {
            Some((l, path)) => {
                let sync = durable && l.sync;
                blocking(move || local::overwrite(&*l.fs, &path, &bytes, sync)).await
            }
            None => {
                let path = self.path(rel)?;
                let put = self.store.put(&path, bytes.into()).await;
                put.map(drop).map_err(|e| of_store(e, "overwrite", path))
            }
        }
    }

    /// Forces files that were written through [`Storage::object_store`] to disk, together with
    /// the names of their directories. Does nothing on stores where a finished put is durable.
    pub async fn sync(&self, rels: &[String]) -> Result<()> {
        let Some(l) = self.local.clone().filter(|l| l.sync) else { return Ok(()) };
        let mut paths = Vec::with_capacity(rels.len());
        for rel in rels {
            paths.extend(self.file(rel)?.map(|(_, path)| path));
        }
        blocking(move || local::sync(&*l.fs, &l.dir, &paths)).await
    }

    /// Forces the names in the directory `rel` to disk, where that is needed.
    pub async fn sync_dir(&self, rel: &str) -> Result<()> {
        match self.file(rel)? {
            Some((l, path)) if l.sync => {
                blocking(move || {
                    l.fs.sync_dir(&path).map_err(|e| of_io(e, "force to disk the", path.display()))
                })
                .await
            }
            _ => Ok(()),
        }
    }

    /// Whether the file or directory `rel` is there (on object stores: the object).
    pub async fn exists(&self, rel: &str) -> Result<bool> {
        Ok(self.size(rel).await?.is_some())
    }

    /// The bytes of the file `rel`, `None` if it is not there.
    pub async fn size(&self, rel: &str) -> Result<Option<u64>> {
        match self.file(rel)? {
            Some((_, path)) => {
                blocking(move || match std::fs::metadata(&path) {
                    Ok(meta) => Ok(Some(meta.len())),
                    Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
                    Err(e) => Err(of_io(e, "look at", path.display())),
                })
                .await
            }
            None => {
                let path = self.path(rel)?;
                match self.store.head(&path).await {
                    Ok(meta) => Ok(Some(meta.size)),
                    Err(object_store::Error::NotFound { .. }) => Ok(None),
                    Err(e) => Err(of_store(e, "look at", path)),
                }
            }
        }
    }

    /// When the file `rel` was last changed, if the store can tell. `None` if it is not there.
    pub(crate) async fn modified(&self, rel: &str) -> Option<std::time::SystemTime> {
        let (_, path) = self.file(rel).ok()??;
        let read = move || Ok(std::fs::metadata(&path).and_then(|m| m.modified()).ok());
        blocking(read).await.ok()?
    }

    /// The files directly in the directory `rel`, by name; none if it is not there.
    pub async fn list(&self, rel: &str) -> Result<Vec<FileEntry>> {
        let mut files = match self.file(rel)? {
            Some((_, path)) => blocking(move || resolve::list_local(&path)).await?.files,
            None => {
                let path = self.path(rel)?;
                let listed = self.store.list_with_delimiter(Some(&path)).await;
                let listed = listed.map_err(|e| of_store(e, "list", path))?;
                let entry = |o: object_store::ObjectMeta| {
                    o.location.filename().map(|n| FileEntry { name: n.to_owned(), size: o.size })
                };
                listed.objects.into_iter().filter_map(entry).collect()
            }
        };
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(files)
    }

    /// The directories directly in the directory `rel`, by name; none if it is not there.
    pub async fn list_dirs(&self, rel: &str) -> Result<Vec<String>> {
        let mut dirs = match self.file(rel)? {
            Some((_, path)) => blocking(move || resolve::list_local(&path)).await?.dirs,
            None => {
                let path = self.path(rel)?;
                let listed = self.store.list_with_delimiter(Some(&path)).await;
                let listed = listed.map_err(|e| of_store(e, "list", path))?;
                let name = |p: Path| p.filename().map(str::to_owned);
                listed.common_prefixes.into_iter().filter_map(name).collect()
            }
        };
        dirs.sort();
        Ok(dirs)
    }

    /// The ids of the files `<prefix><id>` in the directory `rel`, ascending. Names whose rest is
    /// not a canonical decimal number, such as temporary files, are not of that kind.
    pub async fn list_ids(&self, rel: &str, prefix: &str) -> Result<Vec<i64>> {
        let files = self.list(rel).await?;
        let mut ids: Vec<i64> =
            files.iter().filter_map(|f| parse_id(f.name.strip_prefix(prefix)?)).collect();
        ids.sort_unstable();
        Ok(ids)
    }

    /// Creates the directory `rel` where directories exist of themselves.
    pub async fn create_dir(&self, rel: &str) -> Result<()> {
        match self.file(rel)? {
            None => Ok(()),
            Some((l, path)) => {
                blocking(move || {
                    l.fs.create_dir_all(&path)
                        .map_err(|e| of_io(e, "create the directory", path.display()))
                })
                .await
            }
        }
    }

    /// Deletes the file `rel`; that it is not there is no error.
    pub async fn delete(&self, rel: &str) -> Result<()> {
        match self.file(rel)? {
            Some((l, path)) => {
                blocking(move || match l.fs.remove(&path) {
                    Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                        Err(of_io(e, "delete", path.display()))
                    }
                    _ => Ok(()),
                })
                .await
            }
            None => {
                let path = self.path(rel)?;
                match self.store.delete(&path).await {
                    Err(object_store::Error::NotFound { .. }) | Ok(()) => Ok(()),
                    Err(e) => Err(of_store(e, "delete", path)),
                }
            }
        }
    }

    /// Deletes the directory `rel` and all below it; links are removed, not followed.
    pub async fn delete_dir(&self, rel: &str) -> Result<()> {
        match self.file(rel)? {
            Some((_, path)) => {
                blocking(move || match std::fs::remove_dir_all(&path) {
                    Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                        Err(of_io(e, "delete the directory", path.display()))
                    }
                    _ => Ok(()),
                })
                .await
            }
            None => {
                for path in self.walk(rel).await? {
                    let gone = self.store.delete(&path).await;
                    gone.map_err(|e| of_store(e, "delete", &path))?;
                }
                Ok(())
            }
        }
    }

    /// Gives the directory `from` the name `to`, which must not be in use. Stores without
    /// directories copy and delete, and only the one in memory is asked to.
    pub async fn rename_dir(&self, from: &str, to: &str) -> Result<()> {
        if let (Some((l, old)), Some((_, new))) = (self.file(from)?, self.file(to)?) {
            return blocking(move || resolve::rename_dir(&*l.fs, &old, &new)).await;
        }
        if !self.url.starts_with("memory:") {
            return Err(Error::unsupported("directories cannot be renamed on an object store"));
        }
        let (old, new) = (self.path(from)?, self.path(to)?);
        for path in self.walk(from).await? {
            let rest = path.as_ref().strip_prefix(old.as_ref()).unwrap_or_default();
            let target = parse_path(&format!("{new}{rest}"))?;
            let moved = self.store.rename(&path, &target).await;
            moved.map_err(|e| of_store(e, "rename", &path))?;
        }
        Ok(())
    }

    async fn walk(&self, rel: &str) -> Result<Vec<Path>> {
        let root = self.path(rel)?;
        let listed = self.store.list(Some(&root)).map(|o| o.map(|o| o.location));
        listed.try_collect().await.map_err(|e| of_store(e, "list", root))
    }
}

/// A store path, exactly as spelled.
fn parse_path(text: &str) -> Result<Path> {
    Path::parse(text).map_err(|e| {
        Error::invalid("not a usable path").with("path", text.escape_debug()).with_source(e)
    })
}

/// A number as Java prints it: no sign but minus, no leading zeros.
fn parse_id(text: &str) -> Option<i64> {
    let id: i64 = text.parse().ok()?;
    (id >= 0 && id.to_string() == text).then_some(id)
}

#[cfg(test)]
mod tests;
