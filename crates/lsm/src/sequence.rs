//! Which of two rows with the same key is newer.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::SortOptions;
use arrow::datatypes::Int64Type;
use arrow::row::{RowConverter, Rows, SortField};
use rimon_spec::{Error, Result};

use crate::bitmap::Bitmap;
use crate::key::{canonical_floats, extend_words, is_word};

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

/// What tells the age of single rows, where the run alone does not. As
/// `SortMergeReaderWithMinHeap.java`: user sequence, sequence number, additions after retractions;
/// then, so that the result never depends on chance, the later run and the later row.
#[derive(Debug, Default)]
pub(crate) struct Ages {
    /// Order by `sequence.field`, per run.
    pub(crate) user: Option<Vec<UserRanks>>,
    /// `_SEQUENCE_NUMBER` of each row, per run; `None` where the runs' ranges are disjoint.
    pub(crate) sequences: Option<Vec<Vec<i64>>>,
    /// Retracting rows, per run; `None` for a run without.
    pub(crate) retracts: Vec<Option<Bitmap>>,
}

impl Ages {
    /// Whether the run of a row tells its age among rows with the same key.
    pub(crate) fn by_run(&self) -> bool {
        self.user.is_none() && self.sequences.is_none()
    }

    /// Whether the row retracts.
    pub(crate) fn is_retract(&self, (run, row): (usize, usize)) -> bool {
        matches!(self.retracts.get(run), Some(Some(retracts)) if retracts.get(row))
    }

    /// Order of two rows `(run, row)` with the same key: `Greater` when `a` is newer.
    pub(crate) fn compare(&self, a: (usize, usize), b: (usize, usize)) -> Ordering {
        if let Some(user) = &self.user
            && let (Some(x), Some(y)) = (user.get(a.0), user.get(b.0))
        {
            let order = x.compare(a.1, y, b.1);
            if order.is_ne() {
                return order;
            }
        }
        if let Some(sequences) = &self.sequences {
            let at = |(run, row): (usize, usize)| sequences.get(run).and_then(|s| s.get(row));
            let order = at(a).cmp(&at(b));
            let order = order.then_with(|| self.is_retract(b).cmp(&self.is_retract(a)));
            if order.is_ne() {
                return order;
            }
        }
        a.cmp(&b)
    }
}

/// Rows of one run by their `sequence.field` columns.
#[derive(Debug)]
pub(crate) enum UserRanks {
    /// One column of fixed width: 0 for null, else the value above it.
    Words(Vec<u128>),
    /// Anything else, in the byte order of `arrow::row`; batches and the first row of each.
    Rows(Vec<(usize, Arc<Rows>)>),
}

impl UserRanks {
    pub(crate) fn compare(&self, row: usize, other: &Self, other_row: usize) -> Ordering {
        match (self, other) {
            (Self::Words(a), Self::Words(b)) => a.get(row).cmp(&b.get(other_row)),
            (Self::Rows(a), Self::Rows(b)) => bytes_at(a, row).cmp(bytes_at(b, other_row)),
            (Self::Words(_), Self::Rows(_)) => Ordering::Less,
            (Self::Rows(_), Self::Words(_)) => Ordering::Greater,
        }
    }
}

fn bytes_at(batches: &[(usize, Arc<Rows>)], row: usize) -> &[u8] {
    let index = batches.partition_point(|(first, _)| *first <= row);
    index
        .checked_sub(1)
        .and_then(|i| batches.get(i))
        .filter(|(first, rows)| row - first < rows.num_rows())
        .map_or(&[], |(first, rows)| rows.row(row - first).data())
}

/// Ranks rows of each run by columns (`[run][batch][column]`).
pub(crate) fn rank_user_sequence(
    runs: &[Vec<Vec<ArrayRef>>],
    descending: bool,
) -> Result<Vec<UserRanks>> {
    let single = runs
        .iter()
        .flatten()
        .all(|columns| matches!(columns.as_slice(), [only] if is_word(only.data_type())));
    if single {
        return runs.iter().map(|batches| word_ranks(batches, descending)).collect();
    }
    let Some(first) = runs.iter().flatten().next() else { return Ok(Vec::new()) };
    let options = SortOptions { descending, nulls_first: true };
    let fields = first
        .iter()
        .map(|column| SortField::new_with_options(column.data_type().clone(), options))
        .collect();
    let converter = RowConverter::new(fields).map_err(unsupported)?;
    runs.iter().map(|batches| row_ranks(&converter, batches)).collect()
}

fn word_ranks(batches: &[Vec<ArrayRef>], descending: bool) -> Result<UserRanks> {
    let mut ranks = Vec::new();
    let mut words = Vec::new();
    for column in batches.iter().flatten() {
        words.clear();
        extend_words(column, &mut words)?;
        ranks.extend(words.iter().enumerate().map(|(row, word)| {
            let word = if descending { !word } else { *word };
            if column.is_null(row) { 0 } else { (1 << 64) | u128::from(word) }
        }));
    }
    Ok(UserRanks::Words(ranks))
}

