//! All rows of each key of a chunk.

use rimon_spec::Result;

use super::cut::Slabs;
use super::groups::{GroupTable, ROWS, too_many_rows};
use super::tree;
use crate::bitmap::Bitmap;
use crate::key::KeyRun;
use crate::merge::RowVersions;
use crate::sequence::Ages;

/// Groups the rows of `runs`, oldest run first, each sorted. A row's number is its position among
/// the rows of all runs, one run after the other. `ordered`: groups come in key order.
pub(crate) fn group_versions<K: KeyRun>(
    runs: &[K],
    ages: &Ages,
    ordered: bool,
    slab_rows: Option<usize>,
) -> Result<RowVersions> {
    let total: usize = runs.iter().map(KeyRun::len).sum();
    if u32::try_from(total).is_err() || runs.len() > usize::from(u16::MAX) {
        return Err(too_many_rows());
    }
    let mut grouping = Grouping {
        firsts: first_rows(runs),
        table: GroupTable::default(),
        order: ordered.then(|| Order::new(runs)),
        starts: Vec::new(),
        slab: Vec::new(),
    };
    let mut versions = RowVersions::default();
    versions.rows.reserve(total);
    let mut slabs = Slabs::by_rows(runs, slab_rows.unwrap_or(ROWS));
    while let Some(rows) = slabs.next(runs) {
        grouping.table.assign(runs, rows);
        grouping.sort_by_group(rows);
        if !ages.by_run() {
            grouping.sort_by_age(ages);
        }
        match &mut grouping.order {
            None => {
                for group in 0..grouping.table.count {
                    versions.push(members(&grouping.starts, &grouping.slab, group).iter().copied());
                }
            }
            Some(order) => {
                for group in order.groups(runs, rows, &grouping.table) {
                    let group = group as usize;
                    versions.push(members(&grouping.starts, &grouping.slab, group).iter().copied());
                }
            }
        }
    }
    Ok(versions)
}

/// The number of the first row of each run.
fn first_rows<K: KeyRun>(runs: &[K]) -> Vec<u32> {
    let mut next = 0;
    let first = |run: &K| {
        let first = next;
        next += run.len() as u32;
        first
    };
    runs.iter().map(first).collect()
}

fn members<'a>(starts: &[u32], slab: &'a [u32], group: usize) -> &'a [u32] {
    let range = match starts.get(group..group + 2) {
        Some([start, end]) => *start as usize..*end as usize,
        _ => 0..0,
    };
    slab.get(range).unwrap_or_default()
}

struct Grouping {
    firsts: Vec<u32>,
    table: GroupTable,
    order: Option<Order>,
    /// Where each group of the slab starts in `slab`, and the end of the last.
    starts: Vec<u32>,
    /// The rows of the slab by group.
    slab: Vec<u32>,
}

impl Grouping {
    /// A counting sort, which leaves the rows of a group in the order of runs.
    #[expect(clippy::indexing_slicing, reason = "hot: group numbers are below the count")]
    fn sort_by_group(&mut self, rows: &[std::ops::Range<usize>]) {
        self.starts.clear();
        self.starts.resize(self.table.count + 1, 0);
        for group in self.table.groups.iter().flatten() {
            self.starts[*group as usize + 1] += 1;
        }
        let mut end = 0;
        for start in &mut self.starts {
            end += *start;
            *start = end;
        }
        self.slab.clear();
        self.slab.resize(end as usize, 0);
        let mut next = self.starts.clone();
        for ((groups, rows), first) in self.table.groups.iter().zip(rows).zip(&self.firsts) {
            let first = first + rows.start as u32;
            for (row, group) in (first..).zip(groups) {
                let slot = &mut next[*group as usize];
                self.slab[*slot as usize] = row;
                *slot += 1;
            }
        }
    }

    fn sort_by_age(&mut self, ages: &Ages) {
        let firsts = &self.firsts;
        let place = |row: u32| {
            let run = firsts.partition_point(|first| *first <= row).saturating_sub(1);
            (run, (row - firsts.get(run).copied().unwrap_or(0)) as usize)
        };
        for bounds in self.starts.windows(2) {
            let [start, end] = bounds else { continue };
            if let Some(rows) = self.slab.get_mut(*start as usize..*end as usize)
                && rows.len() > 1
            {
                rows.sort_by(|a, b| ages.compare(place(*a), place(*b)));
            }
        }
    }
}

/// Finds the order of the groups of a slab by key.
struct Order {
    marks: Vec<Bitmap>,
    runs: Vec<u16>,
}

impl Order {
    fn new<K: KeyRun>(runs: &[K]) -> Self {
        Self { marks: runs.iter().map(|run| Bitmap::zeros(run.len())).collect(), runs: Vec::new() }
    }

    fn groups<K: KeyRun>(
        &mut self,
        runs: &[K],
        rows: &[std::ops::Range<usize>],
        table: &GroupTable,
    ) -> Vec<u32> {
        let mut seen = vec![false; table.count];
        // The groups whose first row is in a run, in the order of its rows.
        let mut of_run: Vec<Vec<u32>> = vec![Vec::new(); runs.len()];
        for (run, (groups, rows)) in table.groups.iter().zip(rows).enumerate() {
            for (row, group) in rows.clone().zip(groups) {
                if let Some(seen) = seen.get_mut(*group as usize)
                    && !std::mem::replace(seen, true)
                    && let (Some(marks), Some(of_run)) =
                        (self.marks.get_mut(run), of_run.get_mut(run))
                {
                    marks.set(row);
                    of_run.push(*group);
                }
            }
        }
        self.runs.clear();
        tree::order(runs, rows, &self.marks, &mut self.runs);
        let mut next: Vec<_> = of_run.into_iter().map(IntoIterator::into_iter).collect();
        let groups = self.runs.iter().filter_map(|run| next.get_mut(usize::from(*run))?.next());
        groups.collect()
    }
}
