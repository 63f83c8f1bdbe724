//! Which of two rows with the same key is newer.

/// How the columns of `sequence.field` order versions. Nulls are lowest either way.
/// Mirrors `UserDefinedSeqComparator.java`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserSequence {
    /// Number of columns.
    pub columns: usize,
    /// `sequence.field.sort-order` = descending: the least value is the newest.
    pub descending: bool,
}

/// Whether no two ranges of sequence numbers (both ends inclusive) have a number in common; the
/// ranges then order their runs by age and no sequence number needs to be read.
pub fn hulls_are_disjoint(hulls: impl IntoIterator<Item = (i64, i64)>) -> bool {
    let mut hulls: Vec<_> = hulls.into_iter().collect();
    hulls.sort_unstable();
    hulls.windows(2).all(|pair| matches!(pair, [a, b] if a.1 < b.0))
}
