//! Cutting sorted runs into slabs: the same key range of every run.

use std::ops::Range;

use crate::key::KeyRun;

/// Walks through the rows of all runs, slab by slab, in key order.
#[derive(Debug)]
pub(super) struct Slabs {
    rest: Vec<Range<usize>>,
    slab: Vec<Range<usize>>,
    biggest: usize,
    step: usize,
}

impl Slabs {
    /// Slabs of about `target` rows over whole runs.
    pub(super) fn by_rows<K: KeyRun>(runs: &[K], target: usize) -> Self {
        let rows: Vec<_> = runs.iter().map(|run| 0..run.len()).collect();
        Self::within(&rows, target)
    }

    /// Slabs of about `target` rows over some rows of each run, which are one key range. The cuts
    /// are keys of the biggest run.
    pub(super) fn within(rows: &[Range<usize>], target: usize) -> Self {
        let total: usize = rows.iter().map(ExactSizeIterator::len).sum();
        let (biggest, most) = rows
            .iter()
            .map(ExactSizeIterator::len)
            .enumerate()
            .max_by_key(|(_, rows)| *rows)
            .unwrap_or((0, 0));
        let step = (target as u128 * most as u128 / total.max(1) as u128) as usize;
        Self { rest: rows.to_vec(), slab: rows.to_vec(), biggest, step: step.max(1) }
    }

    /// The rows of the next slab, one range per run; `None` at the end.
    pub(super) fn next<K: KeyRun>(&mut self, runs: &[K]) -> Option<&[Range<usize>]> {
        if self.rest.iter().all(Range::is_empty) {
            return None;
        }
        let big = self.rest.get(self.biggest)?.clone();
        let bound = runs.get(self.biggest)?;
        let mut cut = big.start + self.step;
        // The rest goes with the last slab rather than into a small one of its own.
        if cut + self.step / 2 < big.end {
            // Equal keys stay together, also where a run has a key twice.
            cut = lower_bound(bound, big.clone(), bound, cut);
            if cut == big.start {
                let first = |row: usize| bound.compare(row, bound, big.start).is_eq();
                cut = first_not(big.clone(), first);
            }
        }
        if cut + self.step / 2 >= big.end {
            self.slab.clone_from(&self.rest);
            self.rest.iter_mut().for_each(|r| r.start = r.end);
            return Some(&self.slab);
        }
        for (index, run) in runs.iter().enumerate() {
            if let (Some(rest), Some(slab)) = (self.rest.get_mut(index), self.slab.get_mut(index)) {
                let to = if index == self.biggest {
                    cut
                } else {
                    lower_bound(run, rest.clone(), bound, cut)
                };
                *slab = rest.start..to;
                rest.start = to;
            }
        }
        Some(&self.slab)
    }
}

/// First row in `rows` whose key is at or above that of `bound_row` in `bound`: doubling steps
/// from the start, then halving ones, so that near rows are found in few.
pub(super) fn lower_bound<K: KeyRun>(
    run: &K,
    rows: Range<usize>,
    bound: &K,
    bound_row: usize,
) -> usize {
    let below = |row: usize| run.compare(row, bound, bound_row).is_lt();
    first_not(rows, below)
}

/// First row in `rows` for which `below` is false, when it is true up to there and not after.
pub(super) fn first_not(rows: Range<usize>, below: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut step) = (rows.start, 1);
    while low + step <= rows.end && below(low + step - 1) {
        low += step;
        step <<= 1;
    }
    let mut high = (low + step - 1).min(rows.end);
    while low < high {
        let middle = low + (high - low) / 2;
        if below(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_finds_every_place() {
        for len in 0..40usize {
            for at in 0..=len {
                assert_eq!(first_not(3..3 + len, |row| row < 3 + at), 3 + at, "{len} {at}");
            }
        }
    }

    #[test]
    fn slabs_cover_all_rows_once() {
        let runs: Vec<Vec<u64>> =
            vec![(0..1000).map(|x| x * 3).collect(), (0..100).collect(), vec![], vec![5000]];
        let mut slabs = Slabs::by_rows(&runs, 64);
        let mut at = vec![0; 4];
        let mut last = None;
        let mut count = 0;
        while let Some(rows) = slabs.next(&runs) {
            let keys = runs.iter().zip(rows).flat_map(|(run, rows)| run[rows.clone()].iter());
            let (min, max) = keys.fold((u64::MAX, 0), |(a, b), k| (a.min(*k), b.max(*k)));
            assert!(last.is_none_or(|last| last < min));
            last = Some(max);
            for (at, rows) in at.iter_mut().zip(rows) {
                assert_eq!(*at, rows.start);
                *at = rows.end;
            }
            count += 1;
        }
        assert_eq!(at, vec![1000, 100, 0, 1]);
        assert!(count > 10);
    }
}
