//! The catalog over the port: the file system says what a table is, the metastore where it is.

mod create;
mod databases;
mod drop;
mod lookup;
mod names;
mod project;
mod raw;
mod registry;
mod rename;

use crate::location;
use crate::lock::Locks;
use crate::metastore::Metastore;
use crate::options::HiveOptions;
use async_trait::async_trait;
use indexmap::IndexMap;
use rimon_catalog::{Catalog, Database, Identifier, Registry};
use rimon_metadata::{ManifestCache, TableHandle};
use rimon_spec::{Error, NewTable, Result, SchemaChange};
use std::sync::Arc;

/// Databases and tables of a Hive Metastore.
///
/// The schema of a table is in its files; the metastore has a projection of it, for Hive and other engines. Whatever
/// happens to a call to the metastore, schemas and directories are only removed when it is known that it did not take
/// place. Names of databases and tables are lower-case: the metastore makes them so.
#[derive(Debug, Clone)]
pub struct HiveCatalog {
    metastore: Arc<dyn Metastore>,
    options: Arc<HiveOptions>,
    /// As Hadoop spells it.
    warehouse: String,
    locks: Locks,
    /// Ids of the latest schemas, by table: looked at first.
    schemas: moka::sync::Cache<Identifier, i64>,
    manifests: ManifestCache,
}

impl HiveCatalog {
    /// The catalog of a metastore.
    pub(crate) fn new(metastore: Arc<dyn Metastore>, options: HiveOptions) -> Result<Self> {
        let warehouse = location::warehouse(&options.warehouse, &options.storage)?;
        Ok(Self {
            locks: Locks::new(Arc::clone(&metastore), options.lock),
            metastore,
            options: Arc::new(options),
            warehouse,
            schemas: moka::sync::Cache::new(4096),
            manifests: ManifestCache::default(),
        })
    }

    /// The servers, for messages.
    fn server(&self) -> &str {
        self.metastore.servers()
    }
}

#[async_trait]
impl Catalog for HiveCatalog {
    async fn list_databases(&self) -> Result<Vec<String>> {
        let listed = self.metastore.databases().await;
        let mut names =
            listed.map_err(|e| e.into_error("databases cannot be listed", self.server()))?;
        names.sort();
        Ok(names)
    }

    async fn database(&self, name: &str) -> Result<Database> {
        self.load_database(name).await
    }

    async fn create_database(
        &self,
        name: &str,
        properties: &IndexMap<String, String>,
        ignore_if_exists: bool,
    ) -> Result<()> {
        self.make_database(name, properties, ignore_if_exists).await
    }

    async fn drop_database(
        &self,
        name: &str,
        ignore_if_missing: bool,
        cascade: bool,
    ) -> Result<()> {
        self.remove_database(name, ignore_if_missing, cascade).await
    }

    async fn list_tables(&self, database: &str) -> Result<Vec<String>> {
        let objects = self.objects(database).await?;
        Ok(objects.paimon)
    }

    async fn load_table(&self, identifier: &Identifier) -> Result<TableHandle> {
        if identifier.system_table().is_some() {
            return Err(Error::invalid("a system table is built from its table, not loaded")
                .with("table", identifier.to_string()));
        }
        self.handle(identifier).await
    }

    async fn create_table(
        &self,
        identifier: &Identifier,
        table: NewTable,
        ignore_if_exists: bool,
    ) -> Result<()> {
        self.make_table(identifier, table, ignore_if_exists).await
    }

    async fn alter_table(
        &self,
        identifier: &Identifier,
        changes: &[SchemaChange],
        ignore_if_missing: bool,
    ) -> Result<()> {
        self.change_table(identifier, changes, ignore_if_missing).await
    }

    async fn rename_table(
        &self,
        from: &Identifier,
        to: &Identifier,
        ignore_if_missing: bool,
    ) -> Result<()> {
        self.move_table(from, to, ignore_if_missing).await
    }

    async fn drop_table(&self, identifier: &Identifier, ignore_if_missing: bool) -> Result<()> {
        self.remove_table(identifier, ignore_if_missing).await
    }

    fn registry(&self) -> Option<&dyn Registry> {
        Some(self)
    }
}
