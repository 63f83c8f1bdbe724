//! What the versions of each key do to a column: the merge engines decide it once per key for all
//! columns that behave alike, and the functions of [`super::columns`] then run over it.

/// What a row does to the value so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Its value takes the place, whatever the function is.
    Set,
    /// The newest value so far.
    Add,
    /// A value older than the value so far, by the sequence group.
    AddOlder,
    /// Takes back, newest.
    Retract,
    /// Takes back, but is older than the value so far.
    RetractOlder,
}

impl Step {
    pub(crate) fn is_retract(self) -> bool {
        matches!(self, Self::Retract | Self::RetractOlder)
    }
}

/// A row and what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Op {
    pub(crate) row: u32,
    pub(crate) step: Step,
}

/// The steps of all groups, one group after the other.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    ops: Vec<Op>,
    ends: Vec<u32>,
}

impl Steps {
    pub(crate) fn push(&mut self, row: u32, step: Step) {
        self.ops.push(Op { row, step });
    }

    /// Ends the group at hand.
    pub(crate) fn end_group(&mut self) {
        self.ends.push(self.ops.len() as u32);
    }

    /// Number of groups.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn groups(&self) -> impl Iterator<Item = &[Op]> {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let ops = self.ops.get(start..*end as usize).unwrap_or_default();
            start = *end as usize;
            ops
        })
    }

    pub(crate) fn retracts(&self) -> bool {
        self.ops.iter().any(|op| op.step.is_retract())
    }

    /// The same without what takes back.
    pub(crate) fn without_retracts(&self) -> Self {
        let mut kept = Self::default();
        for group in self.groups() {
            kept.ops.extend(group.iter().filter(|op| !op.step.is_retract()));
            kept.end_group();
        }
        kept
    }
}
