//! Sorting row numbers by key, stably: rows that came later stay behind.

use super::radix::{sort_packed, sort_pairs};
use crate::key::{ChunkKeys, KeyRun};
use crate::merge::RowVersions;
use crate::sequence::Ages;

/// Below this many rows, passes over histograms cost more than comparing.
const RADIX_ROWS: usize = 512;
/// Below this many rows, all of them fit the cache.
const MANY_ROWS: usize = 64 << 10;

/// Row numbers in key order.
#[derive(Debug, Default)]
pub(super) struct SortedRows {
    rows: Vec<u32>,
    /// Whether a row has the key of the row before it; as long as `rows`, or empty when no two have the same.
    again: Vec<bool>,
}

impl SortedRows {
    /// `again` says of each row but the first, given its index, whether it has the key of the row before it.
    fn new(rows: Vec<u32>, again: impl Fn(usize) -> bool) -> Self {
        let mut any = false;
        let flag = |index: usize| index > 0 && again(index);
        let again: Vec<bool> = (0..rows.len()).map(flag).inspect(|again| any |= again).collect();
        Self { rows, again: if any { again } else { Vec::new() } }
    }

    /// The rows of each key.
    fn groups(&self) -> impl Iterator<Item = &[u32]> {
        let mut start = 0;
        std::iter::from_fn(move || {
            let from = start;
            let rest = self.rows.get(from..).filter(|rest| !rest.is_empty())?;
            let more = self.again.get(from + 1..).unwrap_or_default();
            let length = 1 + more.iter().take_while(|again| **again).count();
            start += length;
            rest.get(..length)
        })
    }
}

/// The rows of the first run in key order.
pub(super) fn sort_rows(keys: &ChunkKeys) -> SortedRows {
    match keys {
        ChunkKeys::Words(runs) => runs.first().map(sort_run),
        ChunkKeys::Wide(runs) => runs.first().map(|run| {
            let mut rows: Vec<u32> = (0..run.len() as u32).collect();
            if !is_sorted(run) {
                rows.sort_by_key(|row| run.head(*row as usize));
            }
            compared(run, rows)
        }),
        ChunkKeys::Bytes(runs) => runs.first().map(sort_run),
    }
    .unwrap_or_default()
}

/// All rows by key, in the order of `sorted`, those of a key from the oldest to the newest.
pub(super) fn group(sorted: &SortedRows, ages: &Ages) -> RowVersions {
    let mut versions = RowVersions::default();
    versions.rows.reserve(sorted.rows.len());
    for group in sorted.groups() {
        if group.len() == 1 || ages.user.is_none() {
            versions.push(group.iter().copied());
            continue;
        }
        let mut group = group.to_vec();
        group.sort_by(|a, b| ages.compare((0, *a as usize), (0, *b as usize)));
        versions.push(group);
    }
    versions
}

/// For each key the row that is newest, in the order of `sorted`.
pub(super) fn choose(sorted: SortedRows, ages: &Ages, ignore_deletes: bool) -> Vec<u32> {
    if sorted.again.is_empty() && !ignore_deletes {
        return sorted.rows;
    }
    let mut chosen = Vec::with_capacity(sorted.rows.len());
    for group in sorted.groups() {
        let counts = |row: &&u32| !(ignore_deletes && ages.is_retract((0, **row as usize)));
        let newest = if ages.user.is_none() {
            group.iter().rev().find(counts)
        } else {
            let candidates = group.iter().filter(counts);
            candidates.max_by(|a, b| ages.compare((0, **a as usize), (0, **b as usize)))
        };
        chosen.extend(newest);
    }
    chosen
}

fn is_sorted<K: KeyRun>(run: &K) -> bool {
    (1..run.len()).all(|row| run.compare(row - 1, run, row).is_le())
}

/// Rows in order, whose neighbours are compared.
fn compared<K: KeyRun>(run: &K, rows: Vec<u32>) -> SortedRows {
    let neighbours: Vec<bool> = rows
        .windows(2)
        .map(|pair| match pair {
            [a, b] => run.compare(*a as usize, run, *b as usize).is_eq(),
            _ => false,
        })
        .collect();
    SortedRows::new(rows, |index| neighbours.get(index - 1).copied().unwrap_or(false))
}

/// Sorts by the words that keys start with, then the rest among equal words.
fn sort_run<K: KeyRun<Head = u64>>(run: &K) -> SortedRows {
    let all = 0..run.len() as u32;
    if is_sorted(run) {
        return compared(run, all.collect());
    }
    if K::EXACT
        && let Some(packed) = sort_packed(all.len(), MANY_ROWS, |row| run.head(row))
    {
        let rows = packed.rows();
        return SortedRows::new(rows, |index| packed.same_as_before(index));
    }
    let mut pairs: Vec<(u64, u32)> = all.map(|row| (run.head(row as usize), row)).collect();
    if pairs.len() < RADIX_ROWS {
        pairs.sort_unstable();
    } else {
        pairs = sort_pairs(pairs);
    }
    let mut rows: Vec<u32> = pairs.iter().map(|(_, row)| *row).collect();
    if K::EXACT {
        let word = |index: usize| pairs.get(index).map(|(word, _)| *word);
        return SortedRows::new(rows, |index| word(index) == word(index - 1));
    }
    let mut start = 0;
    for group in pairs.chunk_by(|a, b| a.0 == b.0) {
        if let Some(rows) = rows.get_mut(start..start + group.len())
            && group.len() > 1
        {
            rows.sort_by(|a, b| run.compare_tail(*a as usize, run, *b as usize));
        }
        start += group.len();
    }
    compared(run, rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn words_are_sorted_stably(
            words in prop_oneof![
                prop::collection::vec(any::<u64>(), 0..900),
                prop::collection::vec(0..300u64, 0..900),
                prop::collection::vec((0..3u64).prop_map(|x| x << 40), 0..900),
                prop::collection::vec((0..90_000u64).prop_map(|x| x + (1 << 63)), 0..900),
            ]
        ) {
            let mut expected: Vec<(u64, u32)> = words.iter().copied().zip(0..).collect();
            expected.sort();
            let sorted = sort_run(&words);
            let groups: Vec<Vec<u32>> = sorted.groups().map(<[u32]>::to_vec).collect();
            let of_words = expected.chunk_by(|a, b| a.0 == b.0);
            let of_words: Vec<Vec<u32>> =
                of_words.map(|group| group.iter().map(|pair| pair.1).collect()).collect();
            prop_assert_eq!(groups, of_words);
            prop_assert_eq!(sorted.rows, expected.iter().map(|pair| pair.1).collect::<Vec<_>>());
        }
    }
}
