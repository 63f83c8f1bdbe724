//! Plans of what changed between two versions.

use std::sync::Arc;

use rimon_spec::Result;

use super::levels::Levels;
use super::planner::Planner;
use super::{Plan, TableScan};
use crate::plan::{Increment, files_of, increment};

impl TableScan {
    /// The changes between two versions, see [`Table::with_options`].
    pub(super) async fn plan_increment(&self, mut planner: Planner) -> Result<Plan> {
        let table = planner.table().clone();
        let levels = Levels::of(&table, self.all_levels);
        let see = |level| levels.see(level);
        let mut last = None;
        let mut splits = Vec::new();
        match increment(&table, table.scan_options()).await? {
            Increment::Nothing => {}
            Increment::State(snapshot) => {
                splits = planner.state(&snapshot, &see).await?;
                last = Some(*snapshot);
            }
            Increment::Difference(states) => {
                let (before, after) = *states;
                splits = planner.difference(&before, &after, &see).await?;
                last = Some(after);
            }
            Increment::Changes(snapshots, kind) => {
                for snapshot in snapshots {
                    let files = files_of(&table, &snapshot, kind, &planner.predicate).await?;
                    splits.extend(planner.changes(files, &see).await?);
                    last = Some(snapshot);
                }
            }
        }
        let (read, report) = planner.finish(&splits);
        Ok(Plan { snapshot: last.map(Arc::new), read, splits, report })
    }
}
