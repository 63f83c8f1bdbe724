//! Rows of a flush brought near those that are written with them. Rows come in any order, so that gathering the next
//! batch to write would touch all of memory, a row here and a row there. Each batch is sorted, while it is in the
//! cache, by *when* its rows are written: what is gathered then lies in a few stretches.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int8Array, RecordBatch, UInt32Array};
use arrow::compute::{take, take_record_batch};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rimon_spec::{Error, Result};

use super::{Buffered, broken};

/// Most stretches of a batch.
const MOST_STRETCHES: usize = 256;
/// The stretch of rows that are not written.
const NEVER: u16 = u16::MAX;

/// From where on clustering pays.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clustering {
    /// With fewer rows than this everything fits the cache.
    pub(super) rows: usize,
    /// Batches with fewer rows than this, on average, have hardly two rows in a stretch.
    pub(super) batch_rows: usize,
    /// Logarithm of the most rows that are sorted at once: a column of them fits the cache.
    pub(super) piece_bits: u32,
}

impl Default for Clustering {
    fn default() -> Self {
        Self { rows: 64 << 10, batch_rows: 512, piece_bits: 14 }
    }
}

/// Where rows are now.
#[derive(Debug)]
pub(super) struct Moved {
    /// For each row, as it came: batch and row within it in one number.
    places: Vec<u32>,
    piece_bits: u32,
}

impl Moved {
    /// Batch and row within it of a row number.
    pub(super) fn place(&self, row: u32) -> (usize, usize) {
        let place = self.places.get(row as usize).copied().unwrap_or(0);
        ((place >> self.piece_bits) as usize, (place & ((1 << self.piece_bits) - 1)) as usize)
    }
}

impl Clustering {
    /// Sorts batches by the stretches of `step` rows of `order` in which their rows are written, and leaves out rows
    /// that `order` does not name. `None`, and the batches as they were, when that would gain nothing.
    ///
    /// # Errors
    /// `Internal` when `order` names rows that are not there.
    pub(super) fn cluster(
        self,
        batches: &mut Vec<Buffered>,
        order: &[u32],
        step: usize,
    ) -> Result<Option<Moved>> {
        let rows = batches.last().map_or(0, |last| last.first + last.values.num_rows());
        if order.len() < self.rows || rows < self.batch_rows * batches.len() || in_order(order) {
            return Ok(None);
        }
        let pieces = rows.div_ceil(1 << self.piece_bits) + batches.len();
        if pieces > 1 << (u32::BITS - self.piece_bits) {
            return Ok(None);
        }
        let stretches = stretches(rows, order, step)?;
        let pieces = std::mem::take(batches).into_iter().flat_map(|batch| self.pieces(batch));
        let pieces: Vec<Buffered> = pieces.collect();
        let sorted: Vec<(Buffered, UInt32Array)> =
            pieces.into_par_iter().map(|piece| sort(piece, &stretches)).collect::<Result<_>>()?;
        let mut places = vec![0_u32; rows];
        for (number, (piece, rows)) in (0_u32..).zip(sorted) {
            let place = (number << self.piece_bits)..;
            for (place, row) in place.zip(rows.values()) {
                if let Some(slot) = places.get_mut(piece.first + *row as usize) {
                    *slot = place;
                }
            }
            batches.push(piece);
        }
        Ok(Some(Moved { places, piece_bits: self.piece_bits }))
    }

    /// The batch in pieces that are sorted at once.
    fn pieces(self, batch: Buffered) -> impl Iterator<Item = Buffered> {
        let (rows, most) = (batch.values.num_rows(), 1 << self.piece_bits);
        (0..rows).step_by(most).map(move |start| {
            let length = most.min(rows - start);
            Buffered {
                values: batch.values.slice(start, length),
                kinds: batch.kinds.as_ref().map(|kinds| kinds.slice(start, length)),
                first: batch.first + start,
            }
        })
    }
}

/// Whether most rows are written in the order they came.
fn in_order(order: &[u32]) -> bool {
    let falls = order.windows(2).filter(|pair| matches!(pair, [a, b] if b < a)).count();
    falls * 64 < order.len()
}

/// The stretch of each row.
fn stretches(rows: usize, order: &[u32], step: usize) -> Result<Vec<u16>> {
    let length = step.max(order.len().div_ceil(MOST_STRETCHES));
    let mut stretches = vec![NEVER; rows];
    for (number, rows) in (0..).zip(order.chunks(length)) {
        for row in rows {
            let stretch = stretches.get_mut(*row as usize);
            *stretch.ok_or_else(|| Error::internal("a flush of rows that are not there"))? = number;
        }
    }
    Ok(stretches)
}

/// The piece with its rows by stretch, and which of its rows they were.
fn sort(piece: Buffered, stretches: &[u16]) -> Result<(Buffered, UInt32Array)> {
    let end = piece.first + piece.values.num_rows();
    let rows = UInt32Array::from(by_stretch(stretches.get(piece.first..end).unwrap_or_default()));
    let kinds = match &piece.kinds {
        Some(kinds) => take(kinds, &rows, None).map_err(broken)?.as_primitive_opt().cloned(),
        None => None::<Int8Array>,
    };
    let values = take_record_batch(&piece.values, &rows).map_err(broken)?;
    Ok((Buffered { values: with_texts(values)?, kinds, first: piece.first }, rows))
}

