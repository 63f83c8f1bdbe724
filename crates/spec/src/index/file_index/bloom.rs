//! Bloom filters: `BloomFilterFileIndex.java`, `FastHash.java`, `BloomFilter64.java`.

use super::cursor::Cursor;
use super::key::timestamp;
use super::rows::{Op, Rows};
use crate::{DataType, Error, Result, TypeKind, Value};
use roaring::RoaringBitmap;

/// More hash functions than any writer asks for.
const MAX_HASHES: i32 = 256;

/// Whether a row may pass, by the filter in `body`.
pub(super) fn evaluate(body: &[u8], data_type: &DataType, op: Op<'_>) -> Result<Rows> {
    let Op::Eq(value) = op else { return Ok(None) };
    let Some(hash) = hash(value, data_type) else { return Ok(None) };
    let mut cursor = Cursor::new(body);
    let hashes = cursor.int()?;
    let bits = cursor.rest();
    if !(1..=MAX_HASHES).contains(&hashes) || bits.is_empty() {
        return Err(Error::corrupt("a bloom filter has an impossible size"));
    }
    Ok(if may_contain(bits, hashes, hash)? { None } else { Some(RoaringBitmap::new()) })
}

fn may_contain(bits: &[u8], hashes: i32, hash: i64) -> Result<bool> {
    let (low, high) = (hash as i32, (hash as u64 >> 32) as i32);
    let count = i32::try_from(bits.len().saturating_mul(8))
        .map_err(|_| Error::corrupt("a bloom filter has more than 2^31 bits"))?;
    for i in 1..=hashes {
        let combined = low.wrapping_add(i.wrapping_mul(high));
        // Negative numbers are flipped, which Java does instead of an absolute value.
        let position = if combined < 0 { !combined } else { combined } % count;
        let byte = usize::try_from(position / 8).ok().and_then(|at| bits.get(at));
        if byte.is_none_or(|b| b >> (position % 8) & 1 == 0) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `None` for values without a hash or with doubtful equality.
fn hash(value: &Value, data_type: &DataType) -> Option<i64> {
    Some(match (value, &data_type.kind) {
        (Value::String(v), TypeKind::Char { .. } | TypeKind::VarChar { .. }) => {
            hash_bytes(v.as_bytes())
        }
        (Value::Bytes(v), TypeKind::Binary { .. } | TypeKind::VarBinary { .. }) => hash_bytes(v),
        (Value::TinyInt(v), TypeKind::TinyInt) => hash_long(i64::from(*v)),
        (Value::SmallInt(v), TypeKind::SmallInt) => hash_long(i64::from(*v)),
        (Value::Int(v), TypeKind::Int)
        | (Value::Date(v), TypeKind::Date)
        | (Value::Time(v), TypeKind::Time { .. }) => hash_long(i64::from(*v)),
        (Value::BigInt(v), TypeKind::BigInt) => hash_long(*v),
        (Value::Float(v), TypeKind::Float) if *v != 0.0 && !v.is_nan() => {
            hash_long(i64::from(v.to_bits() as i32))
        }
        (Value::Double(v), TypeKind::Double) if *v != 0.0 && !v.is_nan() => {
            hash_long(v.to_bits() as i64)
        }
        (
            Value::Timestamp(v),
            TypeKind::Timestamp { precision } | TypeKind::LocalZonedTimestamp { precision },
        ) => hash_long(timestamp(*v, *precision)?),
        _ => return None,
    })
}

fn hash_bytes(bytes: &[u8]) -> i64 {
    twox_hash::XxHash64::oneshot(0, bytes) as i64
}

/// Thomas Wang's hash of 64-bit integers, with shifts that keep the sign.
fn hash_long(key: i64) -> i64 {
    let key = (!key).wrapping_add(key << 21);
    let key = key ^ key >> 24;
    let key = key.wrapping_add(key << 3).wrapping_add(key << 8);
    let key = key ^ key >> 14;
    let key = key.wrapping_add(key << 2).wrapping_add(key << 4);
    let key = key ^ key >> 28;
    key.wrapping_add(key << 31)
}
