//! One big run and a few rows of others: the few are searched in the big one.

use std::ops::Range;

use super::cut::lower_bound;
use super::hash_slab::HashTable;
use crate::bitmap::Bitmap;
use crate::key::KeyRun;

/// Sets the survivors among `rows` of `runs` (oldest first).
pub(super) fn plan<K: KeyRun>(
    runs: &[K],
    rows: &[Range<usize>],
    table: &mut HashTable,
    slab_rows: Option<usize>,
    survivors: &mut [Bitmap],
) {
    let Some((big, big_rows)) = rows.iter().enumerate().max_by_key(|(_, rows)| rows.len()) else {
        return;
    };
    // The few among themselves, then each of what is left against the big run.
    let mut few = rows.to_vec();
    if let Some(rows) = few.get_mut(big) {
        *rows = rows.start..rows.start;
    }
    table.plan(runs, &few, slab_rows, survivors);
    if let Some(survivors) = survivors.get_mut(big) {
        survivors.set_range(big_rows.clone());
    }
    let Some(big_keys) = runs.get(big) else { return };
    for (run, (keys, rows)) in runs.iter().zip(&few).enumerate() {
        let mut rest = big_rows.clone();
        let mut row = rows.start;
        loop {
            row = survivors.get(run).map_or(rows.end, |s| s.next_set(row, rows.end));
            if row >= rows.end || rest.is_empty() {
                break;
            }
            rest.start = lower_bound(big_keys, rest.clone(), keys, row);
            if !rest.is_empty() && big_keys.compare(rest.start, keys, row).is_eq() {
                let (dead_run, dead_row) = if run > big { (big, rest.start) } else { (run, row) };
                if let Some(survivors) = survivors.get_mut(dead_run) {
                    survivors.clear(dead_row);
                }
            }
            row += 1;
        }
    }
}
