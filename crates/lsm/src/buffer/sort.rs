//! Sorting row numbers by key, stably: rows that came later stay behind.

use crate::key::{ChunkKeys, KeyRun};
use crate::merge::RowVersions;
use crate::sequence::Ages;

/// Below this many rows, passes over histograms cost more than comparing.
const RADIX_ROWS: usize = 512;

/// Row numbers of the first run in key order.
pub(super) fn sort_rows(keys: &ChunkKeys) -> Vec<u32> {
    match keys {
        ChunkKeys::Words(runs) => runs.first().map_or_else(Vec::new, sort_run),
        ChunkKeys::Wide(runs) => runs.first().map_or_else(Vec::new, |run| {
            let mut rows: Vec<u32> = (0..run.len() as u32).collect();
            if !is_sorted(run) {
                rows.sort_by_key(|row| run.head(*row as usize));
            }
            rows
        }),
        ChunkKeys::Bytes(runs) => runs.first().map_or_else(Vec::new, sort_run),
    }
}

/// All rows by key, in the order of `sorted`, those of a key from the oldest to the newest.
pub(super) fn group(keys: &ChunkKeys, sorted: &[u32], ages: &Ages) -> RowVersions {
    match keys {
        ChunkKeys::Words(runs) => group_in(runs.first(), sorted, ages),
        ChunkKeys::Wide(runs) => group_in(runs.first(), sorted, ages),
        ChunkKeys::Bytes(runs) => group_in(runs.first(), sorted, ages),
    }
}

fn group_in<K: KeyRun>(keys: Option<&K>, sorted: &[u32], ages: &Ages) -> RowVersions {
    let mut versions = RowVersions::default();
    let Some(keys) = keys else { return versions };
    versions.rows.reserve(sorted.len());
    let same = |a: &u32, b: &u32| keys.compare(*a as usize, keys, *b as usize).is_eq();
    for group in sorted.chunk_by(same) {
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
pub(super) fn choose(
    keys: &ChunkKeys,
    sorted: Vec<u32>,
    ages: &Ages,
    ignore_deletes: bool,
) -> Vec<u32> {
    match keys {
        ChunkKeys::Words(runs) => choose_in(runs.first(), sorted, ages, ignore_deletes),
        ChunkKeys::Wide(runs) => choose_in(runs.first(), sorted, ages, ignore_deletes),
        ChunkKeys::Bytes(runs) => choose_in(runs.first(), sorted, ages, ignore_deletes),
    }
}

fn choose_in<K: KeyRun>(
    keys: Option<&K>,
    sorted: Vec<u32>,
    ages: &Ages,
    ignore_deletes: bool,
) -> Vec<u32> {
    let Some(keys) = keys else { return sorted };
    let mut chosen = Vec::with_capacity(sorted.len());
    let same = |a: &u32, b: &u32| keys.compare(*a as usize, keys, *b as usize).is_eq();
    for group in sorted.chunk_by(same) {
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

/// Sorts by the words that keys start with, then the rest among equal words.
fn sort_run<K: KeyRun<Head = u64>>(run: &K) -> Vec<u32> {
    let rows = 0..run.len() as u32;
    if is_sorted(run) {
        return rows.collect();
    }
    let mut pairs: Vec<(u64, u32)> = rows.map(|row| (run.head(row as usize), row)).collect();
    if pairs.len() < RADIX_ROWS {
        pairs.sort_unstable();
    } else {
        pairs = radix(pairs);
    }
    let mut rows: Vec<u32> = pairs.iter().map(|(_, row)| *row).collect();
    if !K::EXACT {
        let mut start = 0;
        for group in pairs.chunk_by(|a, b| a.0 == b.0) {
            if let Some(rows) = rows.get_mut(start..start + group.len())
                && group.len() > 1
            {
                rows.sort_by(|a, b| run.compare_tail(*a as usize, run, *b as usize));
            }
            start += group.len();
        }
    }
    rows
}

/// Stable sort by word, byte by byte from the least; bytes that are the same in all words are
/// skipped.
#[expect(clippy::indexing_slicing, reason = "hot: counts have 256 places, places sum to the rows")]
fn radix(mut from: Vec<(u64, u32)>) -> Vec<(u64, u32)> {
    let mut counts = vec![[0u32; 256]; 8];
    for (word, _) in &from {
        for (byte, counts) in word.to_le_bytes().iter().zip(&mut counts) {
            counts[usize::from(*byte)] += 1;
        }
    }
    let mut to = vec![(0, 0); from.len()];
    for (digit, counts) in counts.iter().enumerate() {
        if counts.iter().any(|count| *count as usize == from.len()) {
            continue;
        }
        let mut places = [0u32; 256];
        let mut sum = 0;
        for (place, count) in places.iter_mut().zip(counts) {
            *place = sum;
            sum += count;
        }
        for pair in &from {
            let place = &mut places[(pair.0 >> (8 * digit)) as usize & 0xFF];
            to[*place as usize] = *pair;
            *place += 1;
        }
        std::mem::swap(&mut from, &mut to);
    }
    from
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn radix_is_a_stable_sort(
            words in prop_oneof![
                prop::collection::vec(any::<u64>(), 0..900),
                prop::collection::vec(0..300u64, 0..900),
                prop::collection::vec((0..3u64).prop_map(|x| x << 40), 0..900),
            ]
        ) {
            let pairs: Vec<(u64, u32)> = words.iter().copied().zip(0..).collect();
            let mut expected = pairs.clone();
            expected.sort();
            prop_assert_eq!(radix(pairs), expected.clone());
            let rows: Vec<u32> = expected.iter().map(|p| p.1).collect();
            prop_assert_eq!(sort_run(&words), rows);
        }
    }
}
