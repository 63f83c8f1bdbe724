//! Locks.

use crate::thrift::{Struct, Value};

/// `LockType.EXCLUSIVE`, `LockLevel.TABLE`.
const EXCLUSIVE: i32 = 3;
const TABLE: i32 = 2;

/// `LockState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LockState {
    Acquired,
    Waiting,
    /// The server took it away.
    Aborted,
    NotAcquired,
}

impl LockState {
    /// From its number.
    pub(crate) fn of(number: i64) -> Option<Self> {
        Some(match number {
            1 => LockState::Acquired,
            2 => LockState::Waiting,
            3 => LockState::Aborted,
            4 => LockState::NotAcquired,
            _ => return None,
        })
    }
}

/// The request of an exclusive lock of a table; `agent` tells who wants it. The kind of operation is left open, as
/// Java does.
pub(crate) fn exclusive_lock(
    (database, table): (&str, &str),
    (user, host): (&str, &str),
    agent: &str,
) -> Struct {
    let component = Struct::default()
        .with(1, Value::I32(EXCLUSIVE))
        .with(2, Value::I32(TABLE))
        .with(3, Value::text(database))
        .with(4, Value::text(table));
    Struct::default()
        .with(1, Value::structs([component]))
        .with(3, Value::text(user))
        .with(4, Value::text(host))
        .with(5, Value::text(agent))
}

/// A lock as `show_locks` lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShownLock {
    pub(crate) id: i64,
    pub(crate) database: String,
    pub(crate) table: Option<String>,
    pub(crate) state: Option<LockState>,
    /// Milliseconds since the epoch.
    pub(crate) last_heartbeat: i64,
    pub(crate) acquired_at: Option<i64>,
    pub(crate) user: String,
    pub(crate) host: String,
    pub(crate) agent: Option<String>,
}

impl ShownLock {
    /// From `ShowLocksResponseElement`.
    pub(crate) fn of(fields: &Struct) -> Self {
        Self {
            id: fields.number(1).unwrap_or_default(),
            database: fields.text(2).unwrap_or_default(),
            table: fields.text(3),
            state: fields.number(5).and_then(LockState::of),
            last_heartbeat: fields.number(8).unwrap_or_default(),
            acquired_at: fields.number(9),
            user: fields.text(10).unwrap_or_default(),
            host: fields.text(11).unwrap_or_default(),
            agent: fields.text(13),
        }
    }
}
