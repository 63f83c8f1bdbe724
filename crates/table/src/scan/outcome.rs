//! What planning gives.

use std::sync::Arc;

use rimon_spec::Snapshot;

use super::report::PlanReport;
use crate::plan::Split;
use crate::read::TableRead;

/// What a read opens.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The snapshot read; `None` when nothing was ever committed.
    pub snapshot: Option<Arc<Snapshot>>,
    /// Reads the splits.
    pub read: TableRead,
    /// What there is to read.
    pub splits: Vec<Split>,
    /// How much was looked at and how much was dropped.
    pub report: PlanReport,
}

impl Plan {
    /// The number of rows, when it is known without reading: only raw splits and no filter but on partitions.
    pub fn exact_rows(&self) -> Option<u64> {
        if !self.read.has_no_row_filter() {
            return None;
        }
        self.splits.iter().map(Split::exact_rows).sum()
    }

    /// Rows of all files, older versions and deletes included.
    pub fn physical_rows(&self) -> u64 {
        self.splits.iter().map(Split::physical_rows).sum()
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.splits.iter().map(Split::bytes).sum()
    }
}

/// Leaves out splits once raw ones before them have enough rows; how many files that are.
pub(super) fn cut_to_limit(splits: &mut Vec<Split>, limit: Option<u64>) -> usize {
    let Some(limit) = limit else { return 0 };
    let mut rows = 0u64;
    let mut keep = 0;
    for split in splits.iter() {
        if rows >= limit {
            break;
        }
        keep += 1;
        rows = rows.saturating_add(split.exact_rows().unwrap_or(0));
    }
    splits.drain(keep..).map(|s| s.files.len()).sum()
}
