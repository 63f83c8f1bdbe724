//! Which rows of the runs survive, and in which order (`performance.md` §3.3).
//!
//! A read without order asks which rows survive: a question of sets, not of merging. The keys of
//! a chunk are cut into slabs whose set fits a cache, runs are visited from the newest to the
//! oldest, and a row survives if its key was not in the set.

mod bit_slab;
mod byte_slab;
mod cut;
mod direct;
mod gallop;
mod groups;
mod hash_slab;
mod policy;
mod ranked;
mod tree;
mod versions;

pub use policy::{SlabShape, TableKind, choose};

pub(crate) use groups::{GroupTable, number_groups, plan_groups};
pub(crate) use ranked::plan_ranked;
pub(crate) use versions::group_versions;

use std::ops::Range;

use rimon_spec::{Error, Result};

use crate::bitmap::Bitmap;
use crate::key::KeyRun;
use byte_slab::ByteTable;
use cut::Slabs;
use direct::DirectTable;
use hash_slab::HashTable;

/// Input rows for which a table kind is chosen at a time.
const POLICY_ROWS: usize = 256 << 10;

/// The rows of some runs that are in the result.
#[derive(Debug)]
pub(crate) struct MergePlan {
    /// For each run, a bit per row.
    pub(crate) survivors: Vec<Bitmap>,
    /// The run of each surviving row in key order, when order was asked for. Rows of one run
    /// follow each other, so the runs alone tell the rows.
    pub(crate) order: Option<Vec<u16>>,
}

impl MergePlan {
    fn empty<K: KeyRun>(runs: &[K], ordered: bool) -> Result<Self> {
        if runs.len() > usize::from(u16::MAX) {
            return Err(Error::unsupported("more than 65535 sorted runs overlap")
                .with_hint("compact the table"));
        }
        Ok(Self {
            survivors: runs.iter().map(|run| Bitmap::zeros(run.len())).collect(),
            order: ordered.then(Vec::new),
        })
    }

    /// Takes out the rows set in `dead` (one bitmap per run, `None`: nothing is dead).
    pub(crate) fn remove(&mut self, dead: &[Option<Bitmap>]) {
        if let Some(order) = &mut self.order {
            let mut next = vec![0; self.survivors.len()];
            order.retain(|run| {
                let run = usize::from(*run);
                let (Some(next), Some(survivors)) = (next.get_mut(run), self.survivors.get(run))
                else {
                    return true;
                };
                let row = survivors.next_set(*next, survivors.len());
                *next = row + 1;
                !matches!(dead.get(run), Some(Some(dead)) if dead.get(row))
            });
        }
        for (survivors, dead) in self.survivors.iter_mut().zip(dead) {
            if let Some(dead) = dead {
                survivors.and_not(dead);
            }
        }
    }
}

/// What a plan is to be made for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PlanRequest {
    /// Whether the order is wanted.
    pub(crate) ordered: bool,
    /// Uses this kind wherever the keys allow it.
    pub(crate) force: Option<TableKind>,
    /// Most rows of a slab, `None`: what fits the cache.
    pub(crate) slab_rows: Option<usize>,
}

/// The newest row of each key. `runs` from the oldest to the newest, each sorted and without a key
/// that comes twice.
pub(crate) fn plan_newest<K: KeyRun>(runs: &[K], request: PlanRequest) -> Result<MergePlan> {
    let mut plan = MergePlan::empty(runs, request.ordered)?;
    let mut tables = Tables::new(request);
    let mut slabs = Slabs::by_rows(runs, request.slab_rows.map_or(POLICY_ROWS, |rows| rows * 4));
    while let Some(rows) = slabs.next(runs) {
        tables.plan_slab(runs, rows, &mut plan);
    }
    Ok(plan)
}

/// Plans the rows of runs that arrive piece by piece, without order.
#[derive(Debug)]
pub(crate) struct SlabPlanner {
    tables: Tables,
    piece: MergePlan,
}

