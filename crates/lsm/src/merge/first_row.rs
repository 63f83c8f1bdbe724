//! The oldest row of a key wins (`merge-engine` = first-row).

use rimon_spec::{Error, Result};

use super::{Groups, MergeFunction, MergeOutput, Versions};

/// Mirrors `FirstRowMergeFunction.java`.
#[derive(Debug, Clone, Copy, Default)]
pub struct FirstRow {
    /// `ignore-delete`: retracting rows in files do not count. Else they are an error where a key
    /// has other rows too; alone they are left out.
    pub ignore_deletes: bool,
}

impl MergeFunction for FirstRow {
    fn versions(&self) -> Versions {
        Versions::All
    }

    fn merge(&self, groups: &Groups<'_>, output: &mut MergeOutput) -> Result<()> {
        output.rows.clear();
        output.rows.resize(groups.count, None);
        let mut versions = vec![0_u32; groups.count];
        let mut retracted = Vec::new();
        for visit in &groups.visits {
            for (row, group) in (visit.start..).zip(visit.groups) {
                let group = *group as usize;
                let retract = groups.is_retract(visit.run, row);
                if let Some(versions) = versions.get_mut(group) {
                    *versions += 1;
                }
                if retract {
                    retracted.push(group);
                }
                if !(retract && self.ignore_deletes)
                    && let Some(slot @ None) = output.rows.get_mut(group)
                {
                    *slot = Some((visit.run, row));
                }
            }
        }
        let shared = |group: &usize| versions.get(*group).is_some_and(|count| *count > 1);
        if !self.ignore_deletes && retracted.iter().any(shared) {
            return Err(Error::invalid("merge-engine first-row cannot merge -U and -D rows")
                .with_hint("set 'ignore-delete' = 'true'"));
        }
        Ok(())
    }
}
