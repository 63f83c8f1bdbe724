//! From a bucket key to a bucket: format.md §5, `DefaultBucketFunction`, `ModBucketFunction`, `HiveBucketFunction`.

use crate::{BinaryRow, DataType, Decimal, Error, Result, Value};

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

/// Hive's bucket of the key fields. [`crate::ErrorKind::Unsupported`] for timestamps, as in Java.
pub fn hive_bucket(key: &[Value], types: &[DataType], buckets: i32) -> Result<i32> {
    let mut hash = 0_i32;
    for (i, value) in key.iter().enumerate() {
        hash = hash.wrapping_mul(31).wrapping_add(hive_hash(value, types.get(i))?);
    }
    Ok((hash & i32::MAX) % buckets.max(1))
}

fn hive_hash(value: &Value, data_type: Option<&DataType>) -> Result<i32> {
    let long = |v: i64| (v ^ (v as u64 >> 32) as i64) as i32;
    Ok(match value {
        Value::Null => 0,
        Value::Boolean(v) => i32::from(*v),
        Value::TinyInt(v) => i32::from(*v),
        Value::SmallInt(v) => i32::from(*v),
        Value::Int(v) | Value::Date(v) | Value::Time(v) => *v,
        Value::BigInt(v) => long(*v),
        // Java's bits: one NaN, and -0.0 as 0.0.
        Value::Float(v) if *v == 0.0 => 0,
        Value::Float(v) if v.is_nan() => 0x7fc0_0000,
        Value::Float(v) => v.to_bits() as i32,
        Value::Double(v) if *v == 0.0 => 0,
        Value::Double(v) if v.is_nan() => long(0x7ff8_0000_0000_0000),
        Value::Double(v) => long(v.to_bits() as i64),
        Value::String(v) => hash_bytes(v.as_bytes()),
        Value::Bytes(v) => hash_bytes(v),
        Value::Decimal(v) => hash_decimal(*v),
        Value::Timestamp(_) => {
            let name = data_type.map_or_else(|| "TIMESTAMP".to_owned(), ToString::to_string);
            return Err(Error::unsupported(format!("bucket-function.type=hive on {name}")));
        }
    })
}

fn hash_bytes(bytes: &[u8]) -> i32 {
    let add = |hash: i32, byte: &u8| hash.wrapping_mul(31).wrapping_add(i32::from(*byte as i8));
    bytes.iter().fold(0, add)
}

/// `BigDecimal.hashCode` of the value without trailing zeros behind the point.
fn hash_decimal(value: Decimal) -> i32 {
    let (mut unscaled, mut scale) = (value.unscaled, i32::from(value.scale));
    while scale > 0 && unscaled % 10 == 0 {
        unscaled /= 10;
        scale -= 1;
    }
    let magnitude = unscaled.unsigned_abs();
    let words = (0..4).rev().map(|i| (magnitude >> (32 * i)) as u32 as i32);
    // Leading zero words change nothing: the fold starts at 0.
    let hash = words.fold(0_i32, |hash, word| hash.wrapping_mul(31).wrapping_add(word));
    let signed = if unscaled < 0 { hash.wrapping_neg() } else { hash };
    signed.wrapping_mul(31).wrapping_add(scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_in_range_whatever_the_hash() {
        for hash in [i32::MIN, i32::MIN + 1, -1, 0, 1, i32::MAX] {
            for buckets in [1, 2, 7, i32::MAX] {
                assert!((0..buckets).contains(&bucket_of_hash(hash, buckets)));
            }
        }
        assert_eq!(bucket_of_hash(-7, 4), 3);
        assert_eq!(mod_bucket(&Value::Int(-7), 4).unwrap(), 1);
        assert_eq!(mod_bucket(&Value::BigInt(i64::MIN), 3).unwrap(), 1);
        assert!(mod_bucket(&Value::Null, 4).is_err());
    }

    #[test]
    fn hive_hashes_are_java_s() {
        let hash = |v: Value| hive_hash(&v, None).unwrap();
        assert_eq!(hash(Value::String("abc".into())), 96_354);
        assert_eq!(hash(Value::BigInt(-1)), 0);
        assert_eq!(hash(Value::Double(-0.0)), 0);
        // new BigDecimal("12.5").hashCode() == 31 * 125 + 1
        let d = |unscaled, scale| Value::Decimal(Decimal { unscaled, precision: 38, scale });
        assert_eq!(hash(d(1250, 2)), 31 * 125 + 1);
        assert_eq!(hash(d(-5, 0)), -155);
        assert_eq!(hash(d(0, 5)), 0);
        assert_eq!(hive_bucket(&[Value::Int(-1)], &[], 4).unwrap(), i32::MAX % 4);
        assert!(hive_hash(&Value::Timestamp(crate::Timestamp::from_millis(0)), None).is_err());
    }
}
