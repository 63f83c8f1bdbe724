//! What is left of a predicate where the values of some columns are known.

use super::Predicate;
use crate::Value;

impl Predicate {
    /// The rest of the condition in rows where `known` gives the values of some columns: such a row passes `self`
    /// exactly when it passes the rest. Columns without a known value are left alone.
    #[must_use]
    pub fn given(&self, known: &dyn Fn(&str) -> Option<Value>) -> Self {
        self.rest(true, known)
    }

    /// The rest of "this is `truth`". Below it nothing is negated but single tests, so that "unknown" may count as false.
    fn rest(&self, truth: bool, known: &dyn Fn(&str) -> Option<Value>) -> Self {
        let all =
            |parts: &[Self]| parts.iter().map(|part| part.rest(truth, known)).collect::<Vec<_>>();
        match (self, truth) {
            (Self::True, true) | (Self::False, false) => Self::True,
            (Self::True, false) | (Self::False, true) => Self::False,
            (Self::And(parts), true) | (Self::Or(parts), false) => Self::and(all(parts)),
            (Self::And(parts), false) | (Self::Or(parts), true) => Self::or(all(parts)),
            (Self::Not(inner), truth) => inner.rest(!truth, known),
            (Self::Leaf { column, test }, truth) => match known(column) {
                Some(value) if test.eval(&value) == Some(truth) => Self::True,
                Some(_) => Self::False,
                None if truth => self.clone(),
                None => Self::Not(Box::new(self.clone())),
            },
        }
    }
}
