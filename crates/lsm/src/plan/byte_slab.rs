//! One byte per possible key of a slab of dense keys: no row waits for what the row before it wrote, as it does where
//! neighbours share a word of bits.

use std::ops::Range;

use super::cut::first_not;
use crate::bitmap::Bitmap;

/// Keys of a slab: what leaves room beside it in the first cache.
const KEYS: usize = 1 << 15;
const MASK: u64 = KEYS as u64 - 1;

/// Possible keys per row up to which clearing and refilling a slab does not show.
const SPREAD: u64 = 16;

/// Whether the keys are dense enough. `range`: greatest minus least key.
pub(super) fn suits(range: u64, rows: u64) -> bool {
    range / SPREAD <= rows
}

/// The marks, kept from slab to slab.
#[derive(Debug)]
pub(super) struct ByteTable {
    marks: Box<[u8; KEYS]>,
}

impl Default for ByteTable {
    fn default() -> Self {
        Self { marks: Box::new([0; KEYS]) }
    }
}

impl ByteTable {
    /// Sets the survivors among `rows` of `runs` (oldest first). `range`: least and greatest key.
    pub(super) fn plan(
        &mut self,
        runs: &[&[u64]],
        rows: &[Range<usize>],
        (min, max): (u64, u64),
        slab_keys: Option<usize>,
        survivors: &mut [Bitmap],
    ) {
        let keys = slab_keys.unwrap_or(KEYS).clamp(1, KEYS) as u64;
        let mut rest: Vec<Range<usize>> = rows.to_vec();
        let mut base = min;
        loop {
            let last = base.saturating_add(keys - 1);
            self.marks.fill(0);
            for ((run, rest), survivors) in runs.iter().zip(&mut rest).zip(&mut *survivors).rev() {
                let end = if last >= max { rest.end } else { slab_end(run, rest.clone(), last) };
                self.mark(run, rest.start..end, base, survivors.words_mut());
                rest.start = end;
            }
            if last >= max {
                return;
            }
            base = last + 1;
        }
    }

    /// Rows whose key is not marked yet survive, and mark it.
    #[expect(clippy::indexing_slicing, reason = "hot: rows lie inside the run, words cover them")]
    fn mark(&mut self, run: &[u64], rows: Range<usize>, base: u64, survivors: &mut [u64]) {
        let mut row = rows.start;
        while row < rows.end {
            let first = row & 63;
            let stop = (row - first + 64).min(rows.end);
            let alive = match <&[u64; 64]>::try_from(&run[row..stop]) {
                Ok(keys) => self.mark_keys(keys, base),
                Err(_) => self.mark_keys(&run[row..stop], base) << first,
            };
            survivors[row >> 6] |= alive;
            row = stop;
        }
    }

    #[inline(always)]
    #[expect(clippy::indexing_slicing, reason = "hot: the mask keeps keys inside the table")]
    fn mark_keys(&mut self, keys: &[u64], base: u64) -> u64 {
        let mut alive = 0;
        for (offset, key) in keys.iter().enumerate() {
            let mark = &mut self.marks[((key - base) & MASK) as usize];
            alive |= u64::from(*mark ^ 1) << offset;
            *mark = 1;
        }
        alive
    }
}

#[expect(clippy::indexing_slicing, reason = "hot: rows lie inside the run")]
fn slab_end(run: &[u64], rows: Range<usize>, last: u64) -> usize {
    first_not(rows, |row| run[row] <= last)
}
