//! Directories of a [`Storage`]: listing, creating, renaming, deleting.

use super::{FileEntry, Storage, parse_path};
use crate::failure::{blocking, of_io, of_store};
use crate::local::LocalFs;
use futures::{StreamExt, TryStreamExt};
use object_store::ObjectStoreExt;
use object_store::path::Path;
use rimon_spec::{Error, Result};
use std::io;
use std::time::SystemTime;

impl Storage {
    /// The files directly in the directory `rel`, by name; none if it is not there.
    pub async fn list(&self, rel: &str) -> Result<Vec<FileEntry>> {
        let mut files = match self.file(rel)? {
            Some((_, path)) => blocking(move || list_local(&path)).await?.files,
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
            Some((_, path)) => blocking(move || list_local(&path)).await?.dirs,
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

    /// When the directory `rel` was last changed; on stores without directories, when the first of
    /// the files below it was written. `None` if it is not there.
    pub(crate) async fn dir_modified(&self, rel: &str) -> Result<Option<SystemTime>> {
        if self.file(rel)?.is_some() {
            return Ok(self.modified(rel).await);
        }
        let path = self.path(rel)?;
        let files = self.store.list(Some(&path)).map_ok(|o| SystemTime::from(o.last_modified));
        let times: Vec<SystemTime> =
            files.try_collect().await.map_err(|e| of_store(e, "list", path))?;
        Ok(times.into_iter().min())
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
            return blocking(move || rename_dir(&*l.fs, &old, &new)).await;
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

/// A number as Java prints it: no sign but minus, no leading zeros.
fn parse_id(text: &str) -> Option<i64> {
    let id: i64 = text.parse().ok()?;
    (id >= 0 && id.to_string() == text).then_some(id)
}

/// What is directly in a local directory.
#[derive(Default)]
struct Listing {
    files: Vec<FileEntry>,
    dirs: Vec<String>,
}

/// Lists a directory; one that is not there is empty, any other failure is an error, so that a
/// missing permission never looks like an empty table.
fn list_local(dir: &std::path::Path) -> Result<Listing> {
    let failed = |e| of_io(e, "list", dir.display());
    let mut listing = Listing::default();
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(listing),
        Err(e) => return Err(failed(e)),
    };
    for entry in entries {
        let entry = entry.map_err(failed)?;
        // Names that are not UTF-8 are not of the table format.
        let Ok(name) = entry.file_name().into_string() else { continue };
        // Follows links; a file that is deleted meanwhile is not there.
        match std::fs::metadata(entry.path()) {
            Ok(meta) if meta.is_dir() => listing.dirs.push(name),
            Ok(meta) => listing.files.push(FileEntry { name, size: meta.len() }),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(failed(e)),
        }
    }
    Ok(listing)
}

/// Renames a directory; a directory with content is never replaced.
fn rename_dir(fs: &dyn LocalFs, from: &std::path::Path, to: &std::path::Path) -> Result<()> {
    if to.exists() {
        return Err(
            Error::already_exists("the directory is already there").with("directory", to.display())
        );
    }
    fs.rename(from, to).map_err(|e| of_io(e, "rename the directory", from.display()))
}
