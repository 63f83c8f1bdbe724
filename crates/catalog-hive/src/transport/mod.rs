//! Guarded connections to metastores: time limits, a limit of sizes, no plain fallback, several servers.
//!
//! Sockets block, on threads made for that: a metastore takes a call per connection at a time, and there are as many
//! connections as `client-pool-size` says.

mod address;
mod connection;
mod pool;
mod socket;

pub(crate) use address::Server;
pub(crate) use pool::{Pool, Repeat};

use crate::thrift::Limits;
use std::time::Duration;

/// How servers are spoken to.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Connections at most (`client-pool-size`).
    pub(crate) connections: usize,
    /// Until a connection stands.
    pub(crate) connect: Duration,
    /// Between two bytes of an answer, and for a whole answer when that is more than [`WHOLE_ANSWER`].
    pub(crate) idle: Duration,
    /// What an answer may take.
    pub(crate) limits: Limits,
    /// Who we are; told to servers by each connection unless `None`.
    pub(crate) user: Option<String>,
}

/// For a whole answer, at least.
pub(crate) const WHOLE_ANSWER: Duration = Duration::from_secs(600);

#[cfg(test)]
mod tests;
