//! The files a writer makes: their directory, their names, and the list of those that are not handed over yet.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rimon_format::FileRef;
use rimon_metadata::{Layout, Storage};
use rimon_spec::path::{bucket_path, data_file_name, partition_path};
use rimon_spec::{BinaryRow, DataType, Error, Result};

use crate::table::Table;

/// Directory of a bucket's files, relative to the table.
///
/// # Errors
/// `Corrupt` when the partition row cannot be decoded.
pub(crate) fn bucket_directory(
    table: &Table,
    partition: &BinaryRow,
    bucket: i32,
) -> Result<String> {
    let fields = table.schema().partition_fields();
    let types: Vec<DataType> = fields.iter().map(|f| f.data_type.clone()).collect();
    let values = partition.decode(&types)?;
    let path = partition_path(&fields, &values, table.options())?;
    Ok(bucket_path(table.options(), &path, bucket))
}

/// Path of an index file of a bucket, relative to the table.
///
/// # Errors
/// `Corrupt` for what is no file name.
pub(crate) fn index_path(
    table: &Table,
    partition: &BinaryRow,
    bucket: i32,
    name: &str,
) -> Result<String> {
    let path = Layout::default().index(name).map_err(|e| {
        Error::corrupt("an index manifest names a file outside its directory").with_source(e)
    })?;
    if !table.options().index_file_in_data_file_dir {
        return Ok(path);
    }
    Ok(format!("{}/{name}", bucket_directory(table, partition, bucket)?))
}

/// Paths of files that were begun and belong to no commit message yet.
#[derive(Debug, Default)]
pub(crate) struct OpenFiles {
    paths: Mutex<Vec<String>>,
}

impl OpenFiles {
    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.paths.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a file before its first byte is written.
    pub(crate) fn add(&self, path: String) {
        self.lock().push(path);
    }

    /// Leaves out a file that was deleted.
    pub(crate) fn forget(&self, path: &str) {
        self.lock().retain(|noted| noted != path);
    }

    /// All paths noted since the last call.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.lock())
    }

    /// Deletes every file noted; a failure is only logged.
    pub(crate) async fn delete_all(&self, storage: &Storage) {
        for path in self.take() {
            if let Err(err) = storage.delete(&path).await {
                tracing::warn!(path, %err, "a data file that is not needed is left behind");
            }
        }
    }
}

/// Gives the files of one bucket their names: a uuid of the writer and a counter.
#[derive(Debug)]
pub(crate) struct FileNames {
    directory: String,
    uuid: String,
    next: AtomicU32,
}

/// A file to be written.
#[derive(Debug)]
pub(crate) struct NewFile {
    /// Name in its directory.
    pub(crate) name: String,
    /// Path relative to the table.
    pub(crate) path: String,
    /// For the format.
    pub(crate) file: FileRef,
}

impl FileNames {
    /// Names in `directory`.
    pub(crate) fn new(directory: String, uuid: String) -> Self {
        Self { directory, uuid, next: AtomicU32::new(0) }
    }

    /// The next file.
    pub(crate) fn next(&self, table: &Table, format: &str) -> Result<NewFile> {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        let name = data_file_name(table.options(), &self.uuid, n, format);
        let path = format!("{}/{name}", self.directory);
        let storage = table.storage();
        let full = format!("{}/{path}", storage.location());
        let file = FileRef::new(storage.object_store().clone(), storage.path(&path)?, 0, full);
        Ok(NewFile { name, path, file })
    }
}
