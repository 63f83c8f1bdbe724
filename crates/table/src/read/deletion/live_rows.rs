//! A file with deleted rows as a merge sees it.

use std::ops::Range;

use rimon_lsm::RowRanges;
use rimon_spec::DeletionVector;

use crate::read::ranges::intersect;

/// The rows of a file that are left, numbered from 0 without gaps: how a merge sees a file with deleted rows.
#[derive(Debug)]
pub(in crate::read) struct LiveRows {
    /// Rows of the file, with the number of the first of them.
    ranges: Vec<(u64, Range<u64>)>,
    count: u64,
}

impl LiveRows {
    /// What `vector` leaves of a file of so many rows.
    pub(in crate::read) fn new(vector: &DeletionVector, rows: u64) -> Self {
        let mut live = Self { ranges: Vec::new(), count: 0 };
        let mut from = 0;
        for deleted in vector.deleted(0..rows) {
            live.push(from..deleted.start);
            from = deleted.end;
        }
        live.push(from..rows);
        live
    }

    /// All rows of a file of so many.
    pub(in crate::read) fn all(rows: u64) -> Self {
        let mut live = Self { ranges: Vec::new(), count: 0 };
        live.push(0..rows);
        live
    }

    /// Of these only the ones in `rows`, ascending and disjoint.
    pub(in crate::read) fn only(self, rows: &[Range<u64>]) -> Self {
        let before: Vec<_> = self.ranges.into_iter().map(|(_, range)| range).collect();
        let mut live = Self { ranges: Vec::new(), count: 0 };
        intersect(&before, rows).into_iter().for_each(|range| live.push(range));
        live
    }

    fn push(&mut self, range: Range<u64>) {
        if !range.is_empty() {
            let first = self.count;
            self.count += range.end - range.start;
            self.ranges.push((first, range));
        }
    }

    /// How many there are.
    pub(in crate::read) fn count(&self) -> u64 {
        self.count
    }

    /// The number of the first live row at or after row `row` of the file.
    pub(in crate::read) fn number(&self, row: u64) -> u64 {
        let after = self.ranges.partition_point(|(_, range)| range.end <= row);
        match self.ranges.get(after) {
            Some((first, range)) => first + row.saturating_sub(range.start),
            None => self.count,
        }
    }

    /// The rows of the file that have the numbers `numbers`, appended to `rows`.
    pub(in crate::read) fn rows(&self, numbers: &Range<u64>, rows: &mut RowRanges) {
        let begin = self
            .ranges
            .partition_point(|(first, range)| first + (range.end - range.start) <= numbers.start);
        for (first, range) in self.ranges.iter().skip(begin) {
            if *first >= numbers.end {
                break;
            }
            let from = range.start + numbers.start.saturating_sub(*first);
            rows.push(from..range.end.min(range.start + (numbers.end - first)));
        }
    }
}
