//! The newest row of each key where runs alone do not tell which is newer.

use super::cut::Slabs;
use super::groups::GroupTable;
use super::{MergePlan, tree};
use crate::bitmap::Bitmap;
use crate::key::KeyRun;
use crate::sequence::Ages;
use rimon_spec::Result;

/// Rows of a slab.
const ROWS: usize = 16 << 10;

/// As [`super::plan_newest`] with the age of each row compared; a run may have a key twice. Rows
/// set in `ignored` do not count as versions.
pub(crate) fn plan_ranked<K: KeyRun>(
    runs: &[K],
    ages: &Ages,
    ignored: &[Option<Bitmap>],
    ordered: bool,
    slab_rows: Option<usize>,
) -> Result<MergePlan> {
    let mut plan = MergePlan::empty(runs, ordered)?;
    let mut table = GroupTable::default();
    let mut best: Vec<Option<(usize, usize)>> = Vec::new();
    let mut slabs = Slabs::by_rows(runs, slab_rows.unwrap_or(ROWS));
    while let Some(rows) = slabs.next(runs) {
        table.assign(runs, rows);
        best.clear();
        best.resize(table.count, None);
        for (run, (groups, rows)) in table.groups.iter().zip(rows).enumerate() {
            let skip = ignored.get(run).and_then(Option::as_ref);
            for (row, group) in rows.clone().zip(groups) {
                if skip.is_some_and(|bits| bits.get(row)) {
                    continue;
                }
                if let Some(best) = best.get_mut(*group as usize)
                    && best.is_none_or(|best| ages.compare((run, row), best).is_gt())
                {
                    *best = Some((run, row));
                }
            }
        }
        for (run, row) in best.iter().flatten() {
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
