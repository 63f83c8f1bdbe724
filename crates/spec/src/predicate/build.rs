//! Putting predicates together and taking them apart.

use super::{Predicate, Test};
use crate::DataType;
use std::collections::BTreeSet;

impl Predicate {
    /// A test of one column.
    pub fn leaf(column: impl Into<String>, test: Test) -> Self {
        Self::Leaf { column: column.into(), test }
    }

    /// All of them, flattened: true parts vanish, a false one decides.
    pub fn and(parts: Vec<Self>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Self::True => {}
                Self::False => return Self::False,
                Self::And(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        one_or(flat, Self::True, Self::And)
    }

    /// At least one of them, flattened: false parts vanish, a true one decides.
    pub fn or(parts: Vec<Self>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Self::False => {}
                Self::True => return Self::True,
                Self::Or(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        one_or(flat, Self::False, Self::Or)
    }

    /// The columns it speaks of.
    pub fn columns(&self) -> BTreeSet<&str> {
        let mut columns = BTreeSet::new();
        self.add_columns(&mut columns);
        columns
    }

    fn add_columns<'a>(&'a self, columns: &mut BTreeSet<&'a str>) {
        match self {
            Self::True | Self::False => {}
            Self::And(parts) | Self::Or(parts) => {
                parts.iter().for_each(|part| part.add_columns(columns));
            }
            Self::Not(inner) => inner.add_columns(columns),
            Self::Leaf { column, .. } => {
                columns.insert(column);
            }
        }
    }

    /// Splits the conjunction into the part that speaks only of columns for which `chosen` holds, and the rest.
    pub fn split_by_columns(self, chosen: &dyn Fn(&str) -> bool) -> (Self, Self) {
        let parts = match Self::and(vec![self]) {
            Self::And(parts) => parts,
            other => vec![other],
        };
        let (inside, outside) =
            parts.into_iter().partition(|part| part.columns().into_iter().all(chosen));
        (Self::and(inside), Self::and(outside))
    }

    /// The literals of `column` when the predicate can only be true where the column equals one of them.
    pub fn equal_literals(&self, column: &str) -> Option<Vec<crate::Value>> {
        match self {
            Self::Leaf { column: c, test } if c == column => match test {
                Test::Eq(value) => Some(vec![value.clone()]),
                Test::In(values) => Some(values.clone()),
                _ => None,
            },
            Self::And(parts) => {
                parts.iter().filter_map(|part| part.equal_literals(column)).reduce(|mut a, b| {
                    a.retain(|value| b.iter().any(|other| other.compare(value).is_eq()));
                    a
                })
            }
            Self::Or(parts) => {
                let all: Option<Vec<_>> =
                    parts.iter().map(|part| part.equal_literals(column)).collect();
                all.map(|lists| lists.concat())
            }
            _ => None,
        }
    }
}

fn one_or(
    mut parts: Vec<Predicate>,
    none: Predicate,
    many: fn(Vec<Predicate>) -> Predicate,
) -> Predicate {
    if parts.len() > 1 { many(parts) } else { parts.pop().unwrap_or(none) }
}

impl std::fmt::Display for Predicate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let list = |f: &mut std::fmt::Formatter<'_>, parts: &[Self], word: &str| {
            f.write_str("(")?;
            for (i, part) in parts.iter().enumerate() {
                if i > 0 {
                    f.write_str(word)?;
                }
                write!(f, "{part}")?;
            }
            f.write_str(")")
        };
        let text = |value: &crate::Value| value.to_sql_string(&DataType::string());
        match self {
            Self::True => f.write_str("true"),
            Self::False => f.write_str("false"),
            Self::And(parts) => list(f, parts, " AND "),
            Self::Or(parts) => list(f, parts, " OR "),
            Self::Not(inner) => write!(f, "NOT {inner}"),
            Self::Leaf { column, test } => match test {
                Test::IsNull => write!(f, "{column} IS NULL"),
                Test::IsNotNull => write!(f, "{column} IS NOT NULL"),
                Test::Eq(v) => write!(f, "{column} = {}", text(v)),
                Test::NotEq(v) => write!(f, "{column} <> {}", text(v)),
                Test::Lt(v) => write!(f, "{column} < {}", text(v)),
                Test::LtEq(v) => write!(f, "{column} <= {}", text(v)),
                Test::Gt(v) => write!(f, "{column} > {}", text(v)),
                Test::GtEq(v) => write!(f, "{column} >= {}", text(v)),
                Test::In(values) => {
                    let values: Vec<_> = values.iter().map(text).collect();
                    write!(f, "{column} IN ({})", values.join(", "))
                }
                Test::StartsWith(prefix) => write!(f, "{column} LIKE '{prefix}%'"),
            },
        }
    }
}
