//! Reading manifest lists, manifests and index manifests: format.md §6.

use crate::failure::blocking;
use crate::manifest_cache::{Entries, FileKey};
use crate::manifest_writer::{ManifestWriter, ManifestWriterOptions};
use crate::{Layout, ManifestCache, Storage};
use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use rimon_spec::manifest::codec;
use rimon_spec::{Error, ErrorKind, IndexManifestEntry, ManifestFileMeta, Result, Snapshot};
use std::fmt;
use std::sync::Arc;

/// Greatest sizes, bytes.
const MAX_LIST: u64 = 64 << 20;
const MAX_MANIFEST: u64 = 256 << 20;
/// Manifests read at a time.
const CONCURRENT_READS: usize = 8;

/// The manifests of a table, shared by its branches. What was decoded is kept in a [`ManifestCache`],
/// which clones share.
#[derive(Debug, Clone)]
pub struct ManifestStore {
    storage: Storage,
    layout: Layout,
    cache: ManifestCache,
    formats: Option<Arc<dyn ManifestFormats>>,
}

/// Reads manifests of other formats than Avro (`manifest.format`): a port, as formats of data files are beyond this
/// crate.
#[async_trait]
pub trait ManifestFormats: fmt::Debug + Send + Sync {
    /// The records of the ORC or Parquet file `name` as an Avro file.
    ///
    /// # Errors
    /// `Corrupt` for a damaged file, `Unsupported` for one that cannot be read.
    async fn as_avro(&self, bytes: Bytes, name: &str) -> Result<Bytes>;
}

impl ManifestStore {
    /// The manifests of the table at `storage`.
    pub fn new(storage: Storage) -> Self {
        Self { storage, layout: Layout::default(), cache: ManifestCache::default(), formats: None }
    }

    /// The same with a cache that others use too.
    #[must_use]
    pub fn with_cache(mut self, cache: ManifestCache) -> Self {
        self.cache = cache;
        self
    }

    /// The same, reading manifests of other formats with `formats`.
    #[must_use]
    pub fn with_formats(mut self, formats: Arc<dyn ManifestFormats>) -> Self {
        self.formats = Some(formats);
        self
    }

    /// A writer of new files; `uuid` makes their names unique.
    pub fn writer(
        &self,
        uuid: impl Into<String>,
        options: ManifestWriterOptions,
    ) -> ManifestWriter {
        ManifestWriter::new(self.storage.clone(), uuid.into(), options)
    }

    /// The manifests that `snapshot` sees: those of its base list, then those of its delta list.
    pub async fn data_manifests(&self, snapshot: &Snapshot) -> Result<Vec<ManifestFileMeta>> {
        let (mut base, delta) =
            futures::try_join!(self.base_manifests(snapshot), self.delta_manifests(snapshot))?;
        base.extend(delta);
        Ok(base)
    }

    /// The manifests of everything before `snapshot`.
    pub async fn base_manifests(&self, snapshot: &Snapshot) -> Result<Vec<ManifestFileMeta>> {
        let list = self.read_list(&snapshot.base_manifest_list, snapshot.base_manifest_list_size);
        list.await.map_err(|e| of_snapshot(e, snapshot))
    }

    /// The manifests of what `snapshot` changed.
    pub async fn delta_manifests(&self, snapshot: &Snapshot) -> Result<Vec<ManifestFileMeta>> {
        let list = self.read_list(&snapshot.delta_manifest_list, snapshot.delta_manifest_list_size);
        list.await.map_err(|e| of_snapshot(e, snapshot))
    }

    /// The manifests of the changelog files of `snapshot`; none if it has none.
    pub async fn changelog_manifests(&self, snapshot: &Snapshot) -> Result<Vec<ManifestFileMeta>> {
        match &snapshot.changelog_manifest_list {
            None => Ok(Vec::new()),
            Some(name) => {
                let list = self.read_list(name, snapshot.changelog_manifest_list_size);
                list.await.map_err(|e| of_snapshot(e, snapshot))
            }
        }
    }

    /// The index files that `snapshot` sees; none if it has none.
    pub async fn index_entries(&self, snapshot: &Snapshot) -> Result<Vec<IndexManifestEntry>> {
        match &snapshot.index_manifest {
            None => Ok(Vec::new()),
            Some(name) => self.read_index(name).await.map_err(|e| of_snapshot(e, snapshot)),
        }
    }

