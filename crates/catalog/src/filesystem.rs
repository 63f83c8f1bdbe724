//! The catalog that is a directory: format.md §20, `FileSystemCatalog.java`.

use crate::identifier::check_name;
use crate::{Catalog, DEFAULT_DATABASE, Database, Identifier};
use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use indexmap::IndexMap;
use rimon_metadata::{Created, Layout, ManifestCache, SnapshotStore, Storage, TableHandle};
use rimon_spec::{Error, ErrorKind, NewTable, Result, SchemaChange};

mod directories;

/// What a database's directory is called after its name.
const DATABASE_SUFFIX: &str = ".db";
/// Names that Java keeps for itself.
const SYSTEM_DATABASE: &str = "sys";
/// Hidden name of what is being dropped.
const DROPPED_PREFIX: &str = ".dropped-";

/// How a file-system catalog behaves.
#[derive(Debug, Clone)]
pub struct FilesystemOptions {
    /// Options for new tables that do not have them, without the prefix `table-default.`.
    pub table_defaults: IndexMap<String, String>,
    /// Milliseconds since the epoch, for the times in schemas.
    pub clock: fn() -> i64,
}

impl Default for FilesystemOptions {
    fn default() -> Self {
        Self { table_defaults: IndexMap::new(), clock: crate::connect::system_clock }
    }
}

/// A catalog in a warehouse directory: `<warehouse>/<database>.db/<table>`. A database exists if
/// its directory does, a table if it has a schema file.
///
/// The database `default` is listed even before it has a directory; that, and the warehouse
/// itself, are made with the first table or database. Databases have no properties.
#[derive(Debug, Clone)]
pub struct FilesystemCatalog {
    warehouse: Storage,
    options: FilesystemOptions,
    known: Known,
}

/// What was seen before and is looked at first.
#[derive(Debug, Clone)]
struct Known {
    /// Ids of the latest schemas, by table.
    schemas: moka::sync::Cache<Identifier, i64>,
    manifests: ManifestCache,
}

impl FilesystemCatalog {
    /// The catalog in the directory `warehouse`.
    pub fn new(warehouse: Storage, options: FilesystemOptions) -> Self {
        let known =
            Known { schemas: moka::sync::Cache::new(4096), manifests: ManifestCache::default() };
        Self { warehouse, options, known }
    }

    /// The warehouse directory.
    pub fn warehouse(&self) -> &Storage {
        &self.warehouse
    }
}

/// Refuses branches and system tables.
fn require_plain(id: &Identifier, what: &str) -> Result<()> {
    if id.is_plain() {
        return Ok(());
    }
    Err(Error::invalid(format!("cannot {what} a branch or a system table"))
        .with("table", id.to_string()))
}

/// Refuses the names that Java keeps for itself, and what cannot be a directory.
fn require_free_name(name: &str) -> Result<()> {
    check_name("database", name)?;
    if name == SYSTEM_DATABASE || name.starts_with('.') {
        return Err(Error::invalid(format!("the database name '{name}' is reserved")));
    }
    Ok(())
}

fn exists(id: &Identifier) -> Error {
    Error::already_exists(format!("table '{id}' is already there"))
}

#[async_trait]
impl Catalog for FilesystemCatalog {
    async fn list_databases(&self) -> Result<Vec<String>> {
        let mut names = self.directories().await?;
        if !names.iter().any(|n| n == DEFAULT_DATABASE) {
            names.push(DEFAULT_DATABASE.to_owned());
        }
        names.sort();
        Ok(names)
    }

    async fn database(&self, name: &str) -> Result<Database> {
        self.require_database(name).await?;
        let dir = self.warehouse.child(&format!("{name}{DATABASE_SUFFIX}"))?;
        Ok(Database {
            name: name.to_owned(),
            location: Some(dir.location()),
            properties: IndexMap::new(),
        })
    }

    async fn create_database(
        &self,
        name: &str,
        properties: &IndexMap<String, String>,
        ignore_if_exists: bool,
    ) -> Result<()> {
        require_free_name(name)?;
        if let Some(key) = properties.keys().next() {
            return Err(Error::unsupported(format!(
                "a filesystem catalog keeps no properties of databases, such as '{key}'"
            )));
        }
        // The default database may be listed without being there yet.
        if self.directories().await?.iter().any(|d| d == name) {
            return match ignore_if_exists {
                true => Ok(()),
                false => Err(Error::already_exists(format!("database '{name}' is already there"))),
            };
        }
        self.make_database(name).await
    }

    async fn drop_database(
        &self,
        name: &str,
        ignore_if_missing: bool,
        cascade: bool,
    ) -> Result<()> {
        require_free_name(name)?;
        if !self.directories().await?.iter().any(|d| d == name) {
            let gone = ignore_if_missing || name == DEFAULT_DATABASE;
            return if gone { Ok(()) } else { self.require_database(name).await };
        }
        let dir = format!("{name}{DATABASE_SUFFIX}");
        if !cascade {
            let held = self.warehouse.list_dirs(&dir).await?;
            let held: Vec<_> = held.iter().filter(|d| !d.starts_with('.')).collect();
            if !held.is_empty() {
                let message = format!("database '{name}' is not empty");
                return Err(Error::invalid(message)
                    .with("directories", held.len())
                    .with_hint("CASCADE drops its tables with their data"));
            }
        }
        self.drop_dir(&dir, "", name).await
    }

