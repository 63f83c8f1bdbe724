//! Rows that meet a condition, found from the columns of the condition alone, before the others are read.

use std::ops::Range;

use arrow::array::{Array, BooleanArray};
use futures::TryStreamExt;
use rimon_lsm::{BatchStream, RowRanges};
use rimon_spec::{DataField, Error, Predicate, Result};

use super::filter::evaluate;
use super::ranges::GAP;

/// Rows after which it is known whether the condition leaves little enough.
const TRIAL: u64 = 128 << 10;

/// The rows of `rows`, whose columns `fields` come from `stream`, that meet `condition`, and those of short gaps
/// between them; `None` where that is most of them, so that nothing is saved.
pub(super) async fn rows_that_meet(
    condition: &Predicate,
    fields: &[DataField],
    rows: &RowRanges,
    mut stream: BatchStream,
) -> Result<Option<RowRanges>> {
    let mut hits = Hits::default();
    let mut ahead = rows.as_slice().iter().cloned();
    let mut range = 0..0;
    let mut seen = 0;
    while let Some(batch) = stream.try_next().await? {
        // Whoever asked for the filter applies it too, and says what is wrong with it.
        let Ok(mask) = evaluate(&batch, fields, condition) else { return Ok(None) };
        let mut offset = 0;
        while offset < batch.num_rows() {
            if range.is_empty() {
                range = ahead
                    .next()
                    .ok_or_else(|| Error::internal("a file gave more rows than were asked for"))?;
            }
            let left = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
            let count = left.min(batch.num_rows() - offset);
            hits.take(&mask, offset..offset + count, range.start);
            range.start += count as u64;
            offset += count;
        }
        let before = seen;
        seen += batch.num_rows() as u64;
        if before < TRIAL && seen >= TRIAL && hits.rows() > seen / 2 {
            return Ok(None);
        }
    }
    Ok(Some(hits.finish()))
}

/// Rows found, near ones joined.
#[derive(Default)]
struct Hits {
    ranges: RowRanges,
    last: Option<Range<u64>>,
}

impl Hits {
    /// Those of `places` that are true in `mask`; the first of them is row `first`.
    fn take(&mut self, mask: &BooleanArray, places: Range<usize>, first: u64) {
        let rows = mask.slice(places.start, places.len());
        let bits = match rows.nulls() {
            Some(nulls) => rows.values() & nulls.inner(),
            None => rows.values().clone(),
        };
        for (from, to) in bits.set_slices() {
            let found = first + from as u64..first + to as u64;
            match &mut self.last {
                Some(last) if found.start < last.end + GAP => last.end = found.end,
                last => {
                    if let Some(done) = last.replace(found) {
                        self.ranges.push(done);
                    }
                }
            }
        }
    }

    fn rows(&self) -> u64 {
        self.ranges.rows() + self.last.as_ref().map_or(0, |r| r.end - r.start)
    }

    fn finish(mut self) -> RowRanges {
        if let Some(last) = self.last.take() {
            self.ranges.push(last);
        }
        self.ranges
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use arrow::array::{Int32Array, RecordBatch};
    use futures::StreamExt;
    use rimon_spec::{DataType, Test, TypeKind, Value};

    async fn meet(
        rows: &RowRanges,
        of: impl Fn(u64) -> Option<i32>,
        size: usize,
    ) -> Option<RowRanges> {
        let all: Vec<Option<i32>> = rows.as_slice().iter().cloned().flatten().map(of).collect();
        let batches: Vec<_> = all
            .chunks(size)
            .map(|c| {
                let column = Arc::new(Int32Array::from(c.to_vec())) as _;
                Ok(RecordBatch::try_from_iter([("a", column)]).unwrap())
            })
            .collect();
        let condition = Predicate::leaf("a", Test::Eq(Value::Int(1)));
        let fields = [DataField::new(0, "a", DataType::new(TypeKind::Int))];
        let stream = futures::stream::iter(batches).boxed();
        rows_that_meet(&condition, &fields, rows, stream).await.unwrap()
    }

    #[tokio::test]
    async fn near_rows_are_joined_and_gaps_are_not_rows() {
        let mut rows = RowRanges::default();
        rows.push(100..2_000);
        rows.push(50_000..60_000);
        let hit = |row| match row {
            101 | 900 | 50_005 | 55_000 => Some(1),
            7_777 | 1_500 => None,
            _ => Some(0),
        };
        for size in [1, 7, 4096, 100_000] {
            let found = meet(&rows, hit, size).await.unwrap();
            assert_eq!(found.as_slice(), [101..901, 50_005..50_006, 55_000..55_001]);
        }
    }

    #[tokio::test]
    async fn a_condition_that_leaves_most_rows_is_given_up() {
        let rows = RowRanges::single(0..300_000);
        assert_eq!(meet(&rows, |_| Some(1), 8192).await, None);
        assert_eq!(meet(&rows, |_| Some(0), 8192).await, Some(RowRanges::default()));
    }
}
