//! Single files of a [`Storage`].

use super::{MAX_FILE, Storage};
use crate::failure::{blocking, of_io, of_store};
use crate::local;
use crate::object::{self, Created};
use bytes::Bytes;
use object_store::ObjectStoreExt;
use rimon_spec::{Error, Result};
use std::ops::Range;

impl Storage {
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

    /// Bytes `range` of the file `rel`, fewer where the file ends before.
    ///
    /// # Errors
    /// `NotFound`; `ResourceExhausted` for more than 256 MiB; what the store says.
    pub async fn read_range(&self, rel: &str, range: Range<u64>) -> Result<Bytes> {
        let length = range.end.saturating_sub(range.start);
        if length > MAX_FILE {
            return Err(object::too_large(rel, length, MAX_FILE));
        }
        match self.file(rel)? {
            Some((_, path)) => {
                blocking(move || local::read_range(&path, range).map(Bytes::from)).await
            }
            None => {
                let path = self.path(rel)?;
                let read = self.store.get_range(&path, range).await;
                read.map_err(|e| of_store(e, "read", path))
            }
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
        self.write_new(rel, bytes, true).await
    }

    /// As [`Storage::write`], durable only after [`Storage::sync`] of the file.
    pub(crate) async fn write_unsynced(&self, rel: &str, bytes: Bytes) -> Result<()> {
        self.write_new(rel, bytes, false).await
    }

    async fn write_new(&self, rel: &str, bytes: Bytes, durable: bool) -> Result<()> {
        match self.file(rel)? {
            Some((l, path)) => {
                let sync = durable && l.sync;
                blocking(move || local::write_new(&*l.fs, &path, &bytes, sync)).await
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

    /// Forces files that were written through [`Storage::object_store`], or not forced so far, to disk, together with
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
}
