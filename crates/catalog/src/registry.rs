//! What a catalog that keeps tables in a service can do besides.

use crate::Identifier;
use async_trait::async_trait;
use rimon_spec::Result;

/// A lock that the service knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableLock {
    /// Its number.
    pub id: i64,
    /// Database.
    pub database: String,
    /// Table, with its branch; `None` for locks of whole databases.
    pub table: Option<String>,
    /// `acquired`, `waiting`, or what else the service says.
    pub state: &'static str,
    /// Who asked for it: user and machine.
    pub holder: String,
    /// What the holder's program says of itself.
    pub agent: Option<String>,
    /// The last sign of life, milliseconds since the epoch.
    pub last_heartbeat: i64,
}

/// An object that is not one of Paimon's tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignObject {
    /// Name.
    pub name: String,
    /// What it is, in the service's words.
    pub kind: String,
}

/// What to repair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RepairScope {
    /// All databases of the warehouse.
    All,
    /// One database.
    Database(String),
    /// One table.
    Table(Identifier),
}

/// The service behind a catalog.
#[async_trait]
pub trait Registry: Send + Sync {
    /// Objects of a database that are not Paimon's tables, by name.
    async fn foreign_objects(&self, database: &str) -> Result<Vec<ForeignObject>>;

    /// Makes the service know what the files say: databases and tables that it lacks are registered, others brought up
    /// to date, partitions that it lacks are added. Nothing is dropped, no file is written. Gives the tables looked at.
    async fn repair(&self, scope: &RepairScope) -> Result<Vec<Identifier>>;

    /// Locks that are held or waited for, of one table or of all.
    async fn locks(&self, table: Option<&Identifier>) -> Result<Vec<TableLock>>;

    /// Takes a lock away from whoever has it.
    async fn break_lock(&self, id: i64) -> Result<()>;
}