    async fn list_tables(&self, database: &str) -> Result<Vec<String>> {
        self.require_database(database).await?;
        let dirs = self.warehouse.list_dirs(&format!("{database}{DATABASE_SUFFIX}")).await?;
        let looks = stream::iter(dirs)
            // Names that cannot be tables are other people's directories.
            .filter(|d| {
                let table = !d.starts_with('.')
                    && Identifier::new(database, d).is_ok_and(|id| id.is_plain());
                std::future::ready(table)
            })
            .map(|table| async move {
                Ok::<_, Error>(self.has_schema(database, &table).await?.then_some(table))
            });
        let found: Vec<Option<String>> = looks.buffered(16).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn load_table(&self, identifier: &Identifier) -> Result<TableHandle> {
        if identifier.system_table().is_some() {
            return Err(Error::invalid("a system table is built from its table, not loaded")
                .with("table", identifier.to_string()));
        }
        let (storage, branch, schemas) = self.schemas(identifier).await?;
        let schema = match self.known.schemas.get(identifier) {
            Some(guess) => schemas.latest_like(guess).await?,
            None => schemas.latest().await?,
        };
        let Some(schema) = schema else { return Err(self.missing(identifier).await) };
        self.known.schemas.insert(identifier.clone(), schema.id);
        let handle = TableHandle::new(identifier.to_string(), storage, schema, branch);
        Ok(handle.with_manifest_cache(self.known.manifests.clone()))
    }

    async fn create_table(
        &self,
        identifier: &Identifier,
        mut table: NewTable,
        ignore_if_exists: bool,
    ) -> Result<()> {
        require_plain(identifier, "create")?;
        require_free_name(identifier.database())?;
        self.require_database(identifier.database()).await?;
        if table.options.contains_key("path") {
            return Err(Error::unsupported(
                "a filesystem catalog puts tables into its warehouse; the option 'path' is not for it",
            ));
        }
        if self.has_schema(identifier.database(), identifier.table()).await? {
            return if ignore_if_exists { Ok(()) } else { Err(exists(identifier)) };
        }
        for (key, value) in &self.options.table_defaults {
            table.options.entry(key.clone()).or_insert_with(|| value.clone());
        }
        let schema = rimon_spec::TableSchema::create(table, (self.options.clock)())?;
        self.make_database(identifier.database()).await?;
        let (_, _, schemas) = self.schemas(identifier).await?;
        match schemas.create(&schema).await? {
            Created::Won => Ok(()),
            Created::Lost if ignore_if_exists => Ok(()),
            Created::Lost => Err(exists(identifier)),
            Created::Unknown(e) => {
                Err(Error::unavailable("it is not known whether the table was created")
                    .with("table", identifier.to_string())
                    .with_source(e))
            }
        }
    }

    async fn alter_table(
        &self,
        identifier: &Identifier,
        changes: &[SchemaChange],
        ignore_if_missing: bool,
    ) -> Result<()> {
        if identifier.system_table().is_some() {
            return require_plain(identifier, "alter");
        }
        let (storage, branch, schemas) = self.schemas(identifier).await?;
        if schemas.ids().await?.is_empty() {
            return if ignore_if_missing { Ok(()) } else { Err(self.missing(identifier).await) };
        }
        let snapshots = SnapshotStore::new(storage, Layout::new(&branch));
        let has_snapshots = snapshots.latest_id().await?.is_some();
        let now = (self.options.clock)();
        let altered = schemas.alter(|base| base.apply(changes, has_snapshots, now)).await;
        altered.map(drop).map_err(|e| e.with("table", identifier.to_string()))
    }

    async fn rename_table(
        &self,
        from: &Identifier,
        to: &Identifier,
        ignore_if_missing: bool,
    ) -> Result<()> {
        require_plain(from, "rename")?;
        require_plain(to, "rename to")?;
        require_free_name(to.database())?;
        if !self.has_schema(from.database(), from.table()).await? {
            return if ignore_if_missing { Ok(()) } else { Err(self.missing(from).await) };
        }
        self.require_database(to.database()).await?;
        if self.has_schema(to.database(), to.table()).await? {
            return Err(exists(to));
        }
        self.make_database(to.database()).await?;
        let renamed = self.warehouse.rename_dir(&self.table_dir(from), &self.table_dir(to)).await;
        renamed.map_err(|e| match e.kind() {
            ErrorKind::AlreadyExists => e.with_hint("a directory that is no table has that name"),
            _ => e,
        })
    }

    async fn drop_table(&self, identifier: &Identifier, ignore_if_missing: bool) -> Result<()> {
        require_plain(identifier, "drop")?;
        if !self.has_schema(identifier.database(), identifier.table()).await? {
            return if ignore_if_missing { Ok(()) } else { Err(self.missing(identifier).await) };
        }
        let parent = format!("{}{DATABASE_SUFFIX}/", identifier.database());
        self.drop_dir(&self.table_dir(identifier), &parent, identifier.table()).await
    }
}

#[cfg(test)]
mod tests;
