//! The calls of a metastore that the catalog makes, as a port: everything above this is the same for every client.

use crate::objects::{Database, LockState, Partition, ShownLock, Table};
use async_trait::async_trait;
use rimon_spec::{Error, ErrorKind};
use std::fmt::Debug;

/// Why a call did not do what it was to do.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The server says that the database, table, partition or lock is not there.
    NotFound(String),
    /// The server says that it is there already.
    Exists(String),
    /// The server refused, with an exception it declares or with one of the protocol: for certain nothing was
    /// done unless the refusal is the server's own trouble ([`Failure::Trouble`]).
    Refused(String),
    /// The server failed inside (`MetaException`, an internal error): what it did until then is not known.
    Trouble(String),
    /// The server has no such method.
    NoSuchMethod(String),
    /// No server took the call: nothing was done.
    NotSent(Error),
    /// The call was sent and no complete answer came: whether it was done is not known.
    Lost(Error),
}

impl Failure {
    /// Whether the call may have been done although it failed.
    pub(crate) fn is_doubtful(&self) -> bool {
        matches!(self, Failure::Lost(_) | Failure::Trouble(_))
    }

    /// The error for the catalog's caller; `what` is what could not be done, `server` where.
    pub(crate) fn into_error(self, what: &str, server: &str) -> Error {
        let error = match self {
            Failure::NotFound(message) => Error::not_found(format!("{what}: {message}")),
            Failure::Exists(message) => Error::already_exists(format!("{what}: {message}")),
            Failure::Refused(message) => {
                Error::invalid(format!("{what}: the metastore refuses: {message}"))
            }
            Failure::Trouble(message) => {
                Error::unavailable(format!("{what}: the metastore has trouble: {message}"))
            }
            Failure::NoSuchMethod(method) => {
                Error::unsupported(format!("{what}: the metastore has no method '{method}'"))
                    .with_hint("Hive 2.3, 3.1 and 4.0 are known to work")
            }
            Failure::NotSent(e) => return e.with("call", what),
            Failure::Lost(e) => return e.with("call", what),
        };
        error.with("metastore", server)
    }
}

impl From<Error> for Failure {
    /// An error before anything was sent, or in what came back complete.
    fn from(e: Error) -> Self {
        match e.kind() {
            ErrorKind::NotFound => Failure::NotFound(e.message().to_owned()),
            _ => Failure::NotSent(e),
        }
    }
}

/// The result of a call.
pub(crate) type Called<T> = Result<T, Failure>;

/// How a table is altered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AlterMode {
    /// Whether partitions take over the columns.
    pub(crate) cascade: bool,
    /// Whether the server leaves its statistics alone.
    pub(crate) skip_statistics: bool,
}

/// A Hive metastore.
///
/// Contract: reading calls may be repeated by the implementation; a call that changes something is sent once, to one
/// server, and any doubt about it is [`Failure::Lost`] or [`Failure::Trouble`]. No call takes for ever. Futures may be
/// dropped; a call under way then goes on in the background, its outcome unknown.
#[async_trait]
pub(crate) trait Metastore: Debug + Send + Sync {
    /// The servers, for messages.
    fn servers(&self) -> &str;

    /// A setting of the server, `default` where it is not set.
    async fn setting(&self, name: &str, default: &str) -> Called<String>;

    /// Names of all databases.
    async fn databases(&self) -> Called<Vec<String>>;

    /// A database.
    async fn database(&self, name: &str) -> Called<Database>;

    /// Creates a database.
    async fn create_database(&self, database: Database) -> Called<()>;

    /// Drops a database, with `cascade` also one that has tables; files are left to the server only with `delete`.
    async fn drop_database(&self, name: &str, delete: bool, cascade: bool) -> Called<()>;

    /// Names of all tables and views.
    async fn tables(&self, database: &str) -> Called<Vec<String>>;

    /// A table or view.
    async fn table(&self, database: &str, name: &str) -> Called<Table>;

    /// Those of the tables that are there.
    async fn tables_by_name(&self, database: &str, names: &[String]) -> Called<Vec<Table>>;

    /// Creates a table.
    async fn create_table(&self, table: Table) -> Called<()>;

    /// Makes the table `name` what `table` says.
    async fn alter_table(
        &self,
        database: &str,
        name: &str,
        table: Table,
        mode: Option<AlterMode>,
    ) -> Called<()>;

    /// Drops a table; with `delete` the server deletes its directory.
    async fn drop_table(&self, database: &str, name: &str, delete: bool) -> Called<()>;

    /// Adds those of the partitions that are not there.
    async fn add_partitions(
        &self,
        database: &str,
        table: &str,
        partitions: Vec<Partition>,
    ) -> Called<()>;

    /// Names (`a=1/b=2`) of all partitions.
    async fn partition_names(&self, database: &str, table: &str) -> Called<Vec<String>>;

    /// A partition by its values; for tests.
    async fn partition(&self, database: &str, table: &str, values: &[String]) -> Called<Partition>;

    /// Drops a partition, leaving its files.
    async fn drop_partition(&self, database: &str, table: &str, values: &[String]) -> Called<()>;

    /// Asks for an exclusive lock of a table.
    async fn lock(&self, database: &str, table: &str, agent: &str) -> Called<(i64, LockState)>;

    /// How a lock stands; a sign of life.
    async fn check_lock(&self, id: i64) -> Called<LockState>;

    /// A sign of life of a lock's holder.
    async fn heartbeat(&self, id: i64) -> Called<()>;

    /// Gives a lock back.
    async fn unlock(&self, id: i64) -> Called<()>;

    /// Locks that are held or waited for, of a database or table if given.
    async fn locks(&self, database: Option<&str>, table: Option<&str>) -> Called<Vec<ShownLock>>;
}
