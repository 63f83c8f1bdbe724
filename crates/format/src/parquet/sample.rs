//! What the first values of a column tell of its dictionary.

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;
use std::collections::HashSet;

/// Values looked at.
const SAMPLE: usize = 4096;
/// Fewer tell nothing.
const FEW: usize = 1024;
/// Bytes of distinct values above which there is little doubt: the encoder gives a dictionary up at four fifths of it
/// (`DEFAULT_DICTIONARY_PAGE_SIZE_LIMIT`).
const LIMIT: f64 = (5 << 18) as f64;
/// Bytes of distinct values that cost nobody much.
const SMALL: f64 = (64 << 10) as f64;
/// Rows per distinct value from which a larger dictionary pays: all of it is written, and decompressed by whoever reads
/// a few rows.
const REPEATS: f64 = 8.0;
/// Bytes that a dictionary needs for the length of a string.
const LENGTH: usize = 4;

/// Whether a dictionary pays for a column that begins with `array` in a file of up to `rows` rows. Columns whose values
/// are not bytes side by side are not judged, nor are floating-point numbers in files of unknown length: they are mostly
/// measures that come again, however far away.
pub(super) fn pays(array: &ArrayRef, rows: Option<u64>) -> bool {
    let floating = array.data_type().is_floating();
    if floating && rows.is_none() {
        return true;
    }
    let Some((distinct, bytes)) = distinct(array) else { return true };
    let too_rare = rows.is_some_and(|rows| (rows as f64) < REPEATS * distinct && bytes > SMALL);
    !too_rare && (floating || bytes <= LIMIT)
}

/// How many distinct values the column seems to have, and their bytes in a dictionary; `None` when the first values do
/// not tell.
fn distinct(array: &ArrayRef) -> Option<(f64, f64)> {
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
        other => {
            let (Some(width), Some(buffer)) = (other.primitive_width(), data.buffers().first())
            else {
                return None;
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
    let all = estimate(seen, distinct.len());
    (seen >= FEW).then(|| (all, all * bytes as f64 / distinct.len() as f64))
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

    fn int(distinct: u64) -> ArrayRef {
        Arc::new(scattered(distinct).map(|v| Some(v as i64)).collect::<Int64Array>())
    }

    #[test]
    fn large_dictionaries_are_foreseen() {
        assert!(!pays(&int(u64::MAX), None));
        assert!(!pays(&int(400_000), None));
        assert!(pays(&int(100_000), None));
        assert!(pays(&int(10), None));
        let text = |n| {
            Arc::new(scattered(n).map(|v| Some(format!("name_{v:016}"))).collect::<StringArray>())
                as ArrayRef
        };
        assert!(!pays(&text(100_000), None));
        assert!(pays(&text(20_000), None));
    }

    #[test]
    fn values_have_to_come_again() {
        assert!(!pays(&int(100_000), Some(500_000)));
        assert!(pays(&int(100_000), Some(2_000_000)));
        assert!(pays(&int(1000), Some(2000)));
        let measures: ArrayRef =
            Arc::new(scattered(u64::MAX).map(|v| Some(v as f64)).collect::<Float64Array>());
        assert!(pays(&measures, None));
        assert!(!pays(&measures, Some(1_000_000)));
    }

    #[test]
    fn few_values_and_nulls_tell_nothing() {
        let few: ArrayRef = Arc::new(Int32Array::from_iter_values(0..500));
        assert!(pays(&few, Some(500)));
        let nulls: ArrayRef = Arc::new(Int64Array::new_null(5000));
        assert!(pays(&nulls, Some(5000)));
        let all: ArrayRef = Arc::new(Int64Array::from_iter_values(0..9000));
        let offset = all.slice(4000, 5000);
        assert!(!pays(&offset, None));
    }
}
