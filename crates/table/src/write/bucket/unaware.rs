//! Append tables without buckets: everything is in bucket 0, `_TOTAL_BUCKETS` is -1.

use arrow::array::RecordBatch;
use rimon_spec::Result;

use super::{BucketAssigner, Buckets};

/// `BucketMode.BUCKET_UNAWARE`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UnawareBucket;

impl BucketAssigner for UnawareBucket {
    fn assign(&self, _batch: &RecordBatch) -> Result<Buckets> {
        Ok(Buckets::One(0))
    }

    fn total_buckets(&self) -> i32 {
        -1
    }
}
