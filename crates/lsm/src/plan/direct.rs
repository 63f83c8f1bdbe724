//! One slot per possible key of a slab: the slots, scanned, are the result in key order.

use std::ops::Range;

use super::cut::first_not;
use crate::bitmap::Bitmap;

/// Keys of a slab: 256 KiB of slots.
const KEYS: usize = 1 << 16;
const EMPTY: u32 = u32::MAX;

/// The slots, kept from slab to slab; all are empty between slabs.
#[derive(Debug, Default)]
pub(super) struct DirectTable {
    slots: Vec<u32>,
    winners: Vec<u32>,
}

impl DirectTable {
    /// Sets the survivors among `rows` of `runs` (oldest first) and appends their runs in key
    /// order. `range`: least and greatest key.
    pub(super) fn plan(
        &mut self,
        runs: &[&[u64]],
        rows: &[Range<usize>],
        (min, max): (u64, u64),
        slab_keys: Option<usize>,
        survivors: &mut [Bitmap],
        mut order: Option<&mut Vec<u16>>,
    ) {
        // A slot holds run and row; keys are unique in a run, so a slab has at most as many rows
        // of a run as it has keys.
        let run_bits = usize::BITS - runs.len().leading_zeros();
        let row_bits = u32::BITS - run_bits;
        let keys = slab_keys.unwrap_or(KEYS).clamp(1, 1 << (row_bits - 1));
        let keys = keys.min(usize::try_from(max - min).unwrap_or(usize::MAX).saturating_add(1));
        self.slots.clear();
        self.slots.resize(keys, EMPTY);
        let mut rest: Vec<Range<usize>> = rows.to_vec();
        let mut starts: Vec<usize> = Vec::with_capacity(runs.len());
        let mut base = min;
        loop {
            let last = base.saturating_add(keys as u64 - 1);
            starts.clear();
            for (index, (run, rest)) in runs.iter().zip(&mut rest).enumerate() {
                let end = if last >= max { rest.end } else { slab_end(run, rest.clone(), last) };
                starts.push(rest.start);
                let tag = (index as u32) << row_bits;
                if let Some(keys) = run.get(rest.start..end) {
                    fill(keys, base, tag, &mut self.slots);
                }
                rest.start = end;
            }
            self.scan();
            set(&self.winners, row_bits, &starts, survivors);
            if let Some(order) = order.as_deref_mut() {
                order.extend(self.winners.iter().map(|slot| (slot >> row_bits) as u16));
            }
            if last >= max {
                return;
            }
            base = last + 1;
        }
    }

    /// Takes the filled slots out, in key order.
    #[expect(clippy::indexing_slicing, reason = "hot: at most one winner per slot")]
    fn scan(&mut self) {
        self.winners.resize(self.slots.len(), EMPTY);
        let mut count = 0;
        for slot in &mut self.slots {
            self.winners[count] = *slot;
            count += usize::from(*slot != EMPTY);
            *slot = EMPTY;
        }
        self.winners.truncate(count);
    }
}

#[expect(clippy::indexing_slicing, reason = "hot: rows lie inside the run")]
fn slab_end(run: &[u64], rows: Range<usize>, last: u64) -> usize {
    first_not(rows, |row| run[row] <= last)
}

/// Newer runs come later and overwrite.
#[expect(clippy::indexing_slicing, reason = "hot: the slots cover the slab's keys")]
fn fill(keys: &[u64], base: u64, tag: u32, slots: &mut [u32]) {
    for (row, key) in keys.iter().enumerate() {
        slots[(key - base) as usize] = tag | row as u32;
    }
}

#[expect(clippy::indexing_slicing, reason = "hot: slots name runs and rows that exist")]
fn set(winners: &[u32], row_bits: u32, starts: &[usize], survivors: &mut [Bitmap]) {
    let mask = (1 << row_bits) - 1;
    for slot in winners {
        let run = (slot >> row_bits) as usize;
        survivors[run].set(starts[run] + (slot & mask) as usize);
    }
}
