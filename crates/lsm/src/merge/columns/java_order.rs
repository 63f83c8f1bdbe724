//! The order in which Java's hash tables give their entries back.
//!
//! `collect` with `distinct` and `nested_update` with a key gather elements in a `java.util.HashSet` and `HashMap`,
//! so that the order of the array is that of the table: by bucket, and in a bucket as they came. It depends on nothing
//! but the hash codes and on how large the table has grown.

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::{DataType as ArrowType, TimeUnit};
use rimon_spec::murmur::{SEED, finish, mix_word};
use rimon_spec::{BinaryRow, DataType, Decimal, MAX_LENGTH, Result, TypeKind, Value};

use crate::key::value_at;

/// Buckets of a new table.
const FIRST_CAPACITY: usize = 16;
/// A bucket with more entries than this makes a table of less than `TREE_CAPACITY` buckets grow.
const LONG_CHAIN: u8 = 8;
const TREE_CAPACITY: usize = 64;

/// Hash codes of the elements of a column.
#[derive(Debug)]
pub(super) struct HashCodes(Vec<i32>);

impl HashCodes {
    /// Those of `BinaryRow`s of these columns; `None` when one of them is of a nested type.
    pub(super) fn of_rows(columns: &[ArrayRef]) -> Result<Option<Self>> {
        let types: Option<Vec<DataType>> =
            columns.iter().map(|column| scalar(column.data_type())).collect();
        let Some(types) = types else { return Ok(None) };
        let rows = columns.first().map_or(0, |column| column.len());
        let mut codes = Vec::with_capacity(rows);
        for row in 0..rows {
            let values = columns.iter().map(|column| value_at(column.as_ref(), row));
            let values = values.collect::<Result<Vec<Value>>>()?;
            codes.push(BinaryRow::encode(&types, &values)?.hash_code());
        }
        Ok(Some(Self(codes)))
    }

    /// Those of the objects that stand for the values of a column; `None` for types whose objects have none of their
    /// own.
    pub(super) fn of_values(column: &ArrayRef) -> Result<Option<Self>> {
        match scalar(column.data_type()) {
            None => return Ok(None),
            Some(data_type) if matches!(data_type.kind, TypeKind::VarBinary { .. }) => {
                return Ok(None);
            }
            Some(_) => {}
        }
        let codes = (0..column.len()).map(|row| Ok(hash_code(&value_at(column.as_ref(), row)?)));
        codes.collect::<Result<_>>().map(|codes| Some(Self(codes)))
    }

    fn of(&self, place: u32) -> usize {
        let code = self.0.get(place as usize).copied().unwrap_or(0).cast_unsigned();
        (code ^ (code >> 16)) as usize
    }

    /// Brings `elements` into the order of a table into which `inserted` were put, of which they are those that are
    /// left, in the order of insertion.
    pub(super) fn sort(&self, elements: &mut [u32], inserted: &[u32]) {
        if inserted.len() > 1 {
            let mask = self.capacity(inserted) - 1;
            elements.sort_by_key(|place| self.of(*place) & mask);
        }
    }

    /// Brings `elements` into the order of a table that `computeIfAbsent` filled: it puts a new entry in front of its
    /// bucket, where `put` puts it behind. `calls` are all of them, with whether each brought a new key.
    pub(super) fn sort_computed(&self, elements: &mut [u32], calls: &[(u32, bool)]) {
        if elements.len() > 1 {
            let mask = self.computed_capacity(calls) - 1;
            elements.reverse();
            elements.sort_by_key(|place| self.of(*place) & mask);
        }
    }

    /// Buckets of the table after `calls`: a call finds out first whether the table is too small.
    fn computed_capacity(&self, calls: &[(u32, bool)]) -> usize {
        let mut capacity = FIRST_CAPACITY;
        let mut entries: Vec<u32> = Vec::new();
        for (place, new) in calls {
            if entries.len() > capacity / 4 * 3 {
                capacity *= 2;
            }
            if *new {
                let bucket = |place: u32| self.of(place) & (capacity - 1);
                let chain = entries.iter().filter(|e| bucket(**e) == bucket(*place)).count();
                if chain + 1 >= usize::from(LONG_CHAIN) && capacity < TREE_CAPACITY {
                    capacity *= 2;
                }
                entries.push(*place);
            }
        }
        capacity
    }

