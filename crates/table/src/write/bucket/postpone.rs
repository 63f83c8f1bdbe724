//! Rows wait in one place until a compaction gives them buckets: bucket -2, the directory `bucket-postpone`.

use arrow::array::RecordBatch;
use rimon_spec::Result;

use super::{BucketAssigner, Buckets};

/// `BucketMode.POSTPONE_BUCKET`.
const POSTPONE: i32 = -2;

/// `BucketMode.POSTPONE_MODE`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PostponeBucket;

impl BucketAssigner for PostponeBucket {
    fn assign(&self, _batch: &RecordBatch) -> Result<Buckets> {
        Ok(Buckets::One(POSTPONE))
    }

    fn total_buckets(&self) -> i32 {
        POSTPONE
    }
}
