//! The table: what its other nouns hang on.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use indexmap::IndexMap;
use rimon_metadata::{
    Branch, ManifestFormats, ManifestStore, SchemaStore, SnapshotStore, Storage, TableHandle,
};
use rimon_spec::options::ScanOptions;
use rimon_spec::{Error, Result, SchemaChange, Snapshot, TableOptions, TableSchema};

use crate::runtime::Runtime;

/// A table, opened: its directory, its schema, its options. Cheap to clone.
///
/// A table is at its latest state, which every scan looks up anew, until [`Table::at`] pins it to one snapshot.
#[derive(Debug, Clone)]
pub struct Table {
    inner: Arc<Inner>,
}

#[derive(Debug, Clone)]
struct Inner {
    handle: TableHandle,
    schema: Arc<TableSchema>,
    options: Arc<TableOptions>,
    pinned: Option<Arc<Snapshot>>,
    read_optimized: bool,
    scan: Arc<ScanOptions>,
    runtime: Runtime,
}

impl Table {
    /// The table of a handle that a catalog gave.
    ///
    /// # Errors
    /// `Invalid` when an option in the schema has a value that cannot be parsed.
    pub fn new(handle: TableHandle) -> Result<Self> {
        Self::with_runtime(handle, Runtime::system())
    }

