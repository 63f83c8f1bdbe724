//! Group numbers: rows of a slab with the same key share one.

use std::ops::Range;

use rimon_spec::{Error, Result};

use super::cut::Slabs;
use super::{MergePlan, tree, word_range};
use crate::key::KeyRun;
use crate::merge::{GroupRows, Groups, MergeFunction, MergeOutput};
use crate::sequence::Ages;

/// Rows of a slab.
pub(super) const ROWS: usize = 16 << 10;
/// Possible keys per row up to which a slot for each is cheaper than hashing.
const DIRECT_SPREAD: u64 = 8;

/// Numbers the keys of one slab after the other, densely, in the order of first sight.
#[derive(Debug, Default)]
pub(crate) struct GroupTable {
    slots: Vec<u32>,
    entries: Vec<(u64, u32)>,
    firsts: Vec<(u32, u32)>,
    /// For each run, the group of each of its rows in the slab.
    pub(crate) groups: Vec<Vec<u32>>,
    /// Number of groups in the slab.
    pub(crate) count: usize,
}

impl GroupTable {
    /// Numbers the keys among `rows` of `runs`, run by run.
    pub(crate) fn assign<K: KeyRun>(&mut self, runs: &[K], rows: &[Range<usize>]) {
        self.groups.resize_with(runs.len(), Vec::new);
        self.groups.iter_mut().for_each(Vec::clear);
        self.count = 0;
        let total: usize = rows.iter().map(ExactSizeIterator::len).sum();
        let words: Option<Vec<&[u64]>> = runs.iter().map(KeyRun::as_words).collect();
        if let Some(words) = words
            && let Some((min, max)) = word_range(&words, rows)
            && (max - min) / DIRECT_SPREAD <= total as u64
        {
            self.slots.clear();
            self.slots.resize((max - min) as usize + 1, u32::MAX);
            for ((run, rows), groups) in words.iter().zip(rows).zip(&mut self.groups) {
                number_words(run, rows.clone(), min, &mut self.slots, &mut self.count, groups);
            }
            return;
        }
        self.entries.clear();
        self.entries.resize((total * 2).next_power_of_two().max(64), (0, u32::MAX));
        self.firsts.clear();
        for (run, rows) in rows.iter().enumerate() {
            self.number_keys(runs, run, rows.clone());
        }
        self.count = self.firsts.len();
    }

    #[expect(clippy::indexing_slicing, reason = "hot: slots are masked, firsts name real rows")]
    fn number_keys<K: KeyRun>(&mut self, runs: &[K], run: usize, rows: Range<usize>) {
        let mask = self.entries.len() - 1;
        let shift = u64::BITS - self.entries.len().trailing_zeros();
        let keys = &runs[run];
        for row in rows {
            let hash = keys.hash(row);
            let mut slot = (hash >> shift) as usize & mask;
            let group = loop {
                let (found, group) = self.entries[slot];
                if group == u32::MAX {
                    let group = self.firsts.len() as u32;
                    self.firsts.push((run as u32, row as u32));
                    self.entries[slot] = (hash, group);
                    break group;
                }
                if found == hash {
                    let (other, other_row) = self.firsts[group as usize];
                    if keys.compare(row, &runs[other as usize], other_row as usize).is_eq() {
                        break group;
                    }
                }
                slot = (slot + 1) & mask;
            };
            self.groups[run].push(group);
        }
    }
}

#[expect(clippy::indexing_slicing, reason = "hot: the slots cover the slab's keys")]
fn number_words(
    run: &[u64],
    rows: Range<usize>,
    min: u64,
    slots: &mut [u32],
    count: &mut usize,
    groups: &mut Vec<u32>,
) {
    groups.extend(run[rows].iter().map(|key| {
        let slot = &mut slots[(key - min) as usize];
        // Without a branch: which keys are new cannot be foretold.
        let fresh = *slot == u32::MAX;
        let group = if fresh { *count as u32 } else { *slot };
        *count += usize::from(fresh);
        *slot = group;
        group
    }));
}

/// Numbers the keys of all rows of `runs`, each sorted: for each run the group of each row, and the number of groups.
pub(crate) fn number_groups<K: KeyRun>(
    runs: &[K],
    slab_rows: Option<usize>,
) -> Result<(Vec<Vec<u32>>, usize)> {
    let total: usize = runs.iter().map(KeyRun::len).sum();
    if u32::try_from(total).is_err() {
        return Err(too_many_rows());
    }
    let mut numbers: Vec<Vec<u32>> = runs.iter().map(|run| Vec::with_capacity(run.len())).collect();
    let (mut table, mut count) = (GroupTable::default(), 0);
    let mut slabs = Slabs::by_rows(runs, slab_rows.unwrap_or(ROWS));
    while let Some(rows) = slabs.next(runs) {
        table.assign(runs, rows);
        for (numbers, groups) in numbers.iter_mut().zip(&table.groups) {
            numbers.extend(groups.iter().map(|group| group + count as u32));
        }
        count += table.count;
    }
    Ok((numbers, count))
}

pub(super) fn too_many_rows() -> Error {
    Error::unsupported("too many rows are to be merged at a time").with_hint("compact the table")
}

/// Plans with a merge function that wants to see all versions. `runs` from the oldest to the
/// newest, each sorted.
pub(crate) fn plan_groups<K: KeyRun>(
    runs: &[K],
    ages: &Ages,
    merge: &dyn MergeFunction,
    ordered: bool,
    slab_rows: Option<usize>,
) -> Result<MergePlan> {
    let mut plan = MergePlan::empty(runs, ordered)?;
    let mut table = GroupTable::default();
    let mut output = MergeOutput::default();
    let mut slabs = Slabs::by_rows(runs, slab_rows.unwrap_or(ROWS));
    while let Some(rows) = slabs.next(runs) {
        table.assign(runs, rows);
        let groups = Groups { count: table.count, visits: visits(&table, rows, ages), ages };
        merge.merge(&groups, &mut output)?;
        if output.rows.len() != table.count {
            return Err(Error::internal("a merge function left groups out"));
        }
        for (run, row) in output.rows.iter().flatten() {
            if let Some(survivors) = plan.survivors.get_mut(*run) {
                survivors.set(*row);
            }
        }
        if let Some(order) = &mut plan.order {
            tree::order(runs, rows, &plan.survivors, order);
        }
    }
    Ok(plan)
}

/// The rows of a slab from the oldest to the newest, as far as rows of one group are concerned.
fn visits<'a>(table: &'a GroupTable, rows: &[Range<usize>], ages: &Ages) -> Vec<GroupRows<'a>> {
    if ages.by_run() {
        let runs = table.groups.iter().zip(rows).enumerate();
        return runs
            .map(|(run, (groups, rows))| GroupRows { run, start: rows.start, groups })
            .collect();
    }
    let mut all: Vec<(usize, usize)> = rows
        .iter()
        .enumerate()
        .flat_map(|(run, rows)| rows.clone().map(move |r| (run, r)))
        .collect();
    all.sort_by(|a, b| ages.compare(*a, *b));
    let single = all.into_iter().filter_map(|(run, row)| {
        let first = rows.get(run)?.start;
        let groups = table.groups.get(run)?.get(row - first..=row - first)?;
        Some(GroupRows { run, start: row, groups })
    });
    single.collect()
}
