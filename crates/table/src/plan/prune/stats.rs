//! Statistics of manifest entries, column by column as they are asked for.

use rimon_format::widened;
use rimon_spec::{ColumnStats, DataType, SimpleStats};

/// The statistics of one file or manifest.
#[derive(Debug, Clone, Copy)]
pub(super) struct StatsRow<'a> {
    stats: &'a SimpleStats,
    rows: Option<i64>,
}

impl<'a> StatsRow<'a> {
    /// `None` when they are not of `arity` columns: then nothing is known.
    pub(super) fn new(stats: &'a SimpleStats, arity: usize, rows: Option<i64>) -> Option<Self> {
        let fits = stats.min_values.arity() == arity && stats.max_values.arity() == arity;
        fits.then_some(Self { stats, rows })
    }

    /// Of the column at `index`, which has this type; `None` when they cannot be read.
    pub(super) fn column(&self, index: usize, data_type: &DataType) -> Option<ColumnStats> {
        Some(ColumnStats {
            min: self.stats.min_values.field(index, data_type).ok()?,
            max: self.stats.max_values.field(index, data_type).ok()?,
            null_count: self.nulls(index),
            row_count: self.rows,
        })
    }

    /// The same as bounds of what the column is read as now; `None` when the conversion does not keep bounds.
    pub(super) fn column_as(
        &self,
        index: usize,
        stored: &DataType,
        now: &DataType,
    ) -> Option<ColumnStats> {
        let found = self.column(index, stored)?;
        if stored.kind == now.kind {
            return Some(found);
        }
        let min = widened(&found.min, stored, now)?;
        let max = widened(&found.max, stored, now)?;
        Some(ColumnStats { min, max, ..found })
    }

    /// Number of nulls in the column at `index`; `None` when it is not known.
    pub(super) fn nulls(&self, index: usize) -> Option<i64> {
        self.stats.null_counts.as_ref().and_then(|n| n.get(index).copied().flatten())
    }
}
