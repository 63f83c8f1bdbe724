//! Column statistics: format.md §8, `SimpleStats.java`.

use crate::BinaryRow;

/// Minima, maxima and null counts of some columns.
#[derive(Debug, Clone, PartialEq)]
pub struct SimpleStats {
    /// Row of minima; null where unknown.
    pub min_values: BinaryRow,
    /// Row of maxima; null where unknown.
    pub max_values: BinaryRow,
    /// Null counts; `None` where unknown. `None` for the whole where the file has a null array.
    pub null_counts: Option<Vec<Option<i64>>>,
}

impl SimpleStats {
    /// Statistics of no columns (`SimpleStats.EMPTY_STATS`).
    pub fn empty() -> Self {
        Self {
            min_values: BinaryRow::empty(),
            max_values: BinaryRow::empty(),
            null_counts: Some(Vec::new()),
        }
    }
}
