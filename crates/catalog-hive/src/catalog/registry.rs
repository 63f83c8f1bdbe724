//! Repair and locks: `HiveCatalog.repairCatalog`, `repairDatabase`, `repairTable`.

use super::HiveCatalog;
use super::lookup::key;
use super::names::require_plain;
use crate::clock::now_seconds;
use crate::location;
use crate::metastore::Failure;
use crate::objects::{Kind, LockState, ShownLock, Table};
use crate::partitions::{self, Values};
use crate::projection::is_partitioned;
use async_trait::async_trait;
use indexmap::IndexMap;
use rimon_catalog::{Catalog, ForeignObject, Identifier, Registry, RepairScope, TableLock};
use rimon_metadata::{Branch, Layout, SchemaStore};
use rimon_spec::{Error, ErrorKind, Result, TableSchema};
use std::collections::BTreeSet;
use std::sync::Arc;

const DATABASE_SUFFIX: &str = ".db";

#[async_trait]
impl Registry for HiveCatalog {
    async fn foreign_objects(&self, database: &str) -> Result<Vec<ForeignObject>> {
        let others = self.objects(database).await?.others;
        Ok(others.into_iter().map(|(name, kind)| ForeignObject { name, kind }).collect())
    }

    async fn repair(&self, scope: &RepairScope) -> Result<Vec<Identifier>> {
        match scope {
            RepairScope::Table(id) => {
                self.repair_table(id).await?;
                Ok(vec![id.clone()])
            }
            RepairScope::Database(name) => self.repair_database(name).await,
            RepairScope::All => {
                let warehouse =
                    location::open(&self.warehouse, &self.options.storage, "warehouse")?;
                let mut repaired = Vec::new();
                for dir in warehouse.list_dirs("").await? {
                    let name = dir.strip_suffix(DATABASE_SUFFIX).filter(|n| !n.starts_with('.'));
                    if let Some(name) = name {
                        repaired.extend(self.repair_database(name).await?);
                    }
                }
                Ok(repaired)
            }
        }
    }

    async fn locks(&self, table: Option<&Identifier>) -> Result<Vec<TableLock>> {
        let place = table.map(|id| (key(id).0, id.base().object()));
        let (database, object) = match &place {
            Some((database, object)) => (Some(database.as_str()), Some(object.as_str())),
            None => (None, None),
        };
        let locks = self.metastore.locks(database, object).await;
        let locks = locks.map_err(|e| e.into_error("locks cannot be listed", self.server()))?;
        Ok(locks.into_iter().map(shown).collect())
    }

    async fn break_lock(&self, id: i64) -> Result<()> {
        // Metastores take the unlocking of a lock that they do not have for done.
        if !self.locks(None).await?.iter().any(|l| l.id == id) {
            return Err(
                Error::not_found(format!("there is no lock {id}")).with("metastore", self.server())
            );
        }
        let done = self.metastore.unlock(id).await;
        done.map_err(|e| e.into_error("the lock was not taken away", self.server()))
    }
}

fn shown(lock: ShownLock) -> TableLock {
    TableLock {
        id: lock.id,
        database: lock.database,
        table: lock.table,
        state: match lock.state {
            Some(LockState::Acquired) => "acquired",
            Some(LockState::Waiting) => "waiting",
            Some(LockState::Aborted) => "aborted",
            Some(LockState::NotAcquired) => "not acquired",
            None => "unknown",
        },
        holder: format!("{}@{}", lock.user, lock.host),
        agent: lock.agent,
        last_heartbeat: lock.last_heartbeat,
    }
}

impl HiveCatalog {
    async fn repair_database(&self, name: &str) -> Result<Vec<Identifier>> {
        match self.registered_database(name).await {
            Ok(_) => {}
            Err(e) if e.kind() == ErrorKind::NotFound => {
                self.create_database(name, &IndexMap::new(), true).await?;
            }
            Err(e) => return Err(e),
        }
        let id = Identifier::new(name, "t")?;
        let table = self.directory_for(&id).await?;
        let directory = table.strip_suffix("/t").unwrap_or(&table);
        let storage = location::open(directory, &self.options.storage, name)?;
        let mut repaired = Vec::new();
        for dir in storage.list_dirs("").await? {
            let Ok(id) = Identifier::new(name, &dir) else { continue };
            if dir.starts_with('.') || !id.is_plain() {
                continue;
            }
            let schemas = SchemaStore::new(storage.child(&dir)?, Layout::default());
            if !schemas.ids().await?.is_empty() {
                self.repair_table(&id).await?;
                repaired.push(id);
            }
        }
        Ok(repaired)
    }

    async fn repair_table(&self, id: &Identifier) -> Result<()> {
        require_plain(id, "repair")?;
        let schema = match self.find(id).await? {
            Some(found) => {
                let Some(schema) = found.schemas(&Branch::Main).latest().await? else {
                    return self.handle(id).await.map(drop);
                };
                self.project(id, Arc::clone(&schema), &[]).await?;
                schema
            }
            None => self.register_files(id).await?,
        };
        if is_partitioned(&schema) {
            self.repair_partitions(id, &schema).await?;
        }
        Ok(())
    }

    /// Registers a table that has files at its place and is not known.
    async fn register_files(&self, id: &Identifier) -> Result<Arc<TableSchema>> {
        let location = self.directory_for(id).await?;
        let storage = location::open(&location, &self.options.storage, &id.to_string())?;
        let schemas = SchemaStore::new(storage, Layout::default());
        let Some(schema) = schemas.latest().await? else {
            return Err(Error::not_found(format!("there is no table '{id}', and no files of one"))
                .with("location", &location));
        };
        let (database, name) = key(id);
        let external = self.options.external
            || schema.options.get("external").is_some_and(|v| v.eq_ignore_ascii_case("true"));
        let table = Table::new(&database, &name, &self.options.user, now_seconds(), external);
        let table = self.options.style.new_table(table, &schema, &location)?;
        match self.metastore.create_table(table).await {
            Ok(()) | Err(Failure::Exists(_)) => Ok(schema),
            Err(e) => match self.registered(id).await {
                Ok(Some(found)) if found.kind() == Kind::Paimon => Ok(schema),
                _ => Err(e
                    .into_error("the table was not registered", self.server())
                    .with("table", id.to_string())),
            },
        }
    }

    /// Adds the partitions that the latest snapshot has and the metastore lacks.
    async fn repair_partitions(&self, id: &Identifier, schema: &TableSchema) -> Result<()> {
        let table = self.handle(id).await?;
        let Some(snapshot) = table.snapshots().latest().await? else { return Ok(()) };
        let live = partitions::live(&table, &snapshot).await?;
        let (database, name) = key(id);
        let known = self.metastore.partition_names(&database, &name).await;
        let known = known.map_err(|e| {
            e.into_error("partitions cannot be listed", self.server()).with("table", id.to_string())
        })?;
        let known: BTreeSet<&str> = known.iter().map(String::as_str).collect();
        let missing: Vec<Values> = live
            .into_iter()
            .filter(|values| {
                !known.contains(partitions::path(schema, values).trim_end_matches('/'))
            })
            .collect();
        partitions::add(&*self.metastore, self.options.style, (&database, &name), schema, &missing)
            .await
    }
}