    /// Buckets of the table after `inserted`: `HashMap.resize` and `treeifyBin`.
    fn capacity(&self, inserted: &[u32]) -> usize {
        let mut capacity = FIRST_CAPACITY;
        let mut chains = vec![0_u8; capacity];
        for (count, place) in inserted.iter().enumerate() {
            let long = match chains.get_mut(self.of(*place) & (capacity - 1)) {
                Some(chain) => {
                    *chain = chain.saturating_add(1);
                    *chain > LONG_CHAIN && capacity < TREE_CAPACITY
                }
                None => false,
            };
            let mut grown = if long { capacity * 2 } else { capacity };
            if count + 1 > grown / 4 * 3 {
                grown *= 2;
            }
            if grown > capacity {
                capacity = grown;
                chains.clear();
                chains.resize(capacity, 0);
                for place in inserted.iter().take(count + 1) {
                    if let Some(chain) = chains.get_mut(self.of(*place) & (capacity - 1)) {
                        *chain = chain.saturating_add(1);
                    }
                }
            }
        }
        capacity
    }
}

/// The type whose slot in a `BinaryRow` has the form of this type's.
pub(super) fn scalar(data_type: &ArrowType) -> Option<DataType> {
    let kind = match data_type {
        ArrowType::Boolean => TypeKind::Boolean,
        ArrowType::Int8 => TypeKind::TinyInt,
        ArrowType::Int16 => TypeKind::SmallInt,
        ArrowType::Int32 => TypeKind::Int,
        ArrowType::Int64 => TypeKind::BigInt,
        ArrowType::Float32 => TypeKind::Float,
        ArrowType::Float64 => TypeKind::Double,
        ArrowType::Date32 => TypeKind::Date,
        ArrowType::Time32(TimeUnit::Millisecond) => TypeKind::Time { precision: 3 },
        ArrowType::Decimal128(precision, scale) => {
            TypeKind::Decimal { precision: *precision, scale: u8::try_from(*scale).ok()? }
        }
        ArrowType::Timestamp(unit, _) => TypeKind::Timestamp {
            precision: match unit {
                TimeUnit::Second | TimeUnit::Millisecond => 3,
                TimeUnit::Microsecond => 6,
                TimeUnit::Nanosecond => 9,
            },
        },
        ArrowType::Utf8 | ArrowType::LargeUtf8 | ArrowType::Utf8View => {
            TypeKind::VarChar { length: MAX_LENGTH }
        }
        ArrowType::Binary | ArrowType::LargeBinary | ArrowType::BinaryView => {
            TypeKind::VarBinary { length: MAX_LENGTH }
        }
        _ => return None,
    };
    Some(DataType { kind, nullable: true })
}

/// `hashCode` of the object that stands for a value.
fn hash_code(value: &Value) -> i32 {
    let long = |bits: u64| (bits ^ (bits >> 32)) as i32;
    match value {
        Value::Null | Value::Bytes(_) => 0,
        Value::Boolean(value) => {
            if *value {
                1231
            } else {
                1237
            }
        }
        Value::TinyInt(value) => i32::from(*value),
        Value::SmallInt(value) => i32::from(*value),
        Value::Int(value) | Value::Date(value) | Value::Time(value) => *value,
        Value::BigInt(value) => long(value.cast_unsigned()),
        Value::Float(value) if value.is_nan() => 0x7fc0_0000,
        Value::Float(value) => value.to_bits().cast_signed(),
        Value::Double(value) if value.is_nan() => long(0x7ff8_0000_0000_0000),
        Value::Double(value) => long(value.to_bits()),
        Value::Decimal(value) => hash_decimal(*value),
        Value::Timestamp(value) => {
            long(value.millis.cast_unsigned()).wrapping_mul(31).wrapping_add(value.nano_of_milli)
        }
        Value::String(value) => hash_text(value.as_bytes()),
    }
}

