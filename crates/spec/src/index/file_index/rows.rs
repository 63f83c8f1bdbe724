//! What an index says about rows, and the tests it can be asked.

use crate::{Predicate, Test, Value};
use roaring::RoaringBitmap;

/// Rows that may pass; `None`: all.
pub(super) type Rows = Option<RoaringBitmap>;

/// One test of one column, true for no null but [`Op::IsNull`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Op<'v> {
    IsNull,
    IsNotNull,
    Eq(&'v Value),
    NotEq(&'v Value),
    Lt(&'v Value),
    LtEq(&'v Value),
    Gt(&'v Value),
    GtEq(&'v Value),
}

pub(super) fn both(a: Rows, b: Rows) -> Rows {
    match (a, b) {
        (None, rows) | (rows, None) => rows,
        (Some(a), Some(b)) => Some(a & b),
    }
}

pub(super) fn either(a: Rows, b: Rows) -> Rows {
    Some(a? | b?)
}

/// Rows for which `predicate` may be `truth`; `ask` answers for one column and test.
pub(super) fn select(
    predicate: &Predicate,
    truth: bool,
    ask: &dyn Fn(&str, Op<'_>) -> Rows,
) -> Rows {
    let none = Some(RoaringBitmap::new());
    match (predicate, truth) {
        (Predicate::True, true) | (Predicate::False, false) => None,
        (Predicate::True, false) | (Predicate::False, true) => none,
        (Predicate::And(parts), true) | (Predicate::Or(parts), false) => {
            parts.iter().fold(None, |rows, part| both(rows, select(part, truth, ask)))
        }
        (Predicate::And(parts), false) | (Predicate::Or(parts), true) => {
            parts.iter().fold(none, |rows, part| either(rows, select(part, truth, ask)))
        }
        (Predicate::Not(inner), truth) => select(inner, !truth, ask),
        (Predicate::Leaf { column, test }, truth) => leaf(column, test, truth, ask),
    }
}

fn leaf(column: &str, test: &Test, truth: bool, ask: &dyn Fn(&str, Op<'_>) -> Rows) -> Rows {
    let op = match (test, truth) {
        (Test::IsNull, true) | (Test::IsNotNull, false) => Op::IsNull,
        (Test::IsNotNull, true) | (Test::IsNull, false) => Op::IsNotNull,
        (Test::Eq(v), true) | (Test::NotEq(v), false) => Op::Eq(v),
        (Test::NotEq(v), true) | (Test::Eq(v), false) => Op::NotEq(v),
        (Test::Lt(v), true) | (Test::GtEq(v), false) => Op::Lt(v),
        (Test::LtEq(v), true) | (Test::Gt(v), false) => Op::LtEq(v),
        (Test::Gt(v), true) | (Test::LtEq(v), false) => Op::Gt(v),
        (Test::GtEq(v), true) | (Test::Lt(v), false) => Op::GtEq(v),
        (Test::In(values), true) => {
            let none = Some(RoaringBitmap::new());
            return values.iter().fold(none, |rows, v| either(rows, ask(column, Op::Eq(v))));
        }
        (Test::In(values), false) => {
            let not_null = ask(column, Op::IsNotNull);
            return values.iter().fold(not_null, |rows, v| both(rows, ask(column, Op::NotEq(v))));
        }
        // No null passes either of them.
        (Test::StartsWith(_), _) => Op::IsNotNull,
    };
    ask(column, op)
}

/// The rows of a column whose value is less than, equal to and greater than a literal.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Compared {
    pub(super) less: RoaringBitmap,
    pub(super) equal: RoaringBitmap,
    pub(super) greater: RoaringBitmap,
}

impl Compared {
    /// The rows that pass `op`. With `coarse` keys the rows that compare equal may be on either side.
    pub(super) fn pass(self, op: Op<'_>, coarse: bool) -> RoaringBitmap {
        let Self { less, equal, greater } = self;
        match op {
            Op::Eq(_) => equal,
            Op::Lt(_) if !coarse => less,
            Op::Gt(_) if !coarse => greater,
            Op::NotEq(_) if !coarse => less | greater,
            Op::Lt(_) | Op::LtEq(_) => less | equal,
            Op::Gt(_) | Op::GtEq(_) => greater | equal,
            Op::NotEq(_) | Op::IsNotNull => less | equal | greater,
            Op::IsNull => RoaringBitmap::new(),
        }
    }
}

/// Numbers of rows by their binary digits: a bitmap for each digit.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Slices {
    /// Rows with a number.
    pub(super) present: RoaringBitmap,
    /// Rows whose number has this digit, the lowest first.
    pub(super) digits: Vec<RoaringBitmap>,
}

impl Slices {
    /// Compares every number with `value`.
    pub(super) fn compare(&self, value: u64) -> Compared {
        let beyond =
            u32::try_from(self.digits.len()).map_or(0, |n| value.checked_shr(n).unwrap_or(0));
        if beyond != 0 {
            return Compared { less: self.present.clone(), ..Compared::default() };
        }
        let mut found = Compared { equal: self.present.clone(), ..Compared::default() };
        for (i, digit) in self.digits.iter().enumerate().rev() {
            if value.checked_shr(i as u32).unwrap_or(0) & 1 == 1 {
                found.less |= &found.equal - digit;
                found.equal &= digit;
            } else {
                found.greater |= &found.equal & digit;
                found.equal -= digit;
            }
        }
        found
    }
}
