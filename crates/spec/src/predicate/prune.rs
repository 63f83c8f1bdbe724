//! What statistics rule out. A doubt keeps the file.

use super::{ColumnStats, Predicate, Test};
use crate::Value;
use std::mem::discriminant;

impl Predicate {
    /// Whether a file with these statistics may hold a row that passes. `stats_of` gives `None` where nothing is known.
    pub fn may_match(&self, stats_of: &dyn Fn(&str) -> Option<ColumnStats>) -> bool {
        self.may_be(true, stats_of)
    }

    /// Whether the predicate may be `truth` for some row: a NOT asks for the opposite below it.
    fn may_be(&self, truth: bool, stats_of: &dyn Fn(&str) -> Option<ColumnStats>) -> bool {
        match (self, truth) {
            (Self::True, truth) => truth,
            (Self::False, truth) => !truth,
            (Self::And(parts), true) | (Self::Or(parts), false) => {
                parts.iter().all(|part| part.may_be(truth, stats_of))
            }
            (Self::And(parts), false) | (Self::Or(parts), true) => {
                parts.iter().any(|part| part.may_be(truth, stats_of))
            }
            (Self::Not(inner), truth) => inner.may_be(!truth, stats_of),
            (Self::Leaf { column, test }, truth) => match stats_of(column) {
                None => true,
                Some(stats) if truth => test.may_hold(&stats),
                Some(stats) => test.may_fail(&stats),
            },
        }
    }
}

impl ColumnStats {
    fn all_null(&self) -> bool {
        self.row_count.is_some() && self.null_count == self.row_count
    }

    /// Minimum and maximum where they bound values that compare with `literal`.
    fn bounds(&self, literal: &Value) -> Option<(&Value, &Value)> {
        let same = |v: &Value| discriminant(v) == discriminant(literal);
        (same(&self.min) && same(&self.max)).then_some((&self.min, &self.max))
    }

    /// The same for tests of order. Floating columns have none: NaN is not in statistics, and engines put it first or
    /// last, as they do -0.0.
    fn ordered(&self, literal: &Value) -> Option<(&Value, &Value)> {
        if matches!(literal, Value::Float(_) | Value::Double(_)) {
            return None;
        }
        self.bounds(literal)
    }
}

fn is_nan(value: &Value) -> bool {
    match value {
        Value::Float(v) => v.is_nan(),
        Value::Double(v) => v.is_nan(),
        _ => false,
    }
}

impl Test {
    /// Whether some value of a column with these statistics may pass.
    fn may_hold(&self, s: &ColumnStats) -> bool {
        match self {
            Self::IsNull => return s.null_count != Some(0),
            Self::IsNotNull => return !s.all_null(),
            _ if s.all_null() => return false,
            _ => {}
        }
        match self {
            Self::IsNull | Self::IsNotNull => true,
            Self::Eq(v) => may_equal(s, v),
            Self::In(values) => values.iter().any(|v| may_equal(s, v)),
            Self::NotEq(v) => match s.ordered(v) {
                Some((min, max)) => min.compare(v).is_ne() || max.compare(v).is_ne(),
                None => true,
            },
            Self::Lt(v) => s.ordered(v).is_none_or(|(min, _)| min.compare(v).is_lt()),
            Self::LtEq(v) => s.ordered(v).is_none_or(|(min, _)| min.compare(v).is_le()),
            Self::Gt(v) => s.ordered(v).is_none_or(|(_, max)| max.compare(v).is_gt()),
            Self::GtEq(v) => s.ordered(v).is_none_or(|(_, max)| max.compare(v).is_ge()),
            Self::StartsWith(prefix) => match (&s.min, &s.max) {
                (Value::String(min), Value::String(max)) => {
                    max.as_bytes() >= prefix.as_bytes()
                        && (min.as_bytes() <= prefix.as_bytes() || min.starts_with(prefix.as_str()))
                }
                _ => true,
            },
        }
    }

    /// Whether some value may not pass, null aside: the opposite test may hold.
    fn may_fail(&self, s: &ColumnStats) -> bool {
        match self {
            Self::IsNull => Self::IsNotNull.may_hold(s),
            Self::IsNotNull => Self::IsNull.may_hold(s),
            Self::Eq(v) => Self::NotEq(v.clone()).may_hold(s),
            Self::NotEq(v) => Self::Eq(v.clone()).may_hold(s),
            Self::Lt(v) => Self::GtEq(v.clone()).may_hold(s),
            Self::LtEq(v) => Self::Gt(v.clone()).may_hold(s),
            Self::Gt(v) => Self::LtEq(v.clone()).may_hold(s),
            Self::GtEq(v) => Self::Lt(v.clone()).may_hold(s),
            Self::In(values) => values.iter().all(|v| Self::NotEq(v.clone()).may_hold(s)),
            Self::StartsWith(_) => !s.all_null(),
        }
    }
}

fn may_equal(s: &ColumnStats, literal: &Value) -> bool {
    if is_nan(literal) {
        return true;
    }
    s.bounds(literal).is_none_or(|(min, max)| {
        is_nan(min) || is_nan(max) || min.compare(literal).is_le() && max.compare(literal).is_ge()
    })
}
