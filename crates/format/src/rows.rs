//! Sets of rows as ascending, disjoint ranges.

use rimon_spec::{Error, Result};
use std::ops::Range;

/// Checks that `ranges` ascend, are disjoint and lie within `rows`; empty ones go, adjacent ones are joined.
///
/// # Errors
/// `Invalid` otherwise.
pub(crate) fn normalise(ranges: &[Range<u64>], rows: u64) -> Result<Vec<Range<u64>>> {
    let mut result: Vec<Range<u64>> = Vec::with_capacity(ranges.len());
    let mut end = 0;
    for range in ranges {
        if range.start < end || range.end < range.start || range.end > rows {
            return Err(Error::invalid(format!("rows {range:?} of a file of {rows} rows")));
        }
        end = range.end;
        push(&mut result, range.clone());
    }
    Ok(result)
}

/// Appends a range that begins at or after the end of the last; joins it when adjacent.
pub(crate) fn push(ranges: &mut Vec<Range<u64>>, range: Range<u64>) {
    if range.start >= range.end {
        return;
    }
    match ranges.last_mut() {
        Some(last) if last.end == range.start => last.end = range.end,
        _ => ranges.push(range),
    }
}

/// Rows in both.
pub(crate) fn intersect(a: &[Range<u64>], b: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut result = Vec::new();
    let (mut left, mut right) = (a.iter().peekable(), b.iter().peekable());
    while let (Some(x), Some(y)) = (left.peek(), right.peek()) {
        push(&mut result, x.start.max(y.start)..x.end.min(y.end));
        if x.end <= y.end {
            left.next();
        } else {
            right.next();
        }
    }
    result
}

/// Number of rows.
pub(crate) fn count(ranges: &[Range<u64>]) -> u64 {
    ranges.iter().map(|r| r.end - r.start).sum()
}

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "a set of rows may be one range")]
mod tests {
    use super::*;

    #[test]
    fn intersections() {
        assert_eq!(intersect(&[0..5, 8..10], &[3..9]), [3..5, 8..9]);
        assert_eq!(intersect(&[0..5], &[5..9]), []);
        assert_eq!(intersect(&[0..2, 2..4], &[1..3]), [1..3]);
    }

    #[test]
    fn ranges_that_overlap_or_exceed_the_file_are_refused() {
        assert!(normalise(&[0..3, 2..4], 9).is_err());
        assert!(normalise(&[0..10], 9).is_err());
        assert_eq!(normalise(&[0..0, 1..2, 2..4], 9).ok(), Some(vec![1..4]));
    }
}
