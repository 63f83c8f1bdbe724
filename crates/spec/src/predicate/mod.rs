//! Conditions on rows in a form that statistics, partitions and files can be tested with.

use crate::Value;

/// A condition with SQL's three-valued meaning: a row passes when it is true, not when it is false or null.
#[derive(Debug, Clone, PartialEq)]
pub enum Predicate {
    /// Always true.
    True,
    /// Always false.
    False,
    /// All of them.
    And(Vec<Predicate>),
    /// At least one of them.
    Or(Vec<Predicate>),
    /// The opposite; null stays null.
    Not(Box<Predicate>),
    /// A test of one column.
    Leaf {
        /// Column name in the schema the predicate was built for.
        column: String,
        /// The test.
        test: Test,
    },
}

/// A test of one column's value. Literals have the column's type and are never null.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// `IS NULL`
    IsNull,
    /// `IS NOT NULL`
    IsNotNull,
    /// `=`
    Eq(Value),
    /// `<>`
    NotEq(Value),
    /// `<`
    Lt(Value),
    /// `<=`
    LtEq(Value),
    /// `>`
    Gt(Value),
    /// `>=`
    GtEq(Value),
    /// `IN (...)`
    In(Vec<Value>),
    /// `LIKE 'prefix%'`
    StartsWith(String),
}

/// What statistics know of one column in one file (or of a partition column in one manifest).
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnStats {
    /// A lower bound of the non-null values; null when unknown or when there are none.
    pub min: Value,
    /// An upper bound; null when unknown or when there are none.
    pub max: Value,
    /// Number of nulls, when known.
    pub null_count: Option<i64>,
    /// Number of rows, when known.
    pub row_count: Option<i64>,
}

impl Predicate {
    /// A test of one column.
    pub fn leaf(column: impl Into<String>, test: Test) -> Self {
        Self::Leaf { column: column.into(), test }
    }

    /// All of them, flattened.
    pub fn and(parts: Vec<Self>) -> Self {
        Self::And(parts)
    }

    /// At least one of them, flattened.
    pub fn or(parts: Vec<Self>) -> Self {
        Self::Or(parts)
    }

    /// The columns it speaks of.
    pub fn columns(&self) -> std::collections::BTreeSet<&str> {
        std::collections::BTreeSet::new()
    }

    /// Splits the conjunction into the part that speaks only of columns for which `chosen` holds, and the rest.
    pub fn split_by_columns(self, _chosen: &dyn Fn(&str) -> bool) -> (Self, Self) {
        (Self::True, self)
    }

    /// The truth for one row; `None` is SQL's unknown. `value_of` gives the value of a column.
    pub fn eval(&self, _value_of: &dyn Fn(&str) -> Value) -> Option<bool> {
        None
    }

    /// Whether a file with these statistics may hold a row that passes. `stats_of` gives `None` where nothing is known.
    pub fn may_match(&self, _stats_of: &dyn Fn(&str) -> Option<ColumnStats>) -> bool {
        true
    }
}