impl SlabPlanner {
    /// `force`, `slab_rows`: see [`PlanRequest`].
    pub(crate) fn new(force: Option<TableKind>, slab_rows: Option<usize>) -> Self {
        let request = PlanRequest { ordered: false, force, slab_rows };
        Self { tables: Tables::new(request), piece: MergePlan { survivors: vec![], order: None } }
    }

    /// The survivors among `rows` of `runs` (oldest first), which are one range of keys: for each run a bit per row
    /// of what is given of it.
    pub(crate) fn plan<K: KeyRun>(&mut self, runs: &[K], rows: &[Range<usize>]) -> &[Bitmap] {
        self.piece.survivors.resize_with(runs.len(), || Bitmap::zeros(0));
        for (survivors, run) in self.piece.survivors.iter_mut().zip(runs) {
            survivors.reset(run.len());
        }
        self.tables.plan_slab(runs, rows, &mut self.piece);
        &self.piece.survivors
    }
}

/// The tables, kept from slab to slab.
#[derive(Debug)]
struct Tables {
    request: PlanRequest,
    hash: HashTable,
    direct: DirectTable,
    bytes: ByteTable,
}

impl Tables {
    fn new(request: PlanRequest) -> Self {
        Self {
            request,
            hash: HashTable::default(),
            direct: DirectTable::default(),
            bytes: ByteTable::default(),
        }
    }

    fn plan_slab<K: KeyRun>(&mut self, runs: &[K], rows: &[Range<usize>], plan: &mut MergePlan) {
        let mut present = rows.iter().enumerate().filter(|(_, r)| !r.is_empty());
        if let (Some((run, rows)), None) = (present.next(), present.next()) {
            if let Some(survivors) = plan.survivors.get_mut(run) {
                survivors.set_range(rows.clone());
            }
            if let Some(order) = &mut plan.order {
                order.extend(std::iter::repeat_n(run as u16, rows.len()));
            }
            return;
        }
        let words: Option<Vec<&[u64]>> = runs.iter().map(KeyRun::as_words).collect();
        let range = words.as_ref().and_then(|words| word_range(words, rows));
        let shape = SlabShape {
            rows: rows.iter().map(ExactSizeIterator::len).collect(),
            range: range.map(|(min, max)| max - min),
            ordered: self.request.ordered,
        };
        let kind = policy::allowed(self.request.force, &shape).unwrap_or_else(|| choose(&shape));
        let survivors = plan.survivors.as_mut_slice();
        let ordered = match (kind, words, range) {
            (TableKind::Bit, Some(words), Some(range))
                if byte_slab::suits(range.1 - range.0, shape.total()) =>
            {
                self.bytes.plan(&words, rows, range, self.request.slab_rows, survivors);
                false
            }
            (TableKind::Bit, Some(words), Some(range)) => {
                bit_slab::plan(&words, rows, range, self.request.slab_rows, survivors);
                false
            }
            (TableKind::Direct, Some(words), Some(range)) => {
                let keys = self.request.slab_rows;
                self.direct.plan(&words, rows, range, keys, survivors, plan.order.as_mut());
                true
            }
            (TableKind::Gallop, ..) => {
                gallop::plan(runs, rows, &mut self.hash, self.request.slab_rows, survivors);
                false
            }
            (TableKind::Tree, ..) => {
                tree::plan(runs, rows, survivors, plan.order.as_mut());
                true
            }
            _ => {
                self.hash.plan(runs, rows, self.request.slab_rows, survivors);
                false
            }
        };
        if let (false, Some(order)) = (ordered, &mut plan.order) {
            tree::order(runs, rows, survivors, order);
        }
    }
}

/// Least and greatest key of some rows.
fn word_range(words: &[&[u64]], rows: &[Range<usize>]) -> Option<(u64, u64)> {
    let ends = words.iter().zip(rows).filter_map(|(words, rows)| {
        let rows = words.get(rows.clone())?;
        Some((*rows.first()?, *rows.last()?))
    });
    ends.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

#[cfg(test)]
mod tests;
