//! The directories of a file-system catalog: where things are, and whether they are there.

use super::{DATABASE_SUFFIX, DROPPED_PREFIX, FilesystemCatalog};
use crate::identifier::check_name;
use crate::{DEFAULT_DATABASE, Identifier};
use rimon_metadata::{Branch, BranchStore, Layout, SchemaStore, Storage};
use rimon_spec::{Error, Result};

impl FilesystemCatalog {
    pub(super) fn table_dir(&self, id: &Identifier) -> String {
        format!("{}{DATABASE_SUFFIX}/{}", id.database(), id.table())
    }

    pub(super) fn table_storage(&self, id: &Identifier) -> Result<Storage> {
        self.warehouse.child(&self.table_dir(id))
    }

    /// The schemas of the table or branch; and that the branch is there.
    pub(super) async fn schemas(&self, id: &Identifier) -> Result<(Storage, Branch, SchemaStore)> {
        let storage = self.table_storage(id)?;
        let branch = id.branch()?;
        let schemas = SchemaStore::new(storage.clone(), Layout::new(&branch));
        Ok((storage, branch, schemas))
    }

    /// `NotFound` for the table, its branch, or its database, whichever is missing.
    pub(super) async fn missing(&self, id: &Identifier) -> Error {
        let branch = match id.branch() {
            Ok(branch) => branch,
            Err(e) => return e,
        };
        match self.require_database(id.database()).await {
            Err(e) => e,
            Ok(()) => match self.branches_beside(id, &branch).await {
                Some(names) => Error::not_found(format!("table '{id}' has no branch '{branch}'"))
                    .with_hint(format!("branches: {names}")),
                None => Error::not_found(format!(
                    "there is no table '{}.{}'",
                    id.database(),
                    id.table()
                ))
                .with("warehouse", self.warehouse.location()),
            },
        }
    }

    /// Names of the branches of a table that exists, when a branch was asked for.
    pub(super) async fn branches_beside(&self, id: &Identifier, branch: &Branch) -> Option<String> {
        if branch.is_main() {
            return None;
        }
        let storage = self.table_storage(id).ok()?;
        let main = SchemaStore::new(storage.clone(), Layout::default());
        if main.ids().await.ok()?.is_empty() {
            return None;
        }
        let mut names = BranchStore::new(storage).names().await.ok()?;
        names.insert(0, Branch::MAIN.to_owned());
        Some(names.join(", "))
    }

    pub(super) async fn database_exists(&self, name: &str) -> Result<bool> {
        if name == DEFAULT_DATABASE {
            return Ok(true);
        }
        check_name("database", name)?;
        Ok(self.directories().await?.iter().any(|d| d == name))
    }

    pub(super) async fn require_database(&self, name: &str) -> Result<()> {
        if self.database_exists(name).await? {
            return Ok(());
        }
        let error = Error::not_found(format!("there is no database '{name}'"))
            .with("warehouse", self.warehouse.location());
        Err(match self.warehouse.local_dir() {
            Some(dir) if !dir.exists() => error.with_hint("the warehouse directory does not exist"),
            _ => error,
        })
    }

    /// Databases that have a directory.
    pub(super) async fn directories(&self) -> Result<Vec<String>> {
        if let Some(dir) = self.warehouse.local_dir()
            && dir.is_file()
        {
            return Err(Error::invalid("the warehouse is a file, not a directory")
                .with("warehouse", dir.display()));
        }
        let name = |d: &String| {
            let name = d.strip_suffix(DATABASE_SUFFIX)?;
            (!name.is_empty() && !d.starts_with('.')).then(|| name.to_owned())
        };
        Ok(self.warehouse.list_dirs("").await?.iter().filter_map(name).collect())
    }

    /// Creates the directory of a database.
    pub(super) async fn make_database(&self, name: &str) -> Result<()> {
        let dir = format!("{name}{DATABASE_SUFFIX}");
        if self.warehouse.local_dir().is_none() {
            // Stores without directories remember a database by an object in it.
            let marker = format!("{dir}/.database");
            return self.warehouse.overwrite(&marker, Vec::new().into()).await;
        }
        self.warehouse.create_dir(&dir).await.map_err(|e| {
            e.with("warehouse", self.warehouse.location())
                .with_hint("the warehouse must be a directory that can be written to")
        })
    }

    /// Moves a directory out of sight and deletes it, so that it is gone at once or not at all.
    pub(super) async fn drop_dir(&self, dir: &str, parent: &str, name: &str) -> Result<()> {
        if self.warehouse.local_dir().is_none() {
            return self.warehouse.delete_dir(dir).await;
        }
        let hidden = format!("{parent}{DROPPED_PREFIX}{name}-{}", uuid::Uuid::new_v4());
        self.warehouse.rename_dir(dir, &hidden).await?;
        self.warehouse.delete_dir(&hidden).await.map_err(|e| {
            let rest = format!("{}/{hidden}", self.warehouse.location());
            e.with_hint(format!("it is dropped; what is left of its files is in {rest}"))
        })
    }

    pub(super) async fn has_schema(&self, database: &str, table: &str) -> Result<bool> {
        let id = Identifier::new(database, table)?;
        let (_, _, schemas) = self.schemas(&id).await?;
        Ok(!schemas.ids().await?.is_empty())
    }
}
