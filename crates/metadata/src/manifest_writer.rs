//! Writing manifests, manifest lists and index manifests: format.md §6, §15,
//! `ManifestFile.java`, `RollingFileWriterImpl.java`.

use crate::{Layout, Storage};
use bytes::Bytes;
use rimon_spec::manifest::codec::{self, AvroCodec};
use rimon_spec::{
    BinaryRow, DataType, Error, FileKind, IndexManifestEntry, ManifestEntry, ManifestFileMeta,
    Result, SimpleStats, TableSchema, Value, path,
};
use std::cmp::Ordering;
use std::sync::atomic::{AtomicU32, Ordering as Atomic};
use std::sync::{Mutex, PoisonError};

/// Java looks at the size of the file it writes every so many records.
const ROLL_CHECK: usize = 1000;

/// How manifests are written.
#[derive(Debug, Clone)]
pub struct ManifestWriterOptions {
    /// Compression of the blocks.
    pub codec: AvroCodec,
    /// `manifest.target-file-size`, bytes of the file.
    pub target_size: u64,
    /// Types of the partition columns, for the statistics of the lists.
    pub partition_types: Vec<DataType>,
}

impl ManifestWriterOptions {
    /// As the options of the table say.
    ///
    /// # Errors
    /// `Invalid` or `Unsupported` options.
    pub fn of(schema: &TableSchema) -> Result<Self> {
        let options = schema.options()?;
        Ok(Self {
            codec: AvroCodec::from_option(&options.manifest_compression, options.zstd_level)?,
            target_size: options.manifest_target_file_size,
            partition_types: schema
                .partition_fields()
                .into_iter()
                .map(|f| f.data_type.clone())
                .collect(),
        })
    }
}

/// Writes the metadata files of one attempt of a commit; their names are
/// `manifest-<uuid>-<n>`, `manifest-list-<uuid>-<n>` and `index-manifest-<uuid>-<n>`, each kind
/// counting from 0. It remembers what it wrote, for cleaning up an attempt that was never published. What it writes is
/// durable only after [`Storage::sync`] of [`ManifestWriter::take_unsynced`].
#[derive(Debug)]
pub struct ManifestWriter {
    storage: Storage,
    uuid: String,
    options: ManifestWriterOptions,
    manifests: AtomicU32,
    lists: AtomicU32,
    indexes: AtomicU32,
    /// Paths of what is not forced to disk yet.
    unsynced: Mutex<Vec<String>>,
}

impl ManifestWriter {
    pub(crate) fn new(storage: Storage, uuid: String, options: ManifestWriterOptions) -> Self {
        Self {
            storage,
            uuid,
            options,
            manifests: AtomicU32::new(0),
            lists: AtomicU32::new(0),
            indexes: AtomicU32::new(0),
            unsynced: Mutex::default(),
        }
    }

    /// Writes `entries`, in their order, into as many manifests as the target size asks for; none
    /// for no entries.
    pub async fn write_manifests(
        &self,
        entries: &[ManifestEntry],
    ) -> Result<Vec<ManifestFileMeta>> {
        let mut metas = Vec::new();
        let mut rest = entries;
        let mut per_file = rest.len();
        if let Some(sample) = rest.get(..ROLL_CHECK) {
            let size = codec::encode_manifest(sample, &self.options.codec)?.len().max(1) as u64;
            let blocks = self.options.target_size.div_ceil(size).max(1);
            per_file = usize::try_from(blocks).unwrap_or(usize::MAX).saturating_mul(ROLL_CHECK);
        }
        while !rest.is_empty() {
            let (part, behind) = rest.split_at(per_file.clamp(1, rest.len()));
            metas.push(self.write_manifest(part).await?);
            rest = behind;
        }
        Ok(metas)
    }

    async fn write_manifest(&self, entries: &[ManifestEntry]) -> Result<ManifestFileMeta> {
        let name = path::manifest_name(&self.uuid, self.manifests.fetch_add(1, Atomic::Relaxed));
        let bytes = codec::encode_manifest(entries, &self.options.codec)?;
        let size = bytes.len() as u64;
        self.write(&name, bytes).await?;
        describe(entries, name, size, &self.options.partition_types)
    }

    /// Writes a manifest list; its name and size in bytes. A list without manifests is a file too.
    pub async fn write_list(&self, manifests: &[ManifestFileMeta]) -> Result<(String, i64)> {
        let name = path::manifest_list_name(&self.uuid, self.lists.fetch_add(1, Atomic::Relaxed));
        let bytes = codec::encode_manifest_list(manifests, &self.options.codec)?;
        let size = to_i64(bytes.len() as u64)?;
        self.write(&name, bytes).await?;
        Ok((name, size))
    }

    /// Writes an index manifest; its name.
    pub async fn write_index(&self, entries: &[IndexManifestEntry]) -> Result<String> {
        let n = self.indexes.fetch_add(1, Atomic::Relaxed);
        let name = path::index_manifest_name(&self.uuid, n);
        let bytes = codec::encode_manifest_index(entries, &self.options.codec)?;
        self.write(&name, bytes).await?;
        Ok(name)
    }

