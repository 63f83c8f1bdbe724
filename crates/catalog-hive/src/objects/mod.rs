//! What a metastore keeps, as views of its structs that keep unknown fields (field numbers of `hive_metastore.thrift`).

mod database;
mod lock;
mod partition;
mod table;

pub(crate) use database::Database;
pub(crate) use lock::{LockState, ShownLock, exclusive_lock};
pub(crate) use partition::Partition;
pub(crate) use table::{Column, Kind, Table};

/// Hive 4 wants to know who is what: `PrincipalType.USER`.
pub(crate) const PRINCIPAL_USER: i32 = 1;