/// `BigDecimal.hashCode`.
fn hash_decimal(value: Decimal) -> i32 {
    let magnitude = value.unscaled.unsigned_abs();
    let word = |shift: u32| (magnitude >> shift) as u32;
    let hash = [96, 64, 32, 0]
        .into_iter()
        .fold(0_u32, |hash, shift| hash.wrapping_mul(31).wrapping_add(word(shift)));
    let hash = hash.cast_signed();
    let hash = if value.unscaled < 0 { hash.wrapping_neg() } else { hash };
    hash.wrapping_mul(31).wrapping_add(i32::from(value.scale))
}

/// `BinaryString.hashCode`: a rest of less than a word is mixed byte by byte.
fn hash_text(bytes: &[u8]) -> i32 {
    let (words, rest) = bytes.as_chunks::<4>();
    let state = words.iter().fold(SEED, |state, word| mix_word(state, u32::from_le_bytes(*word)));
    let state = rest
        .iter()
        .fold(state, |state, byte| mix_word(state, i32::from(byte.cast_signed()).cast_unsigned()));
    finish(state, bytes.len() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::Int32Array;
    use std::sync::Arc;

    fn ordered(values: &[i32], inserted: usize) -> Vec<i32> {
        let column: ArrayRef = Arc::new(Int32Array::from(values.to_vec()));
        let codes = HashCodes::of_values(&column).unwrap().unwrap();
        let all: Vec<u32> = (0..values.len() as u32).collect();
        let mut left = all[..inserted].to_vec();
        codes.sort(&mut left, &all);
        left.iter().map(|place| values[*place as usize]).collect()
    }

    #[test]
    fn integers_as_in_a_hash_map_that_computes_its_values() {
        // Printed by Java 17.
        let ordered = |values: &[i32]| {
            let column: ArrayRef = Arc::new(Int32Array::from(values.to_vec()));
            let codes = HashCodes::of_values(&column).unwrap().unwrap();
            let mut all: Vec<u32> = (0..values.len() as u32).collect();
            let calls: Vec<(u32, bool)> = all.iter().map(|place| (*place, true)).collect();
            codes.sort_computed(&mut all, &calls);
            all.iter().map(|place| values[*place as usize]).collect::<Vec<i32>>()
        };
        assert_eq!(ordered(&[33, 17, 1, 2, 16]), [16, 1, 17, 33, 2]);
        let many: Vec<i32> = (0..14).map(|i| 40 - i).collect();
        assert_eq!(ordered(&many), [32, 33, 34, 35, 36, 37, 38, 39, 40, 27, 28, 29, 30, 31]);
        let chain: Vec<i32> = (0..8).map(|i| i * 16).collect();
        assert_eq!(ordered(&chain), [96, 64, 32, 0, 112, 80, 48, 16]);
    }

    #[test]
    fn integers_as_in_a_hash_set() {
        // Printed by Java 17.
        assert_eq!(ordered(&[33, 17, 1, 2, 16], 5), [16, 33, 17, 1, 2]);
        // the 13th entry makes 32 buckets
        let many: Vec<i32> = (0..13).map(|i| 40 - i).collect();
        assert_eq!(ordered(&many, 13)[..5], [32, 33, 34, 35, 36]);
        // nine in one bucket make 32 buckets as well
        let chain: Vec<i32> = (0..9).map(|i| i * 16).collect();
        assert_eq!(ordered(&chain, 9), [0, 32, 64, 96, 128, 16, 48, 80, 112]);
    }

    #[test]
    fn hash_codes() {
        assert_eq!(hash_code(&Value::BigInt(-5)), 4);
        assert_eq!(hash_code(&Value::BigInt(1 << 32)), 1);
        assert_eq!(hash_code(&Value::Double(1.0)), 1_072_693_248);
        let decimal = |unscaled, scale| {
            hash_code(&Value::Decimal(Decimal { unscaled, precision: 38, scale }))
        };
        assert_eq!(decimal(-15, 1), -464);
        assert_eq!(decimal(1_234_567_890_123_456_789_012, 2), 494_185_783);
        assert_eq!(hash_code(&Value::String("härte5".to_owned())), 1_723_399_653);
        let time = rimon_spec::Timestamp { millis: -123_456_789_012, nano_of_milli: 345_678 };
        assert_eq!(hash_code(&Value::Timestamp(time)), 344_944_159);
    }
}
