//! Sets of rows of a file as ascending, disjoint ranges.

use std::ops::Range;

use rimon_lsm::RowRanges;

/// Rows that are not worth a gap in what is decoded: shorter stretches are read and dropped.
pub(super) const GAP: u64 = 1024;

/// Rows in both.
pub(super) fn intersect(a: &[Range<u64>], b: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut both = RowRanges::default();
    let (mut left, mut right) = (a.iter().peekable(), b.iter().peekable());
    while let (Some(x), Some(y)) = (left.peek(), right.peek()) {
        both.push(x.start.max(y.start)..x.end.min(y.end));
        if x.end <= y.end {
            left.next();
        } else {
            right.next();
        }
    }
    both.as_slice().to_vec()
}

/// The same rows and those of gaps shorter than [`GAP`].
pub(super) fn close_gaps(ranges: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut closed: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        match closed.last_mut() {
            Some(last) if range.start.saturating_sub(last.end) < GAP => last.end = range.end,
            _ => closed.push(range.clone()),
        }
    }
    closed
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(in crate::read) fn rows_of(ranges: &[Range<u64>]) -> Vec<u64> {
        ranges.iter().cloned().flatten().collect()
    }

    /// Disjoint ascending ranges below `end`.
    pub(in crate::read) fn ranges(end: u64) -> impl Strategy<Value = Vec<Range<u64>>> {
        proptest::collection::btree_set(0..=end, 0..8).prop_map(|cuts| {
            let cuts: Vec<u64> = cuts.into_iter().collect();
            cuts.chunks_exact(2).map(|pair| pair[0]..pair[1]).collect()
        })
    }

    #[test]
    fn short_gaps_are_closed() {
        let closed = close_gaps(&[0..1, 5..6, 1029..1030, 2054..2055]);
        assert_eq!(closed, [0..1030, 2054..2055]);
        assert_eq!(close_gaps(&[]), []);
    }

    proptest! {
        #[test]
        fn intersections_hold_the_rows_of_both(a in ranges(200), b in ranges(200)) {
            let right = rows_of(&b);
            let both: Vec<u64> = rows_of(&a).into_iter().filter(|r| right.contains(r)).collect();
            prop_assert_eq!(rows_of(&intersect(&a, &b)), both);
        }
    }
}
