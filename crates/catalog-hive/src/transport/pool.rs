//! Connections at hand, and which server is tried.

use super::connection::{Connection, NoReply};
use super::{Server, Settings};
use crate::metastore::{Called, Failure};
use crate::thrift::{Reply, Struct};
use rimon_spec::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::Semaphore;

/// Whether a call may be sent again when its answer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It changes nothing, or nothing more the second time.
    Freely,
    /// It might be done twice.
    Never,
}

/// Connections to the first of some servers that takes them.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    servers: Vec<Server>,
    /// The server that last took a connection.
    preferred: AtomicUsize,
    settings: Settings,
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

impl Pool {
    /// Connects to nobody yet.
    pub(crate) fn new(servers: Vec<Server>, settings: Settings) -> Self {
        let permits = Arc::new(Semaphore::new(settings.connections.max(1)));
        let shared = Shared {
            servers,
            preferred: AtomicUsize::new(0),
            settings,
            idle: Mutex::default(),
            permits,
        };
        Self { shared: Arc::new(shared) }
    }

    /// Calls a method of a server.
    pub(crate) async fn call(
        &self,
        method: &'static str,
        arguments: Struct,
        repeat: Repeat,
    ) -> Called<Reply> {
        let gone = |_| Failure::NotSent(Error::internal("the pool of connections is gone"));
        let permit = Arc::clone(&self.shared.permits).acquire_owned().await.map_err(gone)?;
        let shared = Arc::clone(&self.shared);
        let work = tokio::task::spawn_blocking(move || {
            // Given back when the call has ended, also when nobody waits for it any more.
            let _permit = permit;
            shared.call(method, &arguments, repeat)
        });
        work.await.unwrap_or_else(|e| {
            let error = Error::internal("a call to the metastore ended early");
            Err(Failure::Lost(error.with("method", method).with_source(e)))
        })
    }
}

impl Shared {
    fn call(&self, method: &str, arguments: &Struct, repeat: Repeat) -> Called<Reply> {
        let mut tries = if repeat == Repeat::Freely { 2_u8 } else { 1 };
        loop {
            let mut connection = match self.at_hand() {
                Some(connection) => connection,
                None => self.connect().map_err(Failure::NotSent)?,
            };
            tries = tries.saturating_sub(1);
            match connection.call(method, arguments) {
                Ok(reply) => {
                    self.lock_idle().push(connection);
                    return Ok(reply);
                }
                Err(NoReply::NotSent(e)) => return Err(Failure::NotSent(e)),
                Err(NoReply::Lost(e)) if tries > 0 && e.is_retryable() => {
                    tracing::debug!(method, error = %e, "asking the metastore again");
                }
                Err(NoReply::Lost(e)) => return Err(Failure::Lost(e)),
            }
        }
    }

    /// A connection that is not used and still stands.
    fn at_hand(&self) -> Option<Connection> {
        loop {
            let connection = self.lock_idle().pop()?;
            if connection.is_alive() {
                return Some(connection);
            }
        }
    }

    /// A new connection: to the server that worked last, else to the next ones.
    fn connect(&self) -> Result<Connection, Error> {
        let first = self.preferred.load(Ordering::Relaxed);
        let count = self.servers.len();
        let mut failed: Option<Error> = None;
        for (at, server) in self.servers.iter().enumerate().cycle().skip(first).take(count) {
            match Connection::open(server, &self.settings) {
                Ok(connection) => {
                    self.preferred.store(at, Ordering::Relaxed);
                    return Ok(connection);
                }
                Err(e) => {
                    tracing::debug!(%server, error = %e, "a metastore does not take a connection");
                    failed = Some(match failed {
                        Some(before) => before.with("metastore", format!("{server}, also failed")),
                        None => e,
                    });
                }
            }
        }
        Err(failed.unwrap_or_else(|| Error::invalid("there is no metastore to connect to")))
    }

    fn lock_idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
