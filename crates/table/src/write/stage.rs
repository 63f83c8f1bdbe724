//! Rows whose buckets are known, on their way there: where buckets are many, several batches are cut up together, so
//! that a bucket gets one large piece instead of many small ones, each with memory of its own.

use arrow::array::{Array, Int8Array, RecordBatch};
use arrow::compute::{concat, concat_batches};
use rimon_spec::{Error, Result, RowKind};

use super::bucket::Buckets;
use super::kernel::arrow_error;
use super::route::PartitionIds;

/// Rows that a bucket should get at once.
const PIECE: usize = 1024;
/// The same where buckets are so few that a usual batch is good for all.
const PIECE_OF_FEW: usize = 256;
/// Times that rows for many buckets are in memory while they are divided: as they came, joined, and cut up with the
/// numbers of their places.
const COPIES: usize = 3;
/// Buckets that are few.
const FEW: usize = 32;

/// Rows with the places they go to.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) batch: RecordBatch,
    pub(crate) kinds: Option<Int8Array>,
    pub(crate) partitions: PartitionIds,
    pub(crate) buckets: Buckets,
}

/// Rows that wait for more.
#[derive(Debug, Default)]
pub(crate) struct Stage {
    waiting: Vec<Placed>,
    rows: usize,
    bytes: usize,
    /// Bytes that they take until they are divided.
    memory: usize,
    /// Buckets among which rows were divided last.
    pieces: usize,
}

impl Stage {
    /// Adds rows of `bytes` bytes; what they take until they are divided.
    pub(crate) fn push(&mut self, placed: Placed, bytes: usize) -> usize {
        let copies = if self.has_many_buckets() { COPIES } else { 1 };
        let memory = bytes.saturating_mul(copies);
        self.rows += placed.batch.num_rows();
        self.bytes += bytes;
        self.memory += memory;
        self.waiting.push(placed);
        memory
    }

    /// Bytes that the rows that wait take until they are divided.
    pub(crate) fn memory(&self) -> usize {
        self.memory
    }

    /// Whether rows go to many buckets at once.
    pub(crate) fn has_many_buckets(&self) -> bool {
        self.pieces > FEW
    }

    /// Whether the rows should go on: they are enough for their buckets, or more than `most` bytes.
    pub(crate) fn is_ready(&self, most: usize) -> bool {
        let piece = if self.has_many_buckets() { PIECE } else { PIECE_OF_FEW };
        self.rows >= self.pieces.saturating_mul(piece) || self.bytes >= most
    }

    /// Remembers among how many buckets rows were divided.
    pub(crate) fn divided(&mut self, pieces: usize) {
        self.pieces = pieces;
    }

    /// All rows that wait, in their order, as one batch; `None` if there are none.
    ///
    /// # Errors
    /// `Internal` when the batches do not go together.
    pub(crate) fn take(&mut self) -> Result<Option<Placed>> {
        let mut waiting = std::mem::take(&mut self.waiting);
        (self.rows, self.bytes, self.memory) = (0, 0, 0);
        if waiting.len() <= 1 {
            return Ok(waiting.pop());
        }
        join(&waiting).map(Some)
    }
}

fn join(parts: &[Placed]) -> Result<Placed> {
    let Some(first) = parts.first() else { return Err(Error::internal("no rows to join")) };
    let batch = concat_batches(&first.batch.schema(), parts.iter().map(|p| &p.batch));
    let partition = |part: &Placed| match &part.partitions {
        PartitionIds::One(id) => vec![*id; part.batch.num_rows()],
        PartitionIds::PerRow(ids) => ids.clone(),
    };
    let bucket = |part: &Placed| match &part.buckets {
        Buckets::One(bucket) => vec![*bucket; part.batch.num_rows()],
        Buckets::PerRow(buckets) => buckets.clone(),
    };
    Ok(Placed {
        batch: batch.map_err(arrow_error)?,
        kinds: join_kinds(parts)?,
        partitions: PartitionIds::of(parts.iter().flat_map(partition).collect()),
        buckets: Buckets::of(parts.iter().flat_map(bucket).collect()),
    })
}

