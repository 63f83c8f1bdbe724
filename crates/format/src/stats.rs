//! Statistics of columns as Java takes them from a file (`ParquetSimpleStatsExtractor.java`): whole values, not yet
//! cut by `metadata.stats-mode`.
//!
//! Where Java leaves bounds out, so does this: nested columns have no statistics; binary columns, and timestamps finer
//! than microseconds, have only a null count. FLOAT and DOUBLE are in the order of `Double.compare`, NaN included.

use crate::ColumnStats;
use rimon_spec::Value;
use std::cmp::Ordering;

/// Statistics of a column that are added up, part by part.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bounds {
    range: Range,
    nulls: Option<i64>,
}

#[derive(Debug, Clone, PartialEq)]
enum Range {
    /// No value but null so far.
    Empty,
    Known(Value, Value),
    Unknown,
}

impl Bounds {
    /// A part with values between `min` and `max`.
    pub(crate) fn known(min: Value, max: Value, nulls: Option<i64>) -> Self {
        Self { range: Range::Known(min, max), nulls }
    }

    /// A part with nothing but nulls.
    pub(crate) fn no_values(nulls: Option<i64>) -> Self {
        Self { range: Range::Empty, nulls }
    }

    /// A part without bounds.
    pub(crate) fn unknown(nulls: Option<i64>) -> Self {
        Self { range: Range::Unknown, nulls }
    }

    /// Both parts together.
    pub(crate) fn merge(self, other: Self) -> Self {
        let range = match (self.range, other.range) {
            (Range::Unknown, _) | (_, Range::Unknown) => Range::Unknown,
            (Range::Empty, r) | (r, Range::Empty) => r,
            (Range::Known(a, b), Range::Known(c, d)) => {
                let min = if c.compare(&a) == Ordering::Less { c } else { a };
                let max = if d.compare(&b) == Ordering::Greater { d } else { b };
                Range::Known(min, max)
            }
        };
        let nulls = self.nulls.zip(other.nulls).map(|(a, b)| a.saturating_add(b));
        Self { range, nulls }
    }

    /// What goes into the manifest.
    pub(crate) fn into_stats(self) -> ColumnStats {
        let (min, max) = match self.range {
            Range::Known(min, max) => (min, max),
            Range::Empty | Range::Unknown => (Value::Null, Value::Null),
        };
        ColumnStats { min, max, null_count: self.nulls }
    }
}
