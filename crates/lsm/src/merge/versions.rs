//! All rows of each key, for engines that compose a row of several.

/// Kind of a row, as far as merging is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowChange {
    /// `+I` or `+U`.
    Add,
    /// `-U`.
    UpdateBefore,
    /// `-D`.
    Delete,
}

impl RowChange {
    /// Whether the row takes something back.
    pub fn is_retract(self) -> bool {
        self != Self::Add
    }
}

/// Rows grouped by key, the groups laid out one after the other. Row numbers are positions in the
/// value columns that go with them.
#[derive(Debug, Default)]
pub struct RowVersions {
    /// Rows of all groups, in a group from the oldest to the newest.
    pub(crate) rows: Vec<u32>,
    /// End of each group in `rows`.
    pub(crate) ends: Vec<u32>,
    /// Kind of each row, empty when nothing retracts.
    pub(crate) changes: Vec<RowChange>,
}

impl RowVersions {
    /// Versions from groups of rows and the kind of each row (empty: all add).
    pub fn new(groups: &[Vec<u32>], changes: Vec<RowChange>) -> Self {
        let mut versions = Self { changes, ..Self::default() };
        groups.iter().for_each(|group| versions.push(group.iter().copied()));
        versions
    }

    /// Appends a group.
    pub(crate) fn push(&mut self, rows: impl IntoIterator<Item = u32>) {
        self.rows.extend(rows);
        self.ends.push(self.rows.len() as u32);
    }

    /// Number of groups.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no group.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The rows of each group, from the oldest to the newest.
    pub fn groups(&self) -> impl Iterator<Item = &[u32]> {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let rows = self.rows.get(start..*end as usize).unwrap_or_default();
            start = *end as usize;
            rows
        })
    }

    /// Kind of a row.
    pub fn change(&self, row: u32) -> RowChange {
        self.changes.get(row as usize).copied().unwrap_or(RowChange::Add)
    }
}