/// Rows without kinds are `+I`.
fn join_kinds(parts: &[Placed]) -> Result<Option<Int8Array>> {
    if parts.iter().all(|part| part.kinds.is_none()) {
        return Ok(None);
    }
    let inserts =
        |part: &Placed| Int8Array::from(vec![RowKind::Insert as i8; part.batch.num_rows()]);
    let kinds: Vec<Int8Array> =
        parts.iter().map(|part| part.kinds.clone().unwrap_or_else(|| inserts(part))).collect();
    let kinds: Vec<&dyn Array> = kinds.iter().map(|kinds| kinds as &dyn Array).collect();
    let joined = concat(&kinds).map_err(arrow_error)?;
    let joined = joined.as_any().downcast_ref::<Int8Array>().cloned();
    joined.map(Some).ok_or_else(|| Error::internal("row kinds changed their type"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{AsArray, Int32Array};
    use arrow::datatypes::Int32Type;

    use super::*;

    fn placed(values: std::ops::Range<i32>, bucket: Option<i32>, kind: Option<i8>) -> Placed {
        let rows = values.len();
        let buckets = match bucket {
            Some(bucket) => Buckets::One(bucket),
            None => Buckets::PerRow(values.clone().collect()),
        };
        let values = Int32Array::from_iter_values(values);
        Placed {
            batch: RecordBatch::try_from_iter([("v", Arc::new(values) as _)]).unwrap(),
            kinds: kind.map(|kind| Int8Array::from(vec![kind; rows])),
            partitions: PartitionIds::One(7),
            buckets,
        }
    }

    #[test]
    fn rows_wait_until_they_are_enough_for_their_buckets() {
        let mut stage = Stage::default();
        stage.push(placed(0..10, None, None), 40);
        assert!(stage.is_ready(1_000), "nothing is known yet");
        assert_eq!(stage.take().unwrap().unwrap().batch.num_rows(), 10);
        stage.divided(10);
        stage.push(placed(0..2_000, None, None), 8_000);
        assert!(!stage.is_ready(10_000));
        assert!(stage.is_ready(8_000), "memory is short");
        stage.push(placed(0..560, None, None), 2_240);
        assert_eq!((stage.memory(), stage.is_ready(1 << 20)), (10_240, true));
        stage.divided(1_000);
        assert!(!stage.is_ready(1 << 20));
        stage.take().unwrap();
        assert!(stage.take().unwrap().is_none());
    }

    #[test]
    fn rows_for_many_buckets_are_counted_as_often_as_they_are_there() {
        let mut stage = Stage::default();
        stage.divided(FEW);
        assert_eq!(stage.push(placed(0..10, None, None), 40), 40);
        stage.divided(FEW + 1);
        assert_eq!(stage.push(placed(0..10, None, None), 40), 120);
        assert_eq!(stage.memory(), 160, "what was said is what is given back");
        stage.take().unwrap();
        assert_eq!(stage.memory(), 0);
    }

    #[test]
    fn rows_keep_their_order_places_and_kinds() {
        let mut stage = Stage::default();
        stage.push(placed(0..2, Some(5), None), 8);
        stage.push(placed(2..4, None, Some(3)), 8);
        let all = stage.take().unwrap().unwrap();
        assert_eq!(all.batch.column(0).as_primitive::<Int32Type>().values(), &[0, 1, 2, 3]);
        assert_eq!(all.kinds.unwrap().values(), &[0, 0, 3, 3]);
        assert!(matches!(all.partitions, PartitionIds::One(7)));
        assert_eq!(all.buckets, Buckets::PerRow(vec![5, 5, 2, 3]));
        stage.push(placed(0..2, Some(5), None), 8);
        stage.push(placed(0..2, Some(5), None), 8);
        let all = stage.take().unwrap().unwrap();
        assert_eq!((all.buckets, all.kinds), (Buckets::One(5), None));
    }
}