    /// The same with a clock and ids of the caller's choice.
    ///
    /// # Errors
    /// As [`Table::new`].
    pub fn with_runtime(handle: TableHandle, runtime: Runtime) -> Result<Self> {
        let handle = handle.with_manifest_formats(Arc::new(DataFormats));
        let schema = handle.schema.clone();
        let options = Arc::new(schema.options().map_err(|e| e.with("table", &handle.name))?);
        let (pinned, read_optimized, scan) = (None, false, Arc::default());
        let inner = Inner { handle, schema, options, pinned, read_optimized, scan, runtime };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Opens the table in a directory, without a catalog.
    ///
    /// # Errors
    /// `NotFound` when there is no schema in the directory.
    pub async fn open(url: &str) -> Result<Self> {
        let storage = Storage::open(url, &IndexMap::new())?;
        Self::new(TableHandle::open(storage, Branch::default()).await?)
    }

    /// This table pinned to a snapshot, with that snapshot's schema and today's options, as in Java.
    pub(crate) fn pinned_to(&self, snapshot: Snapshot, schema: &TableSchema) -> Result<Self> {
        let mut schema = schema.clone();
        schema.options = self.inner.schema.options.clone();
        let schema = Arc::new(schema);
        let inner = Inner {
            options: Arc::new(schema.options()?),
            schema,
            pinned: Some(Arc::new(snapshot)),
            scan: Arc::default(),
            ..self.inner.as_ref().clone()
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// This table with other options than those of its schema.
    pub(crate) fn with_parsed_options(&self, options: TableOptions) -> Self {
        let inner = Inner { options: Arc::new(options), ..self.inner.as_ref().clone() };
        Self { inner: Arc::new(inner) }
    }

    /// This table with other options, for reads and writes through this value only: Java's `Table.copy`. Options that
    /// say which version or changes to read are followed by [`Table::scan`] and [`Table::stream_scan`].
    ///
    /// # Errors
    /// `Invalid` names options that are unknown, cannot be parsed or are fixed once a table has data.
    pub fn with_options<K, V>(&self, options: impl IntoIterator<Item = (K, V)>) -> Result<Self>
    where
        K: Into<String>,
        V: Into<String>,
    {
        let mut given: IndexMap<String, String> =
            options.into_iter().map(|(k, v)| (k.into(), v.into())).collect();
        let blame = |e: Error| e.with("table", self.name());
        let scan = ScanOptions::take(&mut given).map_err(blame)?;
        let set = |(key, value)| SchemaChange::SetOption { key, value };
        let changes: Vec<_> = given.into_iter().map(set).collect();
        let mut schema = self.inner.schema.as_ref().clone();
        if !changes.is_empty() {
            let changed = schema.apply(&changes, true, schema.time_millis).map_err(blame)?;
            schema.options = changed.options;
        }
        let inner = Inner {
            options: Arc::new(schema.options().map_err(blame)?),
            schema: Arc::new(schema),
            scan: Arc::new(scan),
            ..self.inner.as_ref().clone()
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// What [`Table::with_options`] was given for reads.
    pub(crate) fn scan_options(&self) -> &ScanOptions {
        &self.inner.scan
    }

    /// This table as `$ro` shows it, for reading only: of a table with a primary key only the rows in files of the
    /// highest level, which need no merge and are as old as the last full compaction (`ReadOptimizedTable.java`).
    #[must_use]
    pub fn read_optimized(&self) -> Self {
        let inner = Inner { read_optimized: true, ..self.inner.as_ref().clone() };
        Self { inner: Arc::new(inner) }
    }

    /// Whether this is what [`Table::read_optimized`] gives.
    pub fn is_read_optimized(&self) -> bool {
        self.inner.read_optimized
    }

    /// The only level that is read, if not all are.
    pub(crate) fn only_level(&self) -> Option<i32> {
        let restricted = self.inner.read_optimized && self.has_primary_key();
        restricted.then(|| self.inner.options.compaction.num_levels - 1)
    }

    /// What the catalog gave.
    pub fn handle(&self) -> &TableHandle {
        &self.inner.handle
    }

    /// Name for messages, usually `db.table`.
    pub fn name(&self) -> &str {
        &self.inner.handle.name
    }

    /// The table's directory.
    pub fn storage(&self) -> &Storage {
        &self.inner.handle.storage
    }

    /// The schema rows are read and written with.
    pub fn schema(&self) -> &Arc<TableSchema> {
        &self.inner.schema
    }

    /// The schema's options, parsed.
    pub fn options(&self) -> &Arc<TableOptions> {
        &self.inner.options
    }

    /// The snapshot this table is pinned to by [`Table::at`].
    pub fn pinned(&self) -> Option<&Arc<Snapshot>> {
        self.inner.pinned.as_ref()
    }

    /// Clock and ids.
    pub fn runtime(&self) -> &Runtime {
        &self.inner.runtime
    }

    /// All versions of the schema.
    pub fn schemas(&self) -> SchemaStore {
        self.inner.handle.schemas()
    }

    /// All snapshots.
    pub fn snapshots(&self) -> SnapshotStore {
        self.inner.handle.snapshots()
    }

    /// All manifests.
    pub fn manifests(&self) -> &ManifestStore {
        self.inner.handle.manifests()
    }

    /// Whether rows have a primary key.
    pub fn has_primary_key(&self) -> bool {
        !self.inner.schema.primary_keys.is_empty()
    }

    /// Whether rows of later snapshots are newer, whatever their sequence numbers: `sequence.snapshot-ordering`.
    pub(crate) fn orders_by_snapshot(&self) -> bool {
        self.has_primary_key() && self.options().snapshot_sequence_ordering
    }

    /// The snapshot a read sees: the pinned one, else the latest; `None` when nothing was ever committed.
    ///
    /// # Errors
    /// `Corrupt` when a snapshot cannot be parsed, `Unavailable` when storage does not answer.
    pub async fn current_snapshot(&self) -> Result<Option<Arc<Snapshot>>> {
        match &self.inner.pinned {
            Some(snapshot) => Ok(Some(snapshot.clone())),
            None => Ok(self.snapshots().latest().await?.map(Arc::new)),
        }
    }
}

/// Manifests in the formats of data files.
#[derive(Debug)]
struct DataFormats;

#[async_trait]
impl ManifestFormats for DataFormats {
    async fn as_avro(&self, bytes: Bytes, name: &str) -> Result<Bytes> {
        rimon_format::as_avro(bytes, name).await
    }
}