fn row_ranks(converter: &RowConverter, batches: &[Vec<ArrayRef>]) -> Result<UserRanks> {
    let mut ranks = Vec::with_capacity(batches.len());
    let mut first = 0;
    for columns in batches {
        let columns: Vec<ArrayRef> = columns.iter().map(canonical_floats).collect();
        let rows = converter.convert_columns(&columns).map_err(unsupported)?;
        let count = rows.num_rows();
        ranks.push((first, Arc::new(rows)));
        first += count;
    }
    Ok(UserRanks::Rows(ranks))
}

fn unsupported(error: arrow::error::ArrowError) -> Error {
    Error::unsupported("sequence.field of these types cannot be compared").with_source(error)
}

/// Appends a column of sequence numbers.
pub(crate) fn extend_sequences(column: &ArrayRef, out: &mut Vec<i64>) -> Result<()> {
    let numbers = column
        .as_primitive_opt::<Int64Type>()
        .ok_or_else(|| Error::corrupt("_SEQUENCE_NUMBER is not a BIGINT"))?;
    if numbers.null_count() > 0 {
        return Err(Error::corrupt("_SEQUENCE_NUMBER holds a null"));
    }
    out.extend_from_slice(numbers.values());
    Ok(())
}

/// Sets the bits, from `first` on, of rows whose kind retracts (`-U`, `-D`).
pub(crate) fn mark_retracts(column: &ArrayRef, first: usize, bits: &mut Bitmap) -> Result<()> {
    use arrow::datatypes::Int8Type;
    let kinds = column
        .as_primitive_opt::<Int8Type>()
        .ok_or_else(|| Error::corrupt("_VALUE_KIND is not a TINYINT"))?;
    if kinds.null_count() > 0 {
        return Err(Error::corrupt("_VALUE_KIND holds a null"));
    }
    for (row, kind) in kinds.values().iter().enumerate() {
        match kind {
            0 | 2 => {}
            1 | 3 => bits.set(first + row),
            other => return Err(Error::corrupt(format!("row kind {other} is not 0..=3"))),
        }
    }
    Ok(())
}

/// Sets the bits, from `first` on, of rows of kind `-D`.
pub(crate) fn mark_deletes(column: &ArrayRef, first: usize, bits: &mut Bitmap) {
    use arrow::datatypes::Int8Type;
    let Some(kinds) = column.as_primitive_opt::<Int8Type>() else { return };
    for (row, _) in kinds.values().iter().enumerate().filter(|(_, kind)| **kind == 3) {
        bits.set(first + row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Int32Array, Int64Array, StringArray};

    #[test]
    fn hulls() {
        assert!(hulls_are_disjoint([(5, 9), (0, 4), (10, 10)]));
        assert!(!hulls_are_disjoint([(5, 9), (0, 5)]));
        assert!(!hulls_are_disjoint([(0, 100), (5, 6)]));
    }

    fn newer(columns: Vec<ArrayRef>, descending: bool) -> Vec<Ordering> {
        let rows = columns[0].len();
        let user = rank_user_sequence(&[vec![columns]], descending).unwrap();
        let ages = Ages { user: Some(user), ..Ages::default() };
        (1..rows).map(|row| ages.compare((0, row - 1), (0, row))).collect()
    }

    #[test]
    fn nulls_are_oldest_in_both_directions() {
        use Ordering::{Greater, Less};
        let ints: ArrayRef = Arc::new(Int64Array::from(vec![None, Some(-5), Some(3), Some(2)]));
        assert_eq!(newer(vec![ints.clone()], false), [Less, Less, Greater]);
        assert_eq!(newer(vec![ints], true), [Less, Greater, Less]);
        let a: ArrayRef = Arc::new(Int32Array::from(vec![Some(1), Some(1), Some(1)]));
        let b: ArrayRef = Arc::new(StringArray::from(vec![None, Some("b"), Some("a")]));
        assert_eq!(newer(vec![a.clone(), b.clone()], false), [Less, Greater]);
        assert_eq!(newer(vec![a, b], true), [Less, Less]);
    }

    #[test]
    fn ties_fall_to_sequence_then_addition_then_place() {
        let mut retract = Bitmap::zeros(2);
        retract.set(0);
        let ages = Ages {
            user: None,
            sequences: Some(vec![vec![7, 9], vec![7, 7]]),
            retracts: vec![None, Some(retract)],
        };
        assert!(ages.compare((0, 1), (1, 1)).is_gt());
        assert!(ages.compare((0, 0), (1, 0)).is_gt());
        assert!(ages.compare((0, 0), (1, 1)).is_lt());
    }
}
