//! The memory of all buckets of one writer, and the first error of any.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rimon_spec::Error;
use tokio::sync::Notify;

/// Shared by a [`super::TableWriter`] and its workers.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    used: AtomicUsize,
    progress: Notify,
    error: Mutex<Option<Error>>,
}

/// Bytes that are counted as long as this is there.
#[derive(Debug)]
pub(crate) struct Pinned {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Pinned {
    /// Counts `bytes` bytes.
    pub(crate) fn new(budget: Arc<Budget>, bytes: usize) -> Self {
        budget.grow(bytes);
        Self { budget, bytes }
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        self.budget.shrink(self.bytes);
    }
}

impl Budget {
    /// Bytes held: rows on their way to workers, and what those keep.
    pub(crate) fn used(&self) -> usize {
        self.used.load(Ordering::Acquire)
    }

    pub(crate) fn grow(&self, bytes: usize) {
        self.used.fetch_add(bytes, Ordering::AcqRel);
    }

    /// Gives bytes back and wakes the writer.
    pub(crate) fn shrink(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::AcqRel);
        self.progress.notify_one();
    }

    /// Keeps the first error and wakes the writer.
    pub(crate) fn fail(&self, error: Error) {
        self.error.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        self.progress.notify_one();
    }

    /// The first error, once.
    pub(crate) fn take_error(&self) -> Option<Error> {
        self.error.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Whether a worker has failed and nobody was told.
    pub(crate) fn failed(&self) -> bool {
        self.error.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Returns after a worker has made progress; at once if it has since the last call.
    pub(crate) async fn progress(&self) {
        self.progress.notified().await;
    }
}
