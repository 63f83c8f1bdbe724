//! Truth on values.

use super::{Predicate, Test};
use crate::Value;
use std::cmp::Ordering;

impl Predicate {
    /// The truth for one row; `None` is SQL's unknown. `value_of` gives the value of a column.
    pub fn eval(&self, value_of: &dyn Fn(&str) -> Value) -> Option<bool> {
        match self {
            Self::True => Some(true),
            Self::False => Some(false),
            Self::And(parts) => fold(parts, value_of, false),
            Self::Or(parts) => fold(parts, value_of, true),
            Self::Not(inner) => inner.eval(value_of).map(|truth| !truth),
            Self::Leaf { column, test } => test.eval(&value_of(column)),
        }
    }
}

/// `decisive` of one part decides; else an unknown part makes it unknown.
fn fold(parts: &[Predicate], value_of: &dyn Fn(&str) -> Value, decisive: bool) -> Option<bool> {
    let mut result = Some(!decisive);
    for part in parts {
        match part.eval(value_of) {
            Some(truth) if truth == decisive => return Some(decisive),
            Some(_) => {}
            None => result = None,
        }
    }
    result
}

impl Test {
    /// The truth for one value; `None` is SQL's unknown.
    pub fn eval(&self, value: &Value) -> Option<bool> {
        match self {
            Self::IsNull => return Some(value.is_null()),
            Self::IsNotNull => return Some(!value.is_null()),
            _ if value.is_null() => return None,
            _ => {}
        }
        let compare = |literal: &Value| value.compare(literal).then(order_of_zeros(value, literal));
        Some(match self {
            Self::IsNull | Self::IsNotNull => false,
            Self::Eq(v) => compare(v) == Ordering::Equal,
            Self::NotEq(v) => compare(v) != Ordering::Equal,
            Self::Lt(v) => compare(v) == Ordering::Less,
            Self::LtEq(v) => compare(v) != Ordering::Greater,
            Self::Gt(v) => compare(v) == Ordering::Greater,
            Self::GtEq(v) => compare(v) != Ordering::Less,
            Self::In(values) => values.iter().any(|v| compare(v) == Ordering::Equal),
            Self::StartsWith(prefix) => {
                matches!(value, Value::String(text) if text.starts_with(prefix))
            }
        })
    }
}

/// Conditions order zeros by their sign, as `Double.compare` of Java and Arrow do; keys do not.
fn order_of_zeros(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Float(a), Value::Float(b)) if *a == 0.0 && *b == 0.0 => a.total_cmp(b),
        (Value::Double(a), Value::Double(b)) if *a == 0.0 && *b == 0.0 => a.total_cmp(b),
        _ => Ordering::Equal,
    }
}
