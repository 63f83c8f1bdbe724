//! The oldest row of a key wins (`merge-engine` = first-row).

use arrow::array::{ArrayRef, Int8Array};
use rimon_spec::{Error, Result};

use super::{Groups, MergeFunction, MergeOutput, RowChange, Versions};

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
            return Err(cannot_take_back());
        }
        Ok(())
    }

    fn check_input(&self, kinds: &Int8Array, _: &[ArrayRef]) -> Result<()> {
        let mut changes = kinds.values().iter().map(|kind| RowChange::of_kind(*kind));
        match changes.find(|change| change.is_retract()) {
            Some(change) if !self.ignore_deletes => {
                Err(cannot_take_back().with("row kind", change.name()))
            }
            _ => Ok(()),
        }
    }
}

fn cannot_take_back() -> Error {
    Error::invalid("merge-engine first-row cannot merge -U and -D rows")
        .with_hint("set 'ignore-delete' = 'true'")
}
