//! The newest row of a key wins (`merge-engine` = deduplicate).

use rimon_spec::Result;

use super::{Groups, MergeFunction, MergeOutput, Versions};

/// Mirrors `DeduplicateMergeFunction.java`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Deduplicate {
    /// `ignore-delete`: retracting rows in files do not count, so that the row before stays.
    pub ignore_deletes: bool,
}

impl MergeFunction for Deduplicate {
    fn versions(&self) -> Versions {
        Versions::Newest { ignore_deletes: self.ignore_deletes }
    }

    fn merge(&self, groups: &Groups<'_>, output: &mut MergeOutput) -> Result<()> {
        output.rows.clear();
        output.rows.resize(groups.count, None);
        for visit in &groups.visits {
            for (row, group) in (visit.start..).zip(visit.groups) {
                if !(self.ignore_deletes && groups.is_retract(visit.run, row))
                    && let Some(slot) = output.rows.get_mut(*group as usize)
                {
                    *slot = Some((visit.run, row));
                }
            }
        }
        Ok(())
    }
}
