//! A hash set of the keys of a slab.

use std::ops::Range;

use super::cut::Slabs;
use crate::bitmap::Bitmap;
use crate::key::{KeyRun, mix};

/// Slots of the table, which a slab fills to about half: 128 KiB of words.
const SLOTS: usize = 1 << 14;

/// The tables, kept from slab to slab; all slots are empty between slabs.
#[derive(Debug, Default)]
pub(super) struct HashTable {
    words: Vec<u64>,
    entries: Vec<Entry>,
}

/// A slot for keys that are not words: where the key is that has the hash.
#[derive(Debug, Clone, Copy)]
struct Entry {
    hash: u64,
    run: u32,
    row: u32,
}

const EMPTY: Entry = Entry { hash: 0, run: u32::MAX, row: 0 };

impl HashTable {
    /// Sets the survivors among `rows` of `runs` (oldest first).
    pub(super) fn plan<K: KeyRun>(
        &mut self,
        runs: &[K],
        rows: &[Range<usize>],
        slab_rows: Option<usize>,
        survivors: &mut [Bitmap],
    ) {
        let words: Option<Vec<&[u64]>> = runs.iter().map(KeyRun::as_words).collect();
        let absent = words.as_ref().and_then(|words| absent_word(words, rows));
        let mut slabs = Slabs::within(rows, slab_rows.unwrap_or(SLOTS / 2).max(1));
        while let Some(rows) = slabs.next(runs) {
            let count: usize = rows.iter().map(ExactSizeIterator::len).sum();
            let slots = (count * 2).next_power_of_two().max(SLOTS);
            match (&words, absent) {
                (Some(words), Some(absent)) => {
                    self.words.clear();
                    self.words.resize(slots, absent);
                    for ((run, rows), survivors) in
                        words.iter().zip(rows).zip(&mut *survivors).rev()
                    {
                        add_words(
                            run,
                            rows.clone(),
                            absent,
                            &mut self.words,
                            survivors.words_mut(),
                        );
                    }
                }
                _ => {
                    self.entries.clear();
                    self.entries.resize(slots, EMPTY);
                    for (run, rows) in rows.iter().enumerate().rev() {
                        if let Some(survivors) = survivors.get_mut(run) {
                            add_keys(runs, run, rows.clone(), &mut self.entries, survivors);
                        }
                    }
                }
            }
        }
    }
}

/// A word that is no key of these rows, to mark empty slots with.
fn absent_word(words: &[&[u64]], rows: &[Range<usize>]) -> Option<u64> {
    let (min, max) = super::word_range(words, rows)?;
    max.checked_add(1).or_else(|| min.checked_sub(1))
}

#[expect(clippy::indexing_slicing, reason = "hot: slots are masked, words cover the run's rows")]
fn add_words(
    run: &[u64],
    rows: Range<usize>,
    absent: u64,
    table: &mut [u64],
    survivors: &mut [u64],
) {
    let mask = table.len() - 1;
    let shift = u64::BITS - table.len().trailing_zeros();
    for row in rows {
        let key = run[row];
        let mut slot = (mix(key) >> shift) as usize;
        let mut found = table[slot & mask];
        while found != key && found != absent {
            slot += 1;
            found = table[slot & mask];
        }
        table[slot & mask] = key;
        survivors[row >> 6] |= u64::from(found != key) << (row & 63);
    }
}

#[expect(clippy::indexing_slicing, reason = "hot: slots are masked, entries name rows that exist")]
fn add_keys<K: KeyRun>(
    runs: &[K],
    run: usize,
    rows: Range<usize>,
    table: &mut [Entry],
    survivors: &mut Bitmap,
) {
    let mask = table.len() - 1;
    let shift = u64::BITS - table.len().trailing_zeros();
    let keys = &runs[run];
    for row in rows {
        let hash = keys.hash(row);
        let mut slot = (hash >> shift) as usize & mask;
        loop {
            let entry = table[slot];
            if entry.run == EMPTY.run {
                table[slot] = Entry { hash, run: run as u32, row: row as u32 };
                survivors.set(row);
                break;
            }
            if entry.hash == hash
                && keys.compare(row, &runs[entry.run as usize], entry.row as usize).is_eq()
            {
                break;
            }
            slot = (slot + 1) & mask;
        }
    }
}
