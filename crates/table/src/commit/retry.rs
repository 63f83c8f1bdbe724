//! When to try again, and when to give up.

use std::time::{Duration, Instant};

use rimon_spec::TableOptions;

use crate::runtime::IdSource;

/// Time to try for when `commit.timeout` is not set. `commit.max-retries` is no bound when it is not set: Java's ten are
/// too few for many writers at once.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);
/// Pauses stop doubling here, so that whoever lost often does not wait longest: `commit.min-retry-wait` · 2⁴.
const MAX_DOUBLINGS: u32 = 4;

/// The retries of one commit: full jitter, bounded by time on a monotonic clock.
#[derive(Debug)]
pub(crate) struct Retry {
    started: Instant,
    timeout: Duration,
    max_retries: Option<u32>,
    min_wait: Duration,
    max_wait: Duration,
    retries: u32,
}

impl Retry {
    /// The retries that a table's `commit.*` options allow.
    pub(crate) fn new(options: &TableOptions) -> Self {
        Self {
            started: Instant::now(),
            timeout: options.commit_timeout.unwrap_or(DEFAULT_TIMEOUT),
            max_retries: options.commit_max_retries,
            min_wait: options.commit_min_retry_wait,
            max_wait: options.commit_max_retry_wait,
            retries: 0,
        }
    }

    /// Retries so far.
    pub(crate) fn retries(&self) -> u32 {
        self.retries
    }

    /// Waits before the next try; `false` when there is to be none.
    pub(crate) async fn wait(&mut self, ids: &dyn IdSource) -> bool {
        if self.started.elapsed() >= self.timeout
            || self.max_retries.is_some_and(|most| self.retries >= most)
        {
            return false;
        }
        let pause = self.pause(ids);
        self.retries = self.retries.saturating_add(1);
        tokio::time::sleep(pause).await;
        true
    }

    fn pause(&self, ids: &dyn IdSource) -> Duration {
        let doublings = self.retries.min(MAX_DOUBLINGS);
        let most = self.min_wait.saturating_mul(1 << doublings).min(self.max_wait);
        Duration::from_micros(ids.below(most.as_micros().try_into().unwrap_or(u64::MAX)))
    }
}
