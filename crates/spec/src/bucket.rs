//! From a bucket key to a bucket: format.md §5, `DefaultBucketFunction`, `ModBucketFunction`, `HiveBucketFunction`.

use crate::{BinaryRow, DataType, Error, Result, Value};

/// `abs(hash % buckets)` of the bucket key's row.
pub fn default_bucket(key: &BinaryRow, buckets: i32) -> i32 {
    bucket_of_hash(key.hash_code(), buckets)
}

/// `abs(hash % buckets)`, for callers that hash whole columns. `buckets` must be positive; 0 is taken as 1.
#[inline]
pub fn bucket_of_hash(hash: i32, buckets: i32) -> i32 {
    hash.checked_rem(buckets.max(1)).unwrap_or(0).abs()
}

/// `floorMod(value, buckets)` of a single INT or BIGINT key.
pub fn mod_bucket(key: &Value, buckets: i32) -> Result<i32> {
    let value = match key {
        Value::Int(v) => i64::from(*v),
        Value::BigInt(v) => *v,
        other => {
            return Err(Error::invalid(format!(
                "bucket-function.type=mod needs an INT or BIGINT key, not {other:?}"
            )));
        }
    };
    Ok(value.rem_euclid(i64::from(buckets.max(1))) as i32)
}

/// Hive's bucket of the key fields.
pub fn hive_bucket(_key: &[Value], _types: &[DataType], _buckets: i32) -> Result<i32> {
    Err(Error::internal("unfinished"))
}
