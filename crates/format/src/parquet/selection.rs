//! Sets of rows as what the Parquet reader takes.

use crate::rows::{count, intersect};
use parquet::arrow::arrow_reader::RowSelection;
use std::ops::Range;

/// The row groups that hold any of `ranges`, and the selection within them; no selection when they are whole.
pub(super) fn select(
    groups: &[Range<u64>],
    ranges: &[Range<u64>],
) -> (Vec<usize>, Option<RowSelection>) {
    let mut chosen = Vec::new();
    let mut within: Vec<Range<usize>> = Vec::new();
    let (mut offset, mut selected) = (0_usize, 0_u64);
    for (index, group) in groups.iter().enumerate() {
        let parts = intersect(std::slice::from_ref(group), ranges);
        if parts.is_empty() {
            continue;
        }
        chosen.push(index);
        selected += count(&parts);
        for part in parts {
            let from = offset + usize::try_from(part.start - group.start).unwrap_or(usize::MAX);
            within.push(from..from + usize::try_from(part.end - part.start).unwrap_or(usize::MAX));
        }
        offset += usize::try_from(group.end - group.start).unwrap_or(usize::MAX);
    }
    if selected == offset as u64 {
        return (chosen, None);
    }
    (chosen, Some(RowSelection::from_consecutive_ranges(within.into_iter(), offset)))
}

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "a set of rows may be one range")]
mod tests {
    use super::*;

    #[test]
    fn whole_row_groups_need_no_selection() {
        let groups = [0..10, 10..20, 20..30];
        let (chosen, selection) = select(&groups, &[10..30]);
        assert_eq!((chosen, selection), (vec![1, 2], None));
        let (chosen, selection) = select(&groups, &[5..6, 25..30]);
        assert_eq!(chosen, [0, 2]);
        assert_eq!(selection.map(|s| s.row_count()), Some(6));
    }
}