    /// Deletes everything this writer wrote. Only for an attempt whose publish was never started
    /// or was lost: never when its outcome is unknown. What cannot be deleted is only logged.
    pub async fn discard(&self) {
        let all = |count: &AtomicU32| 0..count.load(Atomic::Relaxed);
        let manifests = all(&self.manifests).map(|n| path::manifest_name(&self.uuid, n));
        let lists = all(&self.lists).map(|n| path::manifest_list_name(&self.uuid, n));
        let indexes = all(&self.indexes).map(|n| path::index_manifest_name(&self.uuid, n));
        let names: Vec<String> = manifests.chain(lists).chain(indexes).collect();
        for name in names {
            self.delete(&name).await;
        }
    }

    /// Deletes one file this writer wrote; a failure is only logged.
    pub async fn delete(&self, name: &str) {
        let deleted = match Layout::default().manifest(name) {
            Ok(path) => {
                self.pending(|unsynced| unsynced.retain(|other| *other != path));
                self.storage.delete(&path).await
            }
            Err(e) => Err(e),
        };
        if let Err(err) = deleted {
            tracing::warn!(name, %err, "a manifest that is not needed is left behind");
        }
    }

    /// The files that were written since the last call and are not durable yet: for [`Storage::sync`] together with
    /// others, before a snapshot that refers to them is published.
    pub fn take_unsynced(&self) -> Vec<String> {
        self.pending(std::mem::take)
    }

    async fn write(&self, name: &str, bytes: Vec<u8>) -> Result<()> {
        let path = Layout::default().manifest(name)?;
        self.storage.write_unsynced(&path, Bytes::from(bytes)).await?;
        self.pending(|unsynced| unsynced.push(path));
        Ok(())
    }

    fn pending<T>(&self, change: impl FnOnce(&mut Vec<String>) -> T) -> T {
        change(&mut self.unsynced.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What a list says of a manifest with these entries (`ManifestFile.ManifestEntryWriter`).
fn describe(
    entries: &[ManifestEntry],
    file_name: String,
    size: u64,
    partition_types: &[DataType],
) -> Result<ManifestFileMeta> {
    let deleted = entries.iter().filter(|e| e.kind == FileKind::Delete).count() as u64;
    let added = entries.len() as u64 - deleted;
    let row_ids: Option<Vec<(i64, i64)>> = entries.iter().map(row_id_range).collect();
    let row_ids = row_ids.unwrap_or_default();
    Ok(ManifestFileMeta {
        file_name,
        file_size: to_i64(size)?,
        num_added_files: to_i64(added)?,
        num_deleted_files: to_i64(deleted)?,
        partition_stats: partition_stats(entries, partition_types)?,
        schema_id: entries.iter().map(|e| e.file.schema_id).max().unwrap_or_default(),
        min_bucket: entries.iter().map(|e| e.bucket).min(),
        max_bucket: entries.iter().map(|e| e.bucket).max(),
        min_level: entries.iter().map(|e| e.file.level).min(),
        max_level: entries.iter().map(|e| e.file.level).max(),
        min_row_id: row_ids.iter().map(|r| r.0).min(),
        max_row_id: row_ids.iter().map(|r| r.1).max(),
    })
}

/// First and last row id of a file that has them.
fn row_id_range(entry: &ManifestEntry) -> Option<(i64, i64)> {
    let first = entry.file.first_row_id?;
    Some((first, first.checked_add(entry.file.row_count)?.checked_sub(1)?))
}

fn partition_stats(entries: &[ManifestEntry], types: &[DataType]) -> Result<SimpleStats> {
    let mut min = vec![Value::Null; types.len()];
    let mut max = vec![Value::Null; types.len()];
    let mut nulls = vec![Some(0_i64); types.len()];
    let mut last: Option<(&BinaryRow, Vec<Value>)> = None;
    for entry in entries {
        let values = match last.take() {
            Some((row, values)) if *row == entry.partition => values,
            _ => entry.partition.decode(types)?,
        };
        let columns = values.iter().zip(&mut min).zip(&mut max).zip(&mut nulls);
        for (((value, min), max), nulls) in columns {
            if value.is_null() {
                *nulls = nulls.map(|n| n + 1);
                continue;
            }
            if min.is_null() || value.compare(min) == Ordering::Less {
                *min = value.clone();
            }
            if max.is_null() || value.compare(max) == Ordering::Greater {
                *max = value.clone();
            }
        }
        last = Some((&entry.partition, values));
    }
    if types.is_empty() {
        let empty = BinaryRow::empty();
        return Ok(SimpleStats {
            min_values: empty.clone(),
            max_values: empty,
            null_counts: Some(nulls),
        });
    }
    Ok(SimpleStats {
        min_values: BinaryRow::encode(types, &min)?,
        max_values: BinaryRow::encode(types, &max)?,
        null_counts: Some(nulls),
    })
}

fn to_i64(n: u64) -> Result<i64> {
    i64::try_from(n).map_err(|e| Error::internal("a size does not fit").with_source(e))
}

#[cfg(test)]
mod tests;
