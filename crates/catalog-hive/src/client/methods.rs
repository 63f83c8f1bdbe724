//! The methods in use: whether they only read, and which exceptions they declare (`hive_metastore.thrift`).

use crate::metastore::{Called, Failure};
use crate::thrift::{Struct, Value};

/// A declared exception.
#[derive(Debug, Clone, Copy)]
pub(super) enum Thrown {
    /// `NoSuchObjectException`, `UnknownDBException`, `NoSuchLockException`, …
    Missing,
    /// `AlreadyExistsException`.
    Exists,
    /// `InvalidObjectException`, `InvalidOperationException`, `TxnAbortedException`, …
    Invalid,
    /// `MetaException`: anything else that went wrong in the server.
    Meta,
}

/// A method.
#[derive(Debug, Clone, Copy)]
pub(super) struct Method {
    pub(super) name: &'static str,
    /// Whether calling it again does no harm.
    pub(super) reads: bool,
    /// Its exceptions, from field 1 of the result on.
    throws: &'static [Thrown],
}

impl Method {
    const fn reads(name: &'static str, throws: &'static [Thrown]) -> Self {
        Self { name, reads: true, throws }
    }

    const fn changes(name: &'static str, throws: &'static [Thrown]) -> Self {
        Self { name, reads: false, throws }
    }

    /// The value or the exception of a result.
    pub(super) fn outcome(self, result: Struct) -> Called<Option<Value>> {
        for (id, field) in result.fields() {
            if *id == 0 {
                continue;
            }
            let Value::Struct(exception) = field else { continue };
            let message = exception.text(1).unwrap_or_default();
            let message = if message.is_empty() { "no reason given".to_owned() } else { message };
            let thrown =
                usize::try_from(*id).ok().and_then(|id| self.throws.get(id.checked_sub(1)?));
            return Err(match thrown {
                Some(Thrown::Missing) => Failure::NotFound(message),
                Some(Thrown::Exists) => Failure::Exists(message),
                Some(Thrown::Invalid) => Failure::Refused(message),
                Some(Thrown::Meta) | None => Failure::Trouble(message),
            });
        }
        Ok(result.get(0).cloned())
    }
}

use Thrown::{Exists, Invalid, Meta, Missing};

pub(super) const GET_ALL_DATABASES: Method = Method::reads("get_all_databases", &[Meta]);
pub(super) const GET_DATABASE: Method = Method::reads("get_database", &[Missing, Meta]);
pub(super) const CREATE_DATABASE: Method =
    Method::changes("create_database", &[Exists, Invalid, Meta]);
pub(super) const DROP_DATABASE: Method =
    Method::changes("drop_database", &[Missing, Invalid, Meta]);

pub(super) const GET_ALL_TABLES: Method = Method::reads("get_all_tables", &[Meta]);
pub(super) const GET_TABLE: Method = Method::reads("get_table", &[Meta, Missing]);
pub(super) const GET_TABLE_REQ: Method = Method::reads("get_table_req", &[Meta, Missing]);
pub(super) const GET_TABLES: Method =
    Method::reads("get_table_objects_by_name", &[Meta, Invalid, Missing]);
pub(super) const GET_TABLES_REQ: Method =
    Method::reads("get_table_objects_by_name_req", &[Meta, Invalid, Missing]);
pub(super) const CREATE_TABLE: Method =
    Method::changes("create_table", &[Exists, Invalid, Meta, Missing]);
pub(super) const CREATE_TABLE_WITH: Method =
    Method::changes("create_table_with_environment_context", &[Exists, Invalid, Meta, Missing]);
pub(super) const ALTER_TABLE: Method = Method::changes("alter_table", &[Invalid, Meta]);
pub(super) const ALTER_TABLE_WITH: Method =
    Method::changes("alter_table_with_environment_context", &[Invalid, Meta]);
pub(super) const DROP_TABLE: Method = Method::changes("drop_table", &[Missing, Meta]);
pub(super) const DROP_TABLE_WITH: Method =
    Method::changes("drop_table_with_environment_context", &[Missing, Meta]);

pub(super) const GET_PARTITION_NAMES: Method =
    Method::reads("get_partition_names", &[Missing, Meta]);
pub(super) const GET_PARTITION: Method = Method::reads("get_partition", &[Meta, Missing]);
/// With `ifNotExists`, so that it may be repeated.
pub(super) const ADD_PARTITIONS: Method =
    Method::reads("add_partitions_req", &[Invalid, Exists, Meta]);
pub(super) const DROP_PARTITION: Method = Method::changes("drop_partition", &[Missing, Meta]);

pub(super) const GET_CONFIG_VALUE: Method = Method::reads("get_config_value", &[Invalid]);

pub(super) const LOCK: Method = Method::changes("lock", &[Missing, Invalid]);
pub(super) const CHECK_LOCK: Method = Method::reads("check_lock", &[Missing, Invalid, Missing]);
pub(super) const HEARTBEAT: Method = Method::reads("heartbeat", &[Missing, Missing, Invalid]);
pub(super) const UNLOCK: Method = Method::reads("unlock", &[Missing, Invalid]);
pub(super) const SHOW_LOCKS: Method = Method::reads("show_locks", &[]);
