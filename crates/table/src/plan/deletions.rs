//! Which deletion vectors a snapshot has, and where: format.md §11, `SnapshotReaderImpl.java`.

use std::collections::HashMap;
use std::sync::Arc;

use rimon_metadata::Layout;
use rimon_spec::index::deletion_vector::INDEX_TYPE;
use rimon_spec::{
    BinaryRow, DeletionVectorRange, Error, FileKind, IndexManifestEntry, Result, Snapshot, path,
};

use crate::table::Table;

/// Where the deletion vector of a data file is. Mirrors `DeletionFile.java`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletionFile {
    /// The index file, relative to the table; a whole path when it is not in the table's directory.
    pub path: Arc<str>,
    /// Bytes of the index file.
    pub file_size: u64,
    /// Where in the index file the vector begins.
    pub offset: u64,
    /// Its length as the index manifest says it: what is counted depends on the kind of vector.
    pub length: i32,
    /// Number of rows it deletes; unknown in old tables.
    pub cardinality: Option<u64>,
}

/// The vectors of one bucket by data file.
pub type Deletions = HashMap<String, DeletionFile>;

/// The index files with deletion vectors of a snapshot.
#[derive(Debug, Default)]
pub(crate) struct DeletionIndex {
    buckets: HashMap<(BinaryRow, i32), Vec<IndexManifestEntry>>,
    in_data_directory: bool,
}

impl DeletionIndex {
    /// The vectors of `snapshot`, whatever today's options say: rows they delete must not be read.
    pub(crate) async fn of(table: &Table, snapshot: &Snapshot) -> Result<Self> {
        let mut buckets: HashMap<_, Vec<_>> = HashMap::new();
        for entry in table.manifests().index_entries(snapshot).await? {
            let some = entry.deletion_vectors.as_ref().is_some_and(|ranges| !ranges.is_empty());
            if entry.index_type == INDEX_TYPE && some {
                let bucket = (entry.partition.clone(), entry.bucket);
                buckets.entry(bucket).or_default().push(entry);
            }
        }
        Ok(Self { buckets, in_data_directory: table.options().index_file_in_data_file_dir })
    }

    /// The vectors of one bucket, whose data files are in `directory`.
    ///
    /// # Errors
    /// `Corrupt` for places that cannot be and when a data file has two vectors.
    pub(crate) fn bucket(
        &self,
        partition: &BinaryRow,
        bucket: i32,
        directory: &str,
    ) -> Result<Deletions> {
        let mut found = Deletions::new();
        // Cloned for the key of the map; most tables have no vectors at all.
        if self.buckets.is_empty() {
            return Ok(found);
        }
        let entries = self.buckets.get(&(partition.clone(), bucket));
        for entry in entries.into_iter().flatten() {
            let path = self.path_of(entry, directory)?;
            for range in entry.deletion_vectors.iter().flatten() {
                let file = place(entry, range, path.clone())?;
                if found.insert(range.data_file.clone(), file).is_some() {
                    return Err(Error::corrupt("a data file has two deletion vectors")
                        .with("data file", &range.data_file)
                        .with("index file", &entry.file_name));
                }
            }
        }
        Ok(found)
    }

    fn path_of(&self, entry: &IndexManifestEntry, directory: &str) -> Result<Arc<str>> {
        if entry.kind != FileKind::Add {
            return Err(Error::corrupt("an index manifest deletes a file")
                .with("index file", &entry.file_name));
        }
        if let Some(path) = &entry.external_path {
            return Ok(path.as_str().into());
        }
        let path = Layout::default().index(&entry.file_name).map_err(|e| {
            Error::corrupt("an index manifest names a file outside its directory").with_source(e)
        })?;
        if self.in_data_directory {
            return Ok(format!("{directory}/{}", entry.file_name).into());
        }
        debug_assert!(path.starts_with(path::INDEX_DIR));
        Ok(path.into())
    }
}

fn place(
    entry: &IndexManifestEntry,
    range: &DeletionVectorRange,
    path: Arc<str>,
) -> Result<DeletionFile> {
    let wrong = || {
        Error::corrupt("an index manifest has an impossible place of a deletion vector")
            .with("index file", &entry.file_name)
            .with("data file", &range.data_file)
            .with("offset", range.offset)
    };
    let file_size = u64::try_from(entry.file_size).map_err(|_| wrong())?;
    let offset = u64::try_from(range.offset).map_err(|_| wrong())?;
    let length = u64::try_from(range.length).map_err(|_| wrong())?;
    if offset.saturating_add(length) > file_size {
        return Err(wrong());
    }
    let cardinality = range.cardinality.map(|n| u64::try_from(n).map_err(|_| wrong()));
    Ok(DeletionFile {
        path,
        file_size,
        offset,
        length: range.length,
        cardinality: cardinality.transpose()?,
    })
}
