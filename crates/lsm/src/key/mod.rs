//! Keys as the engine compares them: one word where that decides, bytes where it does not.

mod bounds;
mod bytes;
mod column;
mod fixed;
mod row;

pub(crate) use bounds::value_at;
pub use bounds::{compare_keys, compare_values};
pub(crate) use bytes::ByteRun;
pub(crate) use fixed::{canonical_floats, extend_words, is_word, is_word_value};

use std::cmp::Ordering;

use arrow::array::{ArrayRef, RecordBatch};
use rimon_spec::{Error, Result};

/// The keys of one run's rows, comparable with those of the other runs of the same [`ChunkKeys`].
pub(crate) trait KeyRun: Send + Sync {
    /// Order-preserving fixed-width part of a key.
    type Head: Copy + Ord + Send + Sync;
    /// Whether equal heads mean equal keys.
    const EXACT: bool;
    /// Greater than or equal to every head.
    const MAX_HEAD: Self::Head;

    /// Number of rows.
    fn len(&self) -> usize;
    /// Head of a row.
    fn head(&self, row: usize) -> Self::Head;
    /// Order of two keys with equal heads.
    fn compare_tail(&self, row: usize, other: &Self, other_row: usize) -> Ordering;
    /// A well-mixed hash; the high bits are the best.
    fn hash(&self, row: usize) -> u64;
    /// The keys as words, when they are just that.
    fn as_words(&self) -> Option<&[u64]> {
        None
    }

    /// Order of two keys.
    #[inline]
    fn compare(&self, row: usize, other: &Self, other_row: usize) -> Ordering {
        let heads = self.head(row).cmp(&other.head(other_row));
        if Self::EXACT || heads.is_ne() { heads } else { self.compare_tail(row, other, other_row) }
    }
}

/// Spreads the bits of a word (Fibonacci hashing); take the high bits.
#[inline]
pub(crate) fn mix(word: u64) -> u64 {
    word.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

impl KeyRun for Vec<u64> {
    type Head = u64;
    const EXACT: bool = true;
    const MAX_HEAD: u64 = u64::MAX;

    fn len(&self) -> usize {
        self.as_slice().len()
    }

    #[inline]
    #[expect(clippy::indexing_slicing, reason = "hot: the kernels pass rows below len()")]
    fn head(&self, row: usize) -> u64 {
        self[row]
    }

    fn compare_tail(&self, _: usize, _: &Self, _: usize) -> Ordering {
        Ordering::Equal
    }

    #[inline]
    fn hash(&self, row: usize) -> u64 {
        mix(self.head(row))
    }

    fn as_words(&self) -> Option<&[u64]> {
        Some(self)
    }
}

impl KeyRun for Vec<u128> {
    type Head = u128;
    const EXACT: bool = true;
    const MAX_HEAD: u128 = u128::MAX;

    fn len(&self) -> usize {
        self.as_slice().len()
    }

    #[inline]
    #[expect(clippy::indexing_slicing, reason = "hot: the kernels pass rows below len()")]
    fn head(&self, row: usize) -> u128 {
        self[row]
    }

    fn compare_tail(&self, _: usize, _: &Self, _: usize) -> Ordering {
        Ordering::Equal
    }

    #[inline]
    fn hash(&self, row: usize) -> u64 {
        let key = self.head(row);
        mix((key as u64) ^ mix((key >> 64) as u64).rotate_left(29))
    }
}

/// The keys of all runs in one layout, chosen from the types and the values that are there.
#[derive(Debug)]
pub(crate) enum ChunkKeys {
    /// At most 64 bits: integers, dates, times, floats, composites of narrow ranges, short strings.
    Words(Vec<Vec<u64>>),
    /// At most 128 bits.
    Wide(Vec<Vec<u128>>),
    /// Longer strings and binaries, or rows in the byte order of `arrow::row`.
    Bytes(Vec<ByteRun>),
}

impl ChunkKeys {
    /// Encodes the first `columns` columns of each run's batches. `sorted`: the batches of a run
    /// are in key order (an error of kind `Corrupt` may come out when they are not).
    pub(crate) fn encode(runs: &[Vec<RecordBatch>], columns: usize, sorted: bool) -> Result<Self> {
        let keys: Vec<Vec<Vec<ArrayRef>>> = (0..columns)
            .map(|column| {
                runs.iter()
                    .map(|batches| batches.iter().map(|b| key_column(b, column)).collect())
                    .collect::<Result<_>>()
            })
            .collect::<Result<_>>()?;
        if let Some(keys) = column::encode_fixed(&keys)? {
            return Ok(keys);
        }
        if let [only] = keys.as_slice()
            && bytes::is_bytes(only)
        {
            return bytes::encode(only, sorted);
        }
        bytes::encode(&row::encode(&keys)?, sorted)
    }
}

/// A key column; an error of kind `Corrupt` when it holds a null.
pub(crate) fn key_column(batch: &RecordBatch, column: usize) -> Result<ArrayRef> {
    let array = batch
        .columns()
        .get(column)
        .ok_or_else(|| Error::internal("a batch of keys lacks a key column"))?;
    if array.null_count() > 0 {
        return Err(Error::corrupt("a key column holds a null").with("column", column));
    }
    Ok(array.clone())
}

/// Checks that keys ascend; `Ok(true)` when some key comes twice.
pub(crate) fn check_sorted<K: KeyRun>(run: &K) -> Result<bool> {
    if let Some(words) = run.as_words() {
        return check_words(words);
    }
    let mut equal = false;
    for row in 1..run.len() {
        match run.compare(row - 1, run, row) {
            Ordering::Less => {}
            Ordering::Equal => equal = true,
            Ordering::Greater => return Err(unsorted()),
        }
    }
    Ok(equal)
}

/// As [`check_sorted`] for words.
pub(crate) fn check_words(words: &[u64]) -> Result<bool> {
    // One comparison a pair where all is as it should be.
    let ascend = |(a, b): (&u64, &u64)| a < b;
    let pairs = || words.iter().zip(words.iter().skip(1));
    if pairs().fold(true, |all, pair| all & ascend(pair)) {
        return Ok(false);
    }
    if pairs().all(|(a, b)| a <= b) { Ok(true) } else { Err(unsorted()) }
}

fn unsorted() -> Error {
    Error::corrupt("the rows of a sorted run are not in key order")
}

#[cfg(test)]
mod tests;
