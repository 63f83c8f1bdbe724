//! Databases: `HiveCatalog.createDatabaseImpl`, `convertToHiveDatabase`, `dropDatabaseImpl`.

use super::HiveCatalog;
use super::names::check_new;
use crate::location;
use crate::metastore::Failure;
use crate::objects;
use crate::projection::LOCATION_PARAMETER;
use indexmap::IndexMap;
use rimon_catalog::{Catalog, DEFAULT_DATABASE, Database, Identifier};
use rimon_metadata::Storage;
use rimon_spec::{Error, ErrorKind, Result};

const COMMENT: &str = "comment";
const OWNER: &str = "owner";
const LOCATION: &str = "location";

impl HiveCatalog {
    /// A database with its properties.
    pub(super) async fn load_database(&self, name: &str) -> Result<Database> {
        let database = self.registered_database(name).await?;
        let mut properties = database.parameters();
        let location = self.directory_of(&database);
        for (key, value) in [
            (COMMENT, database.description()),
            (OWNER, database.owner()),
            (LOCATION, location.clone()),
        ] {
            if let Some(value) = value {
                properties.insert(key.to_owned(), value);
            }
        }
        Ok(Database { name: name.to_lowercase(), location, properties })
    }

    pub(super) async fn registered_database(&self, name: &str) -> Result<objects::Database> {
        match self.metastore.database(&name.to_lowercase()).await {
            Ok(database) => Ok(database),
            Err(Failure::NotFound(_)) => {
                Err(Error::not_found(format!("there is no database '{name}'"))
                    .with("metastore", self.server()))
            }
            Err(e) => Err(e
                .into_error("the database cannot be looked up", self.server())
                .with("database", name)),
        }
    }

    /// Where tables of a database go.
    fn directory_of(&self, database: &objects::Database) -> Option<String> {
        if self.options.style.location_in_parameters
            && let Some(location) = database.parameters().get(LOCATION_PARAMETER)
        {
            return Some(location.clone());
        }
        database.location()
    }

    /// Where a new table of a database goes.
    pub(super) async fn directory_for(&self, id: &Identifier) -> Result<String> {
        let database = self.registered_database(id.database()).await?;
        let base = self.directory_of(&database);
        let base = base
            .unwrap_or_else(|| location::child(&self.warehouse, &format!("{}.db", id.database())));
        Ok(location::child(&base, id.table()))
    }

    pub(super) async fn make_database(
        &self,
        name: &str,
        properties: &IndexMap<String, String>,
        ignore_if_exists: bool,
    ) -> Result<()> {
        check_new("database", name, self.server())?;
        match self.registered_database(name).await {
            Ok(_) if ignore_if_exists => return Ok(()),
            Ok(_) => {
                return Err(Error::already_exists(format!("database '{name}' is already there")));
            }
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => return Err(e),
        }
        let database = self.new_database(name, properties).await?;
        match self.metastore.create_database(database.clone()).await {
            Ok(()) => Ok(()),
            Err(Failure::Exists(_)) if ignore_if_exists => Ok(()),
            Err(e) => {
                // The answer may have been lost on its way.
                if e.is_doubtful()
                    && let Ok(found) = self.registered_database(name).await
                    && self.same_place(&found, &database)
                {
                    return Ok(());
                }
                Err(e
                    .into_error("the database was not created", self.server())
                    .with("database", name))
            }
        }
    }

    fn same_place(&self, one: &objects::Database, other: &objects::Database) -> bool {
        match (self.directory_of(one), self.directory_of(other)) {
            (Some(one), Some(other)) => location::same(&one, &other),
            _ => false,
        }
    }

    async fn new_database(
        &self,
        name: &str,
        properties: &IndexMap<String, String>,
    ) -> Result<objects::Database> {
        let mut database = objects::Database::new(name);
        let mut parameters = IndexMap::new();
        let mut directory = location::child(&self.warehouse, &format!("{name}.db"));
        for (key, value) in properties {
            match key.as_str() {
                COMMENT => database.set_description(value),
                OWNER => database.set_owner(value),
                LOCATION => directory = location::warehouse(value, &self.options.storage)?,
                _ => {
                    parameters.insert(key.clone(), value.clone());
                }
            }
        }
        if self.options.style.location_in_parameters {
            // The server does not reach it, so that we make it.
            location::open(&directory, &self.options.storage, name)?.create_dir("").await?;
            parameters.insert(LOCATION_PARAMETER.to_owned(), directory);
        } else {
            database.set_location(Some(&directory));
        }
        database.set_parameters(&parameters);
        Ok(database)
    }

    pub(super) async fn remove_database(
        &self,
        name: &str,
        ignore_if_missing: bool,
        cascade: bool,
    ) -> Result<()> {
        let name = name.to_lowercase();
        let database = match self.registered_database(&name).await {
            Ok(database) => database,
            Err(e) if e.kind() == ErrorKind::NotFound && ignore_if_missing => return Ok(()),
            Err(e) => return Err(e),
        };
        if name == DEFAULT_DATABASE {
            return Err(Error::invalid("a metastore keeps its default database"));
        }
        let held = self.objects(&name).await?;
        if let Some((other, kind)) = held.others.first() {
            return Err(Error::invalid(format!(
                "database '{name}' has objects that are not Paimon's"
            ))
            .with("object", format!("{other} ({kind})"))
            .with_hint("drop them with the engine that made them"));
        }
        if !held.paimon.is_empty() && !cascade {
            return Err(Error::invalid(format!("database '{name}' is not empty"))
                .with("tables", held.paimon.len())
                .with_hint("CASCADE drops its tables with their data"));
        }
        for table in held.paimon {
            self.drop_table(&Identifier::new(&name, &table)?, true).await?;
        }
        // Files are not left to the server, which would delete what it does not know.
        match self.metastore.drop_database(&name, false, false).await {
            Ok(()) => {}
            Err(Failure::NotFound(_)) if ignore_if_missing => {}
            Err(e) if e.is_doubtful() => match self.registered_database(&name).await {
                Err(gone) if gone.kind() == ErrorKind::NotFound => {}
                _ => return Err(self.not_dropped(e, &name)),
            },
            Err(e) => return Err(self.not_dropped(e, &name)),
        }
        let Some(directory) = self.directory_of(&database) else { return Ok(()) };
        remove_if_empty(&location::open(&directory, &self.options.storage, &name)?).await
    }

    fn not_dropped(&self, e: Failure, name: &str) -> Error {
        e.into_error("the database was not dropped", self.server()).with("database", name)
    }
}

/// Removes a directory without content; what is not ours stays.
async fn remove_if_empty(storage: &Storage) -> Result<()> {
    let dirs = storage.list_dirs("").await?;
    if !dirs.is_empty() || !storage.list("").await?.is_empty() {
        return Ok(());
    }
    match storage.local_dir() {
        // Fails for a directory that was filled since.
        Some(dir) => {
            let dir = dir.to_owned();
            let _ = tokio::task::spawn_blocking(move || std::fs::remove_dir(dir)).await;
            Ok(())
        }
        None => Ok(()),
    }
}