    /// The manifest list `name`; `size` is what the snapshot says, in bytes.
    pub async fn read_list(&self, name: &str, size: Option<i64>) -> Result<Vec<ManifestFileMeta>> {
        let key = FileKey::new(&self.storage, name, size);
        if let Some(metas) = self.cache.list(&key) {
            return Ok(metas.as_ref().clone());
        }
        let (path, bytes) = self.read_file(name, size, MAX_LIST).await?;
        let metas = blocking(move || codec::decode_manifest_list(&bytes, &path)).await?;
        self.cache.keep_list(key, Arc::new(metas.clone()));
        Ok(metas)
    }

    /// The index manifest `name`.
    pub async fn read_index(&self, name: &str) -> Result<Vec<IndexManifestEntry>> {
        let (path, bytes) = self.read_file(name, None, MAX_MANIFEST).await?;
        blocking(move || codec::decode_manifest_index(&bytes, &path)).await
    }

    /// The entries of one manifest, in file order; kept for the next reader.
    pub async fn read_manifest(&self, meta: &ManifestFileMeta) -> Result<Entries> {
        let key = FileKey::new(&self.storage, &meta.file_name, Some(meta.file_size));
        if let Some(entries) = self.cache.manifest(&key) {
            return Ok(entries);
        }
        let (path, bytes) =
            self.read_file(&meta.file_name, Some(meta.file_size), MAX_MANIFEST).await?;
        let at = path.clone();
        let entries = blocking(move || codec::decode_manifest(&bytes, &at)).await?;
        let declared = meta.num_added_files.saturating_add(meta.num_deleted_files);
        if i64::try_from(entries.len()).ok() != Some(declared) {
            let message =
                format!("a manifest has {} entries, its list says {declared}", entries.len());
            return Err(Error::corrupt(message).with("file", path));
        }
        let entries = Arc::new(entries);
        self.cache.keep_manifest(key, Arc::clone(&entries));
        Ok(entries)
    }

    /// The entries of many manifests, in the order given, read and decoded concurrently.
    pub async fn read_manifests(&self, metas: &[ManifestFileMeta]) -> Result<Vec<Entries>> {
        let reads =
            stream::iter(metas.to_vec()).map(|meta| async move { self.read_manifest(&meta).await });
        reads.buffered(CONCURRENT_READS).try_collect().await
    }

    async fn read_file(
        &self,
        name: &str,
        size: Option<i64>,
        limit: u64,
    ) -> Result<(String, Bytes)> {
        let path = self.layout.manifest(name).map_err(|e| {
            Error::corrupt("a snapshot or list names a file outside its directory").with_source(e)
        })?;
        let bytes = self.storage.read_limited(&path, limit).await.map_err(|e| self.missing(e))?;
        if size.is_some_and(|size| i64::try_from(bytes.len()).ok() != Some(size)) {
            let message = format!(
                "a file has {} bytes where {} were written",
                bytes.len(),
                size.unwrap_or_default()
            );
            return Err(Error::corrupt(message).with("file", path));
        }
        let bytes = match (other_format(&bytes), &self.formats) {
            (None, _) => bytes,
            (Some(_), Some(formats)) => formats.as_avro(bytes, &path).await?,
            (Some(format), None) => {
                let message = format!("manifest.format '{format}' without a reader of it");
                return Err(Error::unsupported(message).with("file", path));
            }
        };
        Ok((path, bytes))
    }

    /// A manifest that is not there is damage, not a wrong name by the user. The caller who knows
    /// that the snapshot may have expired meanwhile looks again.
    fn missing(&self, error: Error) -> Error {
        if error.kind() != ErrorKind::NotFound {
            return error;
        }
        Error::corrupt("a manifest is missing")
            .with("table", self.storage.location())
            .with_hint("another program may have expired the snapshot or deleted the file")
            .with_source(error)
    }
}

/// The format of a file that is not Avro: the option may have changed since it was written.
fn other_format(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [b'O', b'R', b'C', ..] => Some("orc"),
        [b'P', b'A', b'R', b'1', ..] => Some("parquet"),
        _ => None,
    }
}

fn of_snapshot(error: Error, snapshot: &Snapshot) -> Error {
    error.with("snapshot", snapshot.id)
}

#[cfg(test)]
mod tests;
