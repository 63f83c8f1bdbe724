//! Locks of the metastore: those that Java's catalog takes (`HiveCatalogLock.java`), with a sign of life.
//!
//! A lock keeps writers from doing work that another one would undo; what makes a commit safe is that its file is only
//! created if it is absent.

use crate::metastore::{Failure, Metastore};
use crate::objects::{LockState, ShownLock};
use crate::options::LockOptions;
use rimon_spec::{Error, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

mod agent;

/// Java's first pause; each is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// Takes locks.
#[derive(Debug, Clone)]
pub(crate) struct Locks {
    metastore: Arc<dyn Metastore>,
    options: LockOptions,
}

impl Locks {
    pub(crate) fn new(metastore: Arc<dyn Metastore>, options: LockOptions) -> Self {
        Self { metastore, options }
    }

    /// Waits for the lock of a table.
    ///
    /// # Errors
    /// `Unavailable` when it is not given within `lock-acquire-timeout`, or the metastore does not answer.
    pub(crate) async fn acquire(&self, database: &str, table: &str) -> Result<Held> {
        let started = Instant::now();
        let agent = agent::name();
        let (id, mut state) = self.request((database, table), &agent).await?;
        // Given back when we are dropped while we wait.
        let waiting = Ticket { metastore: Arc::clone(&self.metastore), id, given_back: false };
        let mut pause = FIRST_PAUSE;
        let mut looked = false;
        while state == LockState::Waiting {
            if started.elapsed() >= self.options.acquire_timeout {
                let holder = self.holder(database, table).await;
                waiting.give_back().await;
                return Err(self.not_given((database, table), started, holder));
            }
            if !looked {
                looked = true;
                self.release_ghosts(database, table).await;
            }
            pause = pause.saturating_mul(2).min(self.options.check_max_sleep);
            tokio::time::sleep(pause).await;
            state = match self.metastore.check_lock(id).await {
                Ok(state) => state,
                Err(e) => {
                    waiting.give_back().await;
                    let what = format!("the lock of '{database}.{table}' cannot be waited for");
                    return Err(e.into_error(&what, self.metastore.servers()));
                }
            };
        }
        if state != LockState::Acquired {
            waiting.give_back().await;
            return Err(self.not_given((database, table), started, None));
        }
        Ok(Held::new(waiting, self.options.heartbeat, format!("{database}.{table}")))
    }

    /// Asks once. A request whose answer is lost may have been granted: then the lock is found by its agent and given
    /// back, so that it does not keep others and us out.
    async fn request(
        &self,
        (database, table): (&str, &str),
        agent: &str,
    ) -> Result<(i64, LockState)> {
        let failure = match self.metastore.lock(database, table, agent).await {
            Ok(given) => return Ok(given),
            Err(failure) => failure,
        };
        if failure.is_doubtful()
            && let Ok(locks) = self.metastore.locks(Some(database), Some(table)).await
        {
            for ghost in locks.iter().filter(|l| l.agent.as_deref() == Some(agent)) {
                let _ = self.metastore.unlock(ghost.id).await;
            }
        }
        let what = format!("the lock of '{database}.{table}' was not given");
        Err(failure.into_error(&what, self.metastore.servers()))
    }

    fn not_given(
        &self,
        (database, table): (&str, &str),
        started: Instant,
        holder: Option<ShownLock>,
    ) -> Error {
        let waited = started.elapsed().as_secs_f32();
        let error = Error::unavailable(format!(
            "the lock of '{database}.{table}' was not given within {waited:.1} s"
        ))
        .with("metastore", self.metastore.servers());
        let error = match holder {
            None => error,
            Some(holder) => error
                .with("held by", format!("lock {} of {}@{}", holder.id, holder.user, holder.host)),
        };
        error.with_hint(
            "'rimon catalog locks' shows locks, 'rimon catalog break-lock' takes one away",
        )
    }

    /// Who has the lock of a table.
    async fn holder(&self, database: &str, table: &str) -> Option<ShownLock> {
        let locks = self.metastore.locks(Some(database), Some(table)).await.ok()?;
        locks.into_iter().find(|l| l.state == Some(LockState::Acquired))
    }

    /// Gives back locks that processes of ours on this machine left behind when they ended.
    async fn release_ghosts(&self, database: &str, table: &str) {
        let Ok(locks) = self.metastore.locks(Some(database), Some(table)).await else { return };
        for lock in locks {
            if lock.agent.as_deref().is_some_and(agent::has_ended) {
                tracing::info!(lock = lock.id, "giving back the lock of a process that has ended");
                let _ = self.metastore.unlock(lock.id).await;
            }
        }
    }
}

/// A lock, asked for or given.
#[derive(Debug)]
struct Ticket {
    metastore: Arc<dyn Metastore>,
    id: i64,
    given_back: bool,
}

impl Ticket {
    /// Gives it back; the server forgets it by itself if it does not hear us.
    async fn give_back(mut self) {
        self.given_back = true;
        if let Err(e) = self.metastore.unlock(self.id).await {
            tracing::warn!(lock = self.id, failure = ?e, "a lock was not given back");
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if self.given_back {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (metastore, id) = (Arc::clone(&self.metastore), self.id);
        runtime.spawn(async move {
            let _ = metastore.unlock(id).await;
        });
    }
}

/// A lock that was given. Signs of life are sent until it is released or dropped.
#[derive(Debug)]
pub(crate) struct Held {
    ticket: Ticket,
    table: String,
    lost: Arc<AtomicBool>,
    life: Life,
}

/// The signs of life; they end with it.
#[derive(Debug)]
struct Life(JoinHandle<()>);

impl Drop for Life {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Held {
    fn new(ticket: Ticket, every: Duration, table: String) -> Self {
        let lost = Arc::new(AtomicBool::new(false));
        let (metastore, id, gone) = (Arc::clone(&ticket.metastore), ticket.id, Arc::clone(&lost));
        let life = tokio::spawn(async move {
            loop {
                tokio::time::sleep(every).await;
                if let Err(Failure::NotFound(_) | Failure::Refused(_)) =
                    metastore.heartbeat(id).await
                {
                    gone.store(true, Ordering::Relaxed);
                    return;
                }
            }
        });
        Self { ticket, table, lost, life: Life(life) }
    }

    /// Whether it is still ours, just before it is relied on.
    ///
    /// # Errors
    /// `Conflict` when the server took it away; `Unavailable` when nobody can say. Nothing was done in either case.
    pub(crate) async fn check(&self) -> Result<()> {
        let lost = || {
            Error::conflict(format!("the metastore took the lock of '{}' away", self.table))
                .with("lock", self.ticket.id)
        };
        if self.lost.load(Ordering::Relaxed) {
            return Err(lost());
        }
        let metastore = &self.ticket.metastore;
        match metastore.check_lock(self.ticket.id).await {
            Ok(LockState::Acquired) => Ok(()),
            Ok(_) | Err(Failure::NotFound(_) | Failure::Refused(_)) => Err(lost()),
            Err(e) => {
                let what = format!("the lock of '{}' cannot be looked at", self.table);
                Err(e.into_error(&what, metastore.servers()))
            }
        }
    }

    /// Gives it back.
    pub(crate) async fn release(self) {
        let Held { ticket, life, .. } = self;
        drop(life);
        ticket.give_back().await;
    }
}

/// For tests: the agent of a lock whose process has ended.
pub(crate) fn agent_of_the_dead() -> String {
    agent::of_the_dead()
}