/// Texts that are views get their bytes in the order of the rows.
fn with_texts(values: RecordBatch) -> Result<RecordBatch> {
    let column = |column: &ArrayRef| match column.as_string_view_opt() {
        Some(texts) if !texts.data_buffers().is_empty() => Arc::new(texts.gc()),
        _ => Arc::clone(column),
    };
    let columns = values.columns().iter().map(column).collect();
    RecordBatch::try_new(values.schema(), columns).map_err(broken)
}

/// Row numbers, stably by stretch.
#[expect(clippy::indexing_slicing, reason = "hot: there is a place for each stretch that occurs")]
fn by_stretch(stretches: &[u16]) -> Vec<u32> {
    let mut places = [0_u32; MOST_STRETCHES];
    let mut kept = 0;
    for stretch in stretches.iter().filter(|stretch| **stretch != NEVER) {
        places[usize::from(*stretch)] += 1;
        kept += 1;
    }
    let mut sum = 0;
    for place in &mut places {
        sum += std::mem::replace(place, sum);
    }
    let mut rows = vec![0; kept];
    for (row, stretch) in (0..).zip(stretches).filter(|(_, stretch)| **stretch != NEVER) {
        let place = &mut places[usize::from(*stretch)];
        rows[*place as usize] = row;
        *place += 1;
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Array, Int64Array, StringViewArray};
    use proptest::prelude::*;

    /// Rows `(row number, a text of it)` with kinds in every other batch.
    fn batches(lengths: &[usize]) -> Vec<Buffered> {
        let mut first = 0;
        let batch = |(number, length): (usize, &usize)| {
            let rows = first..first + length;
            let numbers = Int64Array::from_iter_values(rows.clone().map(|row| row as i64));
            let texts = rows.clone().map(|row| (row % 7 > 0).then(|| text(row)));
            let texts: StringViewArray = texts.collect();
            let values = RecordBatch::try_from_iter_with_nullable([
                ("number", Arc::new(numbers) as ArrayRef, false),
                ("text", Arc::new(texts), true),
            ]);
            let kinds = rows.map(|row| Some((row % 4) as i8)).collect();
            let kinds = (number % 2 == 0).then_some(kinds);
            let batch = Buffered { values: values.unwrap(), kinds, first };
            first += length;
            batch
        };
        lengths.iter().enumerate().map(batch).collect()
    }

    fn text(row: usize) -> String {
        format!("text {row}").repeat(row % 4)
    }

    proptest! {
        #[test]
        fn rows_are_where_they_are_said_to_be(
            lengths in prop::collection::vec(1..70usize, 1..9),
            seed in any::<u64>(), left_out in 0..4u64, step in 1..40usize, piece_bits in 2..8u32,
        ) {
            let rows: usize = lengths.iter().sum();
            let hash = |row: u32| (u64::from(row) ^ seed).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
            let mut order: Vec<u32> =
                (0..rows as u32).filter(|row| left_out == 0 || hash(*row) % 4 != left_out).collect();
            order.sort_by_key(|row| hash(*row));
            let mut batches = batches(&lengths);
            let clustering = Clustering { rows: 8, batch_rows: 1, piece_bits };
            let Some(moved) = clustering.cluster(&mut batches, &order, step).unwrap() else {
                prop_assert!(order.len() < 8 || in_order(&order));
                return Ok(());
            };
            let stretch = step.max(order.len().div_ceil(MOST_STRETCHES));
            let mut stretches: Vec<Vec<(usize, usize)>> = vec![Vec::new(); batches.len()];
            for (at, row) in order.iter().enumerate() {
                let (batch, place) = moved.place(*row);
                let values = &batches[batch].values;
                let number = values.column(0).as_primitive::<arrow::datatypes::Int64Type>();
                prop_assert_eq!(number.value(place), i64::from(*row));
                let texts = values.column(1).as_string_view();
                let expected = (*row % 7 > 0).then(|| text(*row as usize));
                prop_assert_eq!(texts.is_valid(place).then(|| texts.value(place)), expected.as_deref());
                if let Some(kinds) = &batches[batch].kinds {
                    prop_assert_eq!(i64::from(kinds.value(place)), i64::from(*row % 4));
                }
                stretches[batch].push((place, at / stretch));
            }
            prop_assert_eq!(batches.iter().map(|b| b.values.num_rows()).sum::<usize>(), order.len());
            for mut places in stretches {
                places.sort_unstable();
                prop_assert!(places.is_sorted_by_key(|(_, stretch)| *stretch));
            }
        }
    }

    #[test]
    fn what_gains_nothing_is_left_alone() {
        let mut few = batches(&[30, 30]);
        let order: Vec<u32> = (0..60).rev().collect();
        let clustering = Clustering { rows: 61, batch_rows: 1, piece_bits: 4 };
        assert!(clustering.cluster(&mut few, &order, 10).unwrap().is_none());
        let small = Clustering { rows: 1, batch_rows: 31, piece_bits: 4 };
        assert!(small.cluster(&mut few, &order, 10).unwrap().is_none());
        let all = Clustering { rows: 1, batch_rows: 1, piece_bits: 4 };
        let rising: Vec<u32> = (0..60).collect();
        assert!(all.cluster(&mut few, &rising, 10).unwrap().is_none());
        assert_eq!(few.len(), 2);
        assert!(all.cluster(&mut few, &[60, 3, 2, 1], 10).is_err());
    }
}
