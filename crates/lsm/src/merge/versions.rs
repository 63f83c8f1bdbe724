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
    /// The kind that a `_VALUE_KIND` byte stands for.
    pub fn of_kind(kind: i8) -> Self {
        match kind {
            1 => Self::UpdateBefore,
            3 => Self::Delete,
            _ => Self::Add,
        }
    }

    /// How the kind is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Add => "+I",
            Self::UpdateBefore => "-U",
            Self::Delete => "-D",
        }
    }

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

    /// Leaves, of the rows of a group above level 0, the first of the lowest level. `levels` has
    /// the level of each row.
    pub(crate) fn keep_one_high_level(&mut self, levels: &[i32]) {
        let level = |row: &u32| levels.get(*row as usize).copied().unwrap_or(0);
        let mut kept = Self::default();
        for rows in self.groups() {
            let high = rows.iter().filter(|row| level(row) > 0).min_by_key(|row| level(row));
            kept.push(rows.iter().filter(|row| level(row) <= 0 || Some(*row) == high).copied());
        }
        (self.rows, self.ends) = (kept.rows, kept.ends);
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
