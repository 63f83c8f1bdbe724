//! What a table needs from its surroundings: a clock, random ids and jitter. Injected, so that tests can fix them.

use std::fmt::Debug;
use std::sync::Arc;

/// A source of time. Safety never depends on it; it only labels snapshots and files.
pub trait Clock: Debug + Send + Sync {
    /// Milliseconds since the epoch, UTC.
    fn now_millis(&self) -> i64;
    /// The local wall clock as if it were UTC, in milliseconds: what Java stores in `_CREATION_TIME`.
    fn local_wall_millis(&self) -> i64;
}

/// A source of names that nobody else uses, and of jitter.
pub trait IdSource: Debug + Send + Sync {
    /// A random (version 4) UUID in its usual text form.
    fn uuid(&self) -> String;
    /// A random number in `0..bound`; 0 for a bound of 0.
    fn below(&self, bound: u64) -> u64;
}

/// The clock and the ids that a table works with.
#[derive(Debug, Clone)]
pub struct Runtime {
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl Runtime {
    /// The system's clock and random numbers.
    pub fn system() -> Self {
        Self { clock: Arc::new(SystemClock), ids: Arc::new(RandomIds) }
    }

    /// A clock and ids of the caller's choice.
    pub fn new(clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        Self { clock, ids }
    }

    /// The clock.
    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// The ids.
    pub fn ids(&self) -> &dyn IdSource {
        self.ids.as_ref()
    }
}

impl Default for Runtime {
    fn default() -> Self {
        Self::system()
    }
}

#[derive(Debug)]
struct SystemClock;

impl Clock for SystemClock {
    fn now_millis(&self) -> i64 {
        chrono::Utc::now().timestamp_millis()
    }

    fn local_wall_millis(&self) -> i64 {
        chrono::Local::now().naive_local().and_utc().timestamp_millis()
    }
}

#[derive(Debug)]
struct RandomIds;

impl IdSource for RandomIds {
    fn uuid(&self) -> String {
        uuid::Uuid::new_v4().to_string()
    }

    fn below(&self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { rand::random_range(0..bound) }
    }
}
