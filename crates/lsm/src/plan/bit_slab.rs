//! One bit per possible key of a slab.

use std::ops::Range;

use super::cut::first_not;
use crate::bitmap::Bitmap;

/// Keys of a slab when they are dense: 128 KiB of bits.
const MIN_KEYS: u64 = 1 << 20;
/// Keys of a slab when they are sparse: 512 KiB of bits.
const MAX_KEYS: u64 = 1 << 22;
/// Rows that a slab should have, so that its fixed costs do not show.
const WANTED_ROWS: u64 = 64 << 10;

/// Sets the survivors among `rows` of `runs` (oldest first). `range`: least and greatest key.
pub(super) fn plan(
    runs: &[&[u64]],
    rows: &[Range<usize>],
    (min, max): (u64, u64),
    slab_keys: Option<usize>,
    survivors: &mut [Bitmap],
) {
    let total: u64 = rows.iter().map(|r| r.len() as u64).sum();
    let keys = match slab_keys {
        Some(keys) => (keys as u64).next_multiple_of(64),
        None => {
            let per_row = (max - min) / total.max(1) + 1;
            per_row.saturating_mul(WANTED_ROWS).next_power_of_two().clamp(MIN_KEYS, MAX_KEYS)
        }
    };
    let keys = keys.min((max - min).saturating_add(64) & !63).max(64);
    let mut bits = vec![0u64; (keys >> 6) as usize];
    let mut rest: Vec<Range<usize>> = rows.to_vec();
    let mut base = min;
    loop {
        let last = base.saturating_add(keys - 1);
        let mut used = false;
        for ((run, rest), survivors) in runs.iter().zip(&mut rest).zip(&mut *survivors).rev() {
            let end = if last >= max { rest.end } else { slab_end(run, rest.clone(), last) };
            used |= end > rest.start;
            mark(run, rest.start..end, base, &mut bits, survivors.words_mut());
            rest.start = end;
        }
        if last >= max {
            return;
        }
        if used {
            bits.fill(0);
            base = last + 1;
        } else {
            // A gap: on to the next key there is.
            let next = runs.iter().zip(&rest).filter_map(|(run, rest)| {
                run.get(rest.clone()).and_then(|keys| keys.first().copied())
            });
            base = next.min().unwrap_or(max);
        }
    }
}

#[expect(clippy::indexing_slicing, reason = "hot: rows lie inside the run")]
fn slab_end(run: &[u64], rows: Range<usize>, last: u64) -> usize {
    first_not(rows, |row| run[row] <= last)
}

/// Rows whose bit is not set yet survive, and set it. The survivors of 64 rows are gathered in a
/// register.
#[expect(
    clippy::indexing_slicing,
    reason = "hot: bits cover the slab's keys, words the run's rows"
)]
fn mark(run: &[u64], rows: Range<usize>, base: u64, bits: &mut [u64], survivors: &mut [u64]) {
    let mut row = rows.start;
    while row < rows.end {
        let index = row >> 6;
        let stop = ((index + 1) << 6).min(rows.end);
        let mut alive = 0;
        for (offset, key) in run[row..stop].iter().enumerate() {
            let key = key - base;
            let word = &mut bits[(key >> 6) as usize];
            let bit = 1 << (key & 63);
            alive |= u64::from(*word & bit == 0) << ((row + offset) & 63);
            *word |= bit;
        }
        survivors[index] |= alive;
        row = stop;
    }
}
