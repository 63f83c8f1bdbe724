//! What a catalog is.

use crate::{Identifier, Registry};
use async_trait::async_trait;
use indexmap::IndexMap;
use rimon_metadata::TableHandle;
use rimon_spec::{ErrorKind, NewTable, Result, SchemaChange};
use std::fmt::Debug;

/// The database that is always there.
pub const DEFAULT_DATABASE: &str = "default";

/// A database of a catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// Name.
    pub name: String,
    /// Where its tables are, where that is known.
    pub location: Option<String>,
    /// Properties, `comment` among them; empty where the catalog keeps none.
    pub properties: IndexMap<String, String>,
}

/// Databases and tables by name: where a table is and which schema it has.
///
/// Contract:
/// - Names are case-sensitive unless the catalog says otherwise. [`DEFAULT_DATABASE`] always
///   exists for its users; it may be made when the first table is.
/// - A call that returns `Ok` has happened and is seen by every later call of every process. A call
///   that fails with `Unavailable` may have happened; all others have not.
/// - What is not there is `NotFound`, what is already there `AlreadyExists`, in both cases naming
///   it; the `ignore_…` flags turn exactly that case into `Ok` without effect.
/// - Creation and alteration are atomic: of two concurrent ones both happen one after the other, or
///   one fails; a table's schema is never overwritten.
/// - Nothing of a table's content is read beyond its schemas, and no catalog reads or writes data.
/// - Branches and system tables cannot be created, altered, renamed or dropped through a catalog
///   (`Invalid`), except that altering a branch alters the branch's schema.
///
/// [`testing::contract`](crate::testing::contract) checks an implementation.
#[async_trait]
pub trait Catalog: Debug + Send + Sync {
    /// Names of all databases, sorted, the default one included.
    async fn list_databases(&self) -> Result<Vec<String>>;

    /// One database.
    async fn database(&self, name: &str) -> Result<Database>;

    /// Creates a database. Properties that the catalog cannot keep are refused by name.
    async fn create_database(
        &self,
        name: &str,
        properties: &IndexMap<String, String>,
        ignore_if_exists: bool,
    ) -> Result<()>;

    /// Drops a database; one that is not empty only with `cascade`, which drops its tables with
    /// all their data (`Invalid` otherwise).
    async fn drop_database(&self, name: &str, ignore_if_missing: bool, cascade: bool)
    -> Result<()>;

    /// Names of the tables of a database, sorted, without branches and system tables.
    async fn list_tables(&self, database: &str) -> Result<Vec<String>>;

    /// The table, or the branch of a table, with its latest schema. A system table is `Invalid`:
    /// load its [base](Identifier::base) and build it from that.
    async fn load_table(&self, identifier: &Identifier) -> Result<TableHandle>;

    /// Whether the table is there.
    async fn table_exists(&self, identifier: &Identifier) -> Result<bool> {
        match self.load_table(&identifier.base()).await {
            Ok(_) => Ok(true),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(false),
            Err(e) => Err(e),
        }
    }

    /// Creates a table; the catalog's `table-default.*` options are taken where the table has
    /// none of its own.
    async fn create_table(
        &self,
        identifier: &Identifier,
        table: NewTable,
        ignore_if_exists: bool,
    ) -> Result<()>;

    /// Applies all of `changes`, or none, as one new schema.
    async fn alter_table(
        &self,
        identifier: &Identifier,
        changes: &[SchemaChange],
        ignore_if_missing: bool,
    ) -> Result<()>;

    /// Gives a table another name, in the same or another database that exists.
    async fn rename_table(
        &self,
        from: &Identifier,
        to: &Identifier,
        ignore_if_missing: bool,
    ) -> Result<()>;

    /// Drops a table with all its data.
    async fn drop_table(&self, identifier: &Identifier, ignore_if_missing: bool) -> Result<()>;

    /// The service that the tables are registered with, for catalogs that have one.
    fn registry(&self) -> Option<&dyn Registry> {
        None
    }
}
