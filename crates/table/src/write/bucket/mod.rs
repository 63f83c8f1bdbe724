//! From rows to buckets: one file per bucket mode.

mod fixed;
mod hash;
mod partition_index;
mod postpone;
mod unaware;

pub(crate) use fixed::FixedBucket;
pub(crate) use hash::RowHasher;
pub(crate) use partition_index::{Limits, PartitionIndex};
pub(crate) use postpone::PostponeBucket;
pub(crate) use unaware::UnawareBucket;

use std::fmt::Debug;

use arrow::array::RecordBatch;
use rimon_format::arrow_schema::to_arrow_schema;
use rimon_spec::{Error, Result, TableOptions, TableSchema};

use super::normalize::Normalizer;
use crate::table::Table;

/// Gives every row of a batch its bucket.
///
/// Legal: the same bucket for equal bucket keys, always, in every process. Illegal: a bucket outside
/// `0..total_buckets` when that is positive.
pub(crate) trait BucketAssigner: Debug + Send + Sync {
    /// One bucket per row of a batch that has the table's schema.
    fn assign(&self, batch: &RecordBatch) -> Result<Buckets>;
    /// What `_TOTAL_BUCKETS` says: the number of buckets, or -1 when rows are not bound to one.
    fn total_buckets(&self) -> i32;
}

/// The buckets of a batch's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Buckets {
    /// All rows are in one.
    One(i32),
    /// One per row.
    PerRow(Vec<i32>),
}

impl Buckets {
    /// One bucket per row.
    pub(crate) fn of(buckets: Vec<i32>) -> Self {
        match buckets.split_first() {
            Some((first, rest)) if rest.iter().all(|b| b == first) => Self::One(*first),
            _ => Self::PerRow(buckets),
        }
    }
}

impl Table {
    /// The bucket of each row of a batch, for an engine that brings the rows of a bucket together before it writes
    /// them (`RowKeyExtractor.java`). Columns are taken as [`super::TableWriter::write`] takes them.
    ///
    /// # Errors
    /// `Invalid` for rows that do not fit the table; `Unsupported` when the bucket of a row is not known before it is
    /// written.
    pub fn buckets_of(&self, batch: &RecordBatch) -> Result<Vec<i32>> {
        let schema = self.schema();
        let named = |e: Error| e.with("table", self.name());
        if self.has_primary_key() && self.options().bucket < 0 {
            return Err(named(Error::unsupported("the bucket of a row before it is written")));
        }
        let assigner = assigner(schema, self.options()).map_err(named)?;
        let normalizer = Normalizer::new(schema.clone(), to_arrow_schema(schema.fields())?)?;
        let batch = normalizer.normalize(batch).map_err(named)?;
        Ok(match assigner.assign(&batch)? {
            Buckets::One(bucket) => vec![bucket; batch.num_rows()],
            Buckets::PerRow(buckets) => buckets,
        })
    }
}

/// The assigner of a bucket mode where a row says all (`BucketMode.java`).
///
/// # Errors
/// `Invalid` for a number of buckets that cannot be.
pub(crate) fn assigner(
    schema: &TableSchema,
    options: &TableOptions,
) -> Result<Box<dyn BucketAssigner>> {
    match options.bucket {
        n if n > 0 => Ok(Box::new(FixedBucket::new(schema, options)?)),
        -1 if !schema.has_primary_key() => Ok(Box::new(UnawareBucket)),
        -2 if schema.has_primary_key() => Ok(Box::new(PostponeBucket)),
        n => Err(Error::invalid(format!(
            "bucket={n}: the number of buckets must be positive, -1 or -2"
        ))),
    }
}
