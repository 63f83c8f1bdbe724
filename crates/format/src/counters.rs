//! What readers of data files skipped, counted while they run.

use crate::rows::{count, intersect};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

/// Row groups and rows that reads of data files looked at and left out. Shared by the reads of one query.
#[derive(Debug, Default)]
pub struct ReadCounters {
    row_groups: AtomicU64,
    row_groups_read: AtomicU64,
    rows: AtomicU64,
    rows_read: AtomicU64,
}

impl ReadCounters {
    /// Row groups that were looked at, and how many of them were read.
    pub fn row_groups(&self) -> (u64, u64) {
        (self.row_groups.load(Ordering::Relaxed), self.row_groups_read.load(Ordering::Relaxed))
    }

    /// Rows that were looked at, and how many of them were read: the others are in row groups and pages that their
    /// statistics exclude, or are excluded by an index.
    pub fn rows(&self) -> (u64, u64) {
        (self.rows.load(Ordering::Relaxed), self.rows_read.load(Ordering::Relaxed))
    }

    /// Of `asked`, the rows `chosen` are read.
    pub(crate) fn note(&self, groups: &[Range<u64>], asked: &[Range<u64>], chosen: &[Range<u64>]) {
        let touched = |rows: &[Range<u64>]| {
            let hit = |g: &&Range<u64>| !intersect(std::slice::from_ref(*g), rows).is_empty();
            groups.iter().filter(hit).count() as u64
        };
        self.row_groups.fetch_add(touched(asked), Ordering::Relaxed);
        self.row_groups_read.fetch_add(touched(chosen), Ordering::Relaxed);
        self.rows.fetch_add(count(asked), Ordering::Relaxed);
        self.rows_read.fetch_add(count(chosen), Ordering::Relaxed);
    }

    /// So many rows are not even asked for.
    pub fn note_skipped(&self, rows: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
    }
}
