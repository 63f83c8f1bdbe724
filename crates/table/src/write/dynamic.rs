//! Dynamic buckets: keys keep the bucket that the index files of the table remember: format.md §5, §12.1,
//! `HashBucketAssigner.java`, `DynamicBucketIndexMaintainer.java`.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use hashbrown::HashMap;
use rimon_spec::index::hash_index::{self, INDEX_TYPE};
use rimon_spec::{BinaryRow, Error, FileKind, IndexManifestEntry, Result, path};

use super::bucket::{Buckets, Limits, PartitionIndex, RowHasher};
use super::files::{OpenFiles, index_path};
use super::message::KeysBase;
use super::route::{PartitionIds, Router};
use crate::table::Table;

/// Greatest index file that is read: one bucket of half a billion keys.
const MAX_INDEX_FILE: u64 = 2 << 30;

/// Gives the rows of a table with `bucket` = -1 and a primary key their buckets.
#[derive(Debug)]
pub(crate) struct DynamicBuckets {
    table: Table,
    keys: Vec<usize>,
    hasher: RowHasher,
    limits: Limits,
    /// By the router's numbers.
    partitions: Vec<Option<Loaded>>,
    /// The index files of a snapshot, kept until the next commit is prepared.
    seen: Option<Arc<Seen>>,
    /// The rows that are there are replaced, and their keys with them (`SimpleHashBucketAssigner.java`).
    new: bool,
    uuid: String,
    files: u32,
}

/// The hash index files of a snapshot.
#[derive(Debug, Default)]
struct Seen {
    snapshot: i64,
    entries: Vec<IndexManifestEntry>,
}

/// A partition whose index was read.
#[derive(Debug)]
struct Loaded {
    index: PartitionIndex,
    snapshot: i64,
    /// The partition's index files by bucket, as they are once this writer's earlier commits are in the table.
    files: BTreeMap<i32, String>,
    /// Whether rows were given buckets since a commit was last prepared.
    used: bool,
}

/// What a commit has to know of the keys of one partition.
#[derive(Debug)]
pub(crate) struct KeyChanges {
    /// New index files of the partition's buckets.
    pub(crate) files: Vec<IndexManifestEntry>,
    /// What the buckets of its rows rely on.
    pub(crate) base: Arc<KeysBase>,
}

impl DynamicBuckets {
    /// # Errors
    /// `Invalid` when a key is no column, `Unsupported` key types.
    pub(crate) fn new(table: &Table) -> Result<Self> {
        let schema = table.schema();
        let mut keys = Vec::new();
        let mut types = Vec::new();
        for name in schema.trimmed_primary_keys() {
            let found = schema.fields().iter().enumerate().find(|(_, f)| f.name == name);
            let (index, field) =
                found.ok_or_else(|| Error::invalid("a key is no column").with("column", name))?;
            keys.push(index);
            types.push(field.data_type.clone());
        }
        Ok(Self {
            keys,
            hasher: RowHasher::new(types)?,
            limits: Limits::of(table.options()),
            partitions: Vec::new(),
            seen: None,
            new: false,
            uuid: table.runtime().ids().uuid(),
            files: 0,
            table: table.clone(),
        })
    }

    /// No key is known, as in a new table.
    pub(super) fn forget_keys(&mut self) {
        self.new = true;
    }

    /// The buckets of the rows of a batch.
    ///
    /// # Errors
    /// `Corrupt` index files; `Exhausted` when a partition can have no more buckets.
    pub(crate) async fn assign(
        &mut self,
        batch: &RecordBatch,
        partitions: &PartitionIds,
        router: &Router,
    ) -> Result<Buckets> {
        let columns: Option<Vec<ArrayRef>> =
            self.keys.iter().map(|i| batch.columns().get(*i).cloned()).collect();
        let columns = columns.ok_or_else(|| Error::internal("a key is missing from the batch"))?;
        let hashes = self.hasher.hash(&columns)?;
        for id in partitions.distinct() {
            self.load(id, &router.partition(id)?.row).await?;
        }
        let ids = self.table.runtime().ids();
        let mut buckets = Vec::with_capacity(hashes.len());
        for (row, hash) in hashes.into_iter().enumerate() {
            let id = partitions.of_row(row).and_then(|id| usize::try_from(id).ok());
            let loaded = id.and_then(|id| self.partitions.get_mut(id)?.as_mut());
            let loaded = loaded.ok_or_else(|| Error::internal("an index was not loaded"))?;
            loaded.used = true;
            buckets.push(loaded.index.assign(hash, &self.limits, |n| ids.below(n))?);
        }
        Ok(Buckets::of(buckets))
    }

