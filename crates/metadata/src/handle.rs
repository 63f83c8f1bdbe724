//! Where catalogs and tables meet.

use crate::{
    Branch, BranchStore, ChangelogStore, CommitListener, ConsumerStore, CreateIfAbsentCommit,
    Layout, ManifestCache, ManifestFormats, ManifestStore, SchemaStore, SnapshotCommit,
    SnapshotStore, Storage, TagStore,
};
use rimon_spec::{Error, Result, TableSchema};
use std::sync::Arc;

/// A table as a catalog hands it out: where it is, which schema it has, how snapshots are
/// published. Cheap to clone; clones share the manifest cache.
#[derive(Debug, Clone)]
pub struct TableHandle {
    /// `db.table`, or the location for a table that no catalog gave; for messages.
    pub name: String,
    /// The table's directory.
    pub storage: Storage,
    /// The schema at the time of loading.
    pub schema: Arc<TableSchema>,
    /// The branch that is read and written.
    pub branch: Branch,
    /// How snapshots are published.
    pub commit: Arc<dyn SnapshotCommit>,
    /// Who is told about commits.
    pub listeners: Vec<Arc<dyn CommitListener>>,
    manifests: ManifestStore,
}

impl TableHandle {
    /// A handle that publishes by create-if-absent and tells nobody.
    pub fn new(
        name: impl Into<String>,
        storage: Storage,
        schema: Arc<TableSchema>,
        branch: Branch,
    ) -> Self {
        Self {
            name: name.into(),
            commit: Arc::new(CreateIfAbsentCommit::new(storage.clone())),
            manifests: ManifestStore::new(storage.clone()),
            storage,
            schema,
            branch,
            listeners: Vec::new(),
        }
    }

    /// The table in the directory `storage`, without a catalog.
    ///
    /// # Errors
    /// `NotFound` if there is no schema there.
    pub async fn open(storage: Storage, branch: Branch) -> Result<Self> {
        let schemas = SchemaStore::new(storage.clone(), Layout::new(&branch));
        let Some(schema) = schemas.latest().await? else {
            return Err(Error::not_found("there is no Paimon table here")
                .with("location", storage.location())
                .with_hint("a table is a directory with schema/schema-0 in it"));
        };
        Ok(Self::new(storage.location(), storage, schema, branch))
    }

    /// The same with another way to publish.
    #[must_use]
    pub fn with_commit(mut self, commit: Arc<dyn SnapshotCommit>) -> Self {
        self.commit = commit;
        self
    }

    /// The same with one more listener.
    #[must_use]
    pub fn with_listener(mut self, listener: Arc<dyn CommitListener>) -> Self {
        self.listeners.push(listener);
        self
    }

    /// The same with a cache of manifests that other tables use too.
    #[must_use]
    pub fn with_manifest_cache(mut self, cache: ManifestCache) -> Self {
        self.manifests = self.manifests.with_cache(cache);
        self
    }

    /// The same, reading manifests of other formats than Avro with `formats`.
    #[must_use]
    pub fn with_manifest_formats(mut self, formats: Arc<dyn ManifestFormats>) -> Self {
        self.manifests = self.manifests.with_formats(formats);
        self
    }

    /// Where the branch's files are.
    pub fn layout(&self) -> Layout {
        Layout::new(&self.branch)
    }

    /// The branch's snapshots.
    pub fn snapshots(&self) -> SnapshotStore {
        SnapshotStore::new(self.storage.clone(), self.layout())
    }

    /// The branch's schemas.
    pub fn schemas(&self) -> SchemaStore {
        SchemaStore::new(self.storage.clone(), self.layout())
    }

    /// The branch's tags.
    pub fn tags(&self) -> TagStore {
        TagStore::new(self.storage.clone(), self.layout())
    }

    /// What is kept of the branch's expired snapshots.
    pub fn changelogs(&self) -> ChangelogStore {
        ChangelogStore::new(self.storage.clone(), self.layout())
    }

    /// The branch's consumers.
    pub fn consumers(&self) -> ConsumerStore {
        ConsumerStore::new(self.storage.clone(), self.layout())
    }

    /// The table's branches.
    pub fn branches(&self) -> BranchStore {
        BranchStore::new(self.storage.clone())
    }

    /// The table's manifests.
    pub fn manifests(&self) -> &ManifestStore {
        &self.manifests
    }
}
