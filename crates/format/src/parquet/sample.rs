//! What the first values of a column tell of its dictionary.

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;
use std::collections::HashSet;

/// Values looked at.
const SAMPLE: usize = 8192;
/// Fewer tell nothing.
const FEW: usize = 1024;
/// Bytes of distinct values above which there is little doubt: the encoder gives a dictionary up at four fifths of it
/// (`DEFAULT_DICTIONARY_PAGE_SIZE_LIMIT`).
const LIMIT: f64 = (5 << 18) as f64;
/// Bytes that a dictionary needs for the length of a string.
const LENGTH: usize = 4;

/// Whether a dictionary of a column that begins with `array` would most likely be given up: a million bytes of work
/// for nothing. Columns whose values are not bytes side by side are not judged, nor are floating-point numbers: they
/// are mostly measures that come again, however far away.
pub(super) fn outgrows_dictionary(array: &ArrayRef) -> bool {
    let sample = array.slice(0, array.len().min(SAMPLE));
    let mut distinct: HashSet<&[u8]> = HashSet::with_capacity(sample.len());
    let mut seen = 0;
    let data = sample.to_data();
    match sample.data_type() {
        DataType::Utf8 => {
            for value in sample.as_string::<i32>().iter().flatten() {
                seen += 1;
                distinct.insert(value.as_bytes());
            }
        }
        DataType::Utf8View => {
            for value in sample.as_string_view().iter().flatten() {
                seen += 1;
                distinct.insert(value.as_bytes());
            }
        }
        DataType::Binary => {
            for value in sample.as_binary::<i32>().iter().flatten() {
                seen += 1;
                distinct.insert(value);
            }
        }
        other if other.is_floating() => return false,
        other => {
            let (Some(width), Some(buffer)) = (other.primitive_width(), data.buffers().first())
            else {
                return false;
            };
            let values = buffer.as_slice().chunks_exact(width).skip(data.offset());
            for (row, value) in values.take(sample.len()).enumerate() {
                if sample.is_valid(row) {
                    seen += 1;
                    distinct.insert(value);
                }
            }
        }
    }
    let fixed = sample.data_type().primitive_width().is_some();
    let length = if fixed { 0 } else { LENGTH };
    let bytes: usize = distinct.iter().map(|value| value.len() + length).sum();
    seen >= FEW && estimate(seen, distinct.len()) * bytes as f64 / distinct.len() as f64 > LIMIT
}

/// How many distinct values there are where `seen` drawn at random have `distinct`.
fn estimate(seen: usize, distinct: usize) -> f64 {
    let repeated = seen - distinct;
    if repeated > seen / 2 {
        return distinct as f64;
    }
    // Of n values drawn among d, about n² / 2d are drawn twice.
    (seen * seen) as f64 / (2 * repeated.max(1)) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Float64Array, Int32Array, Int64Array, StringArray};
    use std::sync::Arc;

    /// Numbers below `distinct` as if drawn at random (SplitMix64).
    fn scattered(distinct: u64) -> impl Iterator<Item = u64> {
        (0..10_000u64).map(move |i| {
            let mut z = i.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            (z ^ (z >> 31)) % distinct
        })
    }

    #[test]
    fn large_dictionaries_are_foreseen() {
        let int =
            |n| Arc::new(scattered(n).map(|v| Some(v as i64)).collect::<Int64Array>()) as ArrayRef;
        assert!(outgrows_dictionary(&int(u64::MAX)));
        assert!(outgrows_dictionary(&int(300_000)));
        assert!(!outgrows_dictionary(&int(100_000)));
        assert!(!outgrows_dictionary(&int(10)));
        let text = |n| {
            Arc::new(scattered(n).map(|v| Some(format!("name_{v:016}"))).collect::<StringArray>())
                as ArrayRef
        };
        assert!(outgrows_dictionary(&text(100_000)));
        assert!(!outgrows_dictionary(&text(20_000)));
    }

    #[test]
    fn few_values_and_nulls_tell_nothing() {
        let few: ArrayRef = Arc::new(Int32Array::from_iter_values(0..500));
        assert!(!outgrows_dictionary(&few));
        let nulls: ArrayRef = Arc::new(Int64Array::new_null(5000));
        assert!(!outgrows_dictionary(&nulls));
        let measures: ArrayRef = Arc::new(Float64Array::from_iter_values((0..9000).map(f64::from)));
        assert!(!outgrows_dictionary(&measures));
        let all: ArrayRef = Arc::new(Int64Array::from_iter_values(0..9000));
        let offset = all.slice(4000, 5000);
        assert!(outgrows_dictionary(&offset));
    }
}
