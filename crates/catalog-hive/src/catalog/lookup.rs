//! From names to objects of the metastore and on to files.

use super::HiveCatalog;
use crate::commit::LockedCommit;
use crate::location;
use crate::metastore::Failure;
use crate::objects::{Kind, Table};
use crate::partitions::PartitionSync;
use crate::projection::is_partitioned;
use rimon_catalog::Identifier;
use rimon_metadata::{Branch, BranchStore, Layout, SchemaStore, Storage, TableHandle};
use rimon_spec::{Error, Result};
use std::sync::Arc;

/// What a database holds.
#[derive(Debug, Default)]
pub(super) struct Objects {
    /// Paimon's tables, sorted.
    pub(super) paimon: Vec<String>,
    /// Other tables and views, sorted, and what they are.
    pub(super) others: Vec<(String, String)>,
}

/// A table of Paimon's that the metastore has.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) table: Table,
    pub(super) location: String,
    pub(super) storage: Storage,
}

impl Found {
    pub(super) fn schemas(&self, branch: &Branch) -> SchemaStore {
        SchemaStore::new(self.storage.clone(), Layout::new(branch))
    }
}

/// Names as the metastore spells them.
pub(super) fn key(id: &Identifier) -> (String, String) {
    (id.database().to_lowercase(), id.table().to_lowercase())
}

impl HiveCatalog {
    /// All tables and views of a database: two calls, and one more for each `batch` of tables.
    pub(super) async fn objects(&self, database: &str) -> Result<Objects> {
        let database = database.to_lowercase();
        self.load_database(&database).await?;
        let fail = |e: Failure| e.into_error("tables cannot be listed", self.server());
        let names = self.metastore.tables(&database).await.map_err(fail)?;
        let mut objects = Objects::default();
        for names in names.chunks(self.options.batch.max(1)) {
            let tables = self.metastore.tables_by_name(&database, names).await.map_err(fail)?;
            for table in tables {
                match table.kind() {
                    Kind::Paimon => objects.paimon.push(table.name()),
                    Kind::View => objects.others.push((table.name(), "view".to_owned())),
                    Kind::Other(kind) => objects.others.push((table.name(), kind)),
                }
            }
        }
        objects.paimon.sort();
        objects.others.sort();
        Ok(objects)
    }

    /// The table as the metastore has it, `None` if it has none of that name.
    pub(super) async fn registered(&self, id: &Identifier) -> Result<Option<Table>> {
        let (database, name) = key(id);
        match self.metastore.table(&database, &name).await {
            Ok(table) => Ok(Some(table)),
            Err(Failure::NotFound(_)) => Ok(None),
            Err(e) => Err(e
                .into_error("the table cannot be looked up", self.server())
                .with("table", id.to_string())),
        }
    }

    /// The table, which must be Paimon's and on a store that this build has.
    pub(super) async fn find(&self, id: &Identifier) -> Result<Option<Found>> {
        let Some(table) = self.registered(id).await? else { return Ok(None) };
        let name = id.base().to_string();
        match table.kind() {
            Kind::Paimon => {}
            Kind::View => return Err(foreign(&name, "a view", self.server())),
            Kind::Other(kind) => {
                return Err(foreign(&name, &format!("a table of type {kind}"), self.server()));
            }
        }
        let Some(location) = self.options.style.location(&table) else {
            return Err(location::missing(&name, self.server()));
        };
        let storage = location::open(&location, &self.options.storage, &name)?;
        Ok(Some(Found { table, location, storage }))
    }

    /// The handle of a table or branch.
    pub(super) async fn handle(&self, id: &Identifier) -> Result<TableHandle> {
        let Some(found) = self.find(id).await? else { return Err(self.missing(id).await) };
        let branch = id.branch()?;
        let schemas = found.schemas(&branch);
        let schema = match self.schemas.get(id) {
            Some(guess) => schemas.latest_like(guess).await?,
            None => schemas.latest().await?,
        };
        let Some(schema) = schema else {
            return Err(self.without_schema(id, &branch, &found).await);
        };
        self.schemas.insert(id.clone(), schema.id);
        let partitioned = is_partitioned(&schema);
        let handle = TableHandle::new(id.to_string(), found.storage.clone(), schema, branch)
            .with_manifest_cache(self.manifests.clone());
        let handle = match self.options.lock.enabled {
            false => handle,
            true => {
                let (database, _) = key(id);
                let object = id.base().object();
                let commit = LockedCommit::new(
                    Arc::clone(&handle.commit),
                    self.locks.clone(),
                    database,
                    object,
                );
                handle.with_commit(Arc::new(commit))
            }
        };
        if !partitioned {
            return Ok(handle);
        }
        let sync =
            PartitionSync::new(Arc::clone(&self.metastore), self.options.style, key(id), &handle);
        Ok(handle.with_listener(Arc::new(sync)))
    }

    /// A table that the metastore knows and whose files are not there.
    async fn without_schema(&self, id: &Identifier, branch: &Branch, found: &Found) -> Error {
        if !branch.is_main() {
            let main = found.schemas(&Branch::Main).ids().await;
            if main.is_ok_and(|ids| !ids.is_empty()) {
                let names = BranchStore::new(found.storage.clone()).names().await;
                let mut names = names.unwrap_or_default();
                names.insert(0, Branch::MAIN.to_owned());
                return Error::not_found(format!("table '{id}' has no branch '{branch}'"))
                    .with_hint(format!("branches: {}", names.join(", ")));
            }
        }
        Error::not_found(format!("there is no table '{}': its directory has no schema", id.base()))
            .with("location", &found.location)
            .with("metastore", self.server())
            .with_hint("the metastore has a table of that name; its files are not there")
    }

    /// `NotFound` for the table or its database, whichever is missing.
    pub(super) async fn missing(&self, id: &Identifier) -> Error {
        match self.load_database(id.database()).await {
            Err(e) => e,
            Ok(_) => Error::not_found(format!("there is no table '{}'", id.base()))
                .with("metastore", self.server()),
        }
    }
}

/// A table that is not ours to touch.
fn foreign(name: &str, kind: &str, server: &str) -> Error {
    Error::unsupported(format!("'{name}' is {kind} and not one of Paimon's"))
        .with("metastore", server)
}