    /// Reads the index of a partition, once.
    async fn load(&mut self, id: u32, partition: &BinaryRow) -> Result<()> {
        let id = id as usize;
        if self.partitions.get(id).is_some_and(Option::is_some) {
            return Ok(());
        }
        let seen = match &self.seen {
            Some(seen) => seen.clone(),
            None if self.new => Arc::default(),
            None => {
                let seen = Arc::new(Seen::latest(&self.table).await?);
                self.seen.insert(seen).clone()
            }
        };
        let mut index = PartitionIndex::default();
        let mut files = BTreeMap::new();
        for entry in seen.entries.iter().filter(|e| e.partition == *partition) {
            let hashes = read(&self.table, entry).await?;
            index
                .load(entry.bucket, &hashes)
                .map_err(|e| e.with("index file", &entry.file_name))?;
            if files.insert(entry.bucket, entry.file_name.clone()).is_some() {
                return Err(Error::corrupt("a bucket has two hash indexes")
                    .with("index file", &entry.file_name));
            }
        }
        let loaded = Loaded { index, snapshot: seen.snapshot, files, used: false };
        if self.partitions.len() <= id {
            self.partitions.resize_with(id + 1, || None);
        }
        if let Some(slot) = self.partitions.get_mut(id) {
            *slot = Some(loaded);
        }
        Ok(())
    }

    /// Writes the indexes that have new keys since the last call: the changes of each partition that has new rows.
    ///
    /// # Errors
    /// Those of writing.
    pub(crate) async fn prepare(
        &mut self,
        open: &OpenFiles,
        router: &Router,
    ) -> Result<HashMap<BinaryRow, KeyChanges>> {
        self.seen = None;
        let mut changes = HashMap::new();
        for (id, loaded) in (0..).zip(&mut self.partitions) {
            let Some(loaded) = loaded.as_mut().filter(|l| l.used) else { continue };
            loaded.used = false;
            let partition = &router.partition(id)?.row;
            let before = loaded.files.clone();
            let mut files = Vec::new();
            for (bucket, hashes) in loaded.index.take_grown() {
                let name = path::index_name(&self.uuid, self.files);
                self.files += 1;
                let bytes = hash_index::encode(&hashes);
                let place = index_path(&self.table, partition, bucket, &name)?;
                open.add(place.clone());
                let size = bytes.len() as i64;
                self.table.storage().write(&place, bytes.into()).await?;
                loaded.files.insert(bucket, name.clone());
                files.push(IndexManifestEntry {
                    kind: FileKind::Add,
                    partition: partition.clone(),
                    bucket,
                    index_type: INDEX_TYPE.to_owned(),
                    file_name: name,
                    file_size: size,
                    row_count: hashes.len() as i64,
                    deletion_vectors: None,
                    external_path: None,
                    global_index: None,
                });
            }
            let grown = !files.is_empty();
            let base = Arc::new(KeysBase::Hash { snapshot: loaded.snapshot, files: before, grown });
            changes.insert(partition.clone(), KeyChanges { files, base });
        }
        Ok(changes)
    }
}

impl Seen {
    async fn latest(table: &Table) -> Result<Self> {
        let Some(snapshot) = table.snapshots().latest().await? else { return Ok(Self::default()) };
        let mut entries = table.manifests().index_entries(&snapshot).await?;
        entries.retain(|e| e.index_type == INDEX_TYPE);
        Ok(Self { snapshot: snapshot.id, entries })
    }
}

async fn read(table: &Table, entry: &IndexManifestEntry) -> Result<Vec<i32>> {
    if let Some(path) = &entry.external_path {
        return Err(Error::unsupported("index files outside the table's directory")
            .with("_EXTERNAL_PATH", path));
    }
    let place = index_path(table, &entry.partition, entry.bucket, &entry.file_name)?;
    let named = |e: Error| e.with("index file", &entry.file_name);
    // Keys that are forgotten would come a second time: a lost or damaged index is an error.
    let bytes = table.storage().read_limited(&place, MAX_INDEX_FILE).await.map_err(named)?;
    let hashes = hash_index::decode(&bytes).map_err(named)?;
    if i64::try_from(hashes.len()) != Ok(entry.row_count) {
        return Err(named(Error::corrupt(format!(
            "a hash index has {} keys where its manifest says {}",
            hashes.len(),
            entry.row_count
        ))));
    }
    Ok(hashes)
}
