//! Conditions on rows in a form that statistics, partitions and files can be tested with.

mod build;
mod eval;
mod given;
mod prune;
#[cfg(test)]
mod tests;

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
