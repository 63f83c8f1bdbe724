//! Keys of any length: a word of their first bytes decides most comparisons.

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::DataType;
use rimon_spec::{Error, Result};

use super::{ChunkKeys, KeyRun, mix};

/// Byte keys of one run, without the prefix that all keys of the chunk share.
#[derive(Debug, Default)]
pub(crate) struct ByteRun {
    words: Vec<u64>,
    ends: Vec<usize>,
    data: Vec<u8>,
}

impl ByteRun {
    /// Bytes of a row.
    #[inline]
    pub(crate) fn bytes(&self, row: usize) -> &[u8] {
        let start = row.checked_sub(1).and_then(|r| self.ends.get(r)).copied().unwrap_or(0);
        let end = self.ends.get(row).copied().unwrap_or(start);
        self.data.get(start..end).unwrap_or(&[])
    }

    fn push(&mut self, bytes: &[u8]) {
        self.words.push(u64::from_be_bytes(padded(bytes)));
        self.data.extend_from_slice(bytes);
        self.ends.push(self.data.len());
    }
}

impl KeyRun for ByteRun {
    type Head = u64;
    const EXACT: bool = false;
    const MAX_HEAD: u64 = u64::MAX;

    fn len(&self) -> usize {
        self.words.len()
    }

    #[inline]
    #[expect(clippy::indexing_slicing, reason = "hot: the kernels pass rows below len()")]
    fn head(&self, row: usize) -> u64 {
        self.words[row]
    }

    fn compare_tail(&self, row: usize, other: &Self, other_row: usize) -> Ordering {
        self.bytes(row).cmp(other.bytes(other_row))
    }

    fn hash(&self, row: usize) -> u64 {
        hash_bytes(self.bytes(row))
    }
}

/// A hash for tables in memory; equal bytes give equal hashes and nothing more is promised.
fn hash_bytes(bytes: &[u8]) -> u64 {
    let (chunks, rest) = bytes.as_chunks::<8>();
    let mut hash = bytes.len() as u64;
    for chunk in chunks {
        hash = fold(hash ^ u64::from_le_bytes(*chunk));
    }
    mix(fold(hash ^ u64::from_le_bytes(padded(rest))))
}

fn fold(word: u64) -> u64 {
    let product = u128::from(word ^ 0x2D35_8DCC_AA6C_78A5) * 0x8BB8_4B93_962E_ACC9_u128;
    (product as u64) ^ (product >> 64) as u64
}

/// Whether the arrays (`[run][batch]`) hold strings or binaries.
pub(super) fn is_bytes(runs: &[Vec<ArrayRef>]) -> bool {
    runs.iter().flatten().all(|array| {
        matches!(
            array.data_type(),
            DataType::Utf8
                | DataType::LargeUtf8
                | DataType::Utf8View
                | DataType::Binary
                | DataType::LargeBinary
                | DataType::BinaryView
        )
    })
}

/// Encodes the keys (`[run][batch]`) without the prefix they share: as words where what remains is
/// short, else as bytes.
pub(super) fn encode(runs: &[Vec<ArrayRef>], sorted: bool) -> Result<ChunkKeys> {
    let prefix = common_prefix(runs, sorted)?;
    let (mut shortest, mut longest) = (usize::MAX, 0);
    for array in runs.iter().flatten() {
        each(array, |bytes| {
            shortest = shortest.min(bytes.len());
            longest = longest.max(bytes.len());
            Ok(())
        })?;
    }
    let (shortest, longest) = (shortest.min(longest), longest);
    let rest = longest.saturating_sub(prefix.len());
    // Zeros behind a shorter key are told from zeros in a longer one by a last byte with the
    // length, unless all are as long.
    let fits = |bytes: usize| rest < bytes || (rest == bytes && shortest == longest);
    let mark = shortest != longest;
    if fits(8) {
        let word = |bytes: &[u8]| {
            let word = u64::from_be_bytes(padded(bytes));
            if mark { word | bytes.len() as u64 } else { word }
        };
        return Ok(ChunkKeys::Words(map_runs(runs, &prefix, word)?));
    }
    if fits(16) {
        let word = |bytes: &[u8]| {
            let word = u128::from_be_bytes(padded(bytes));
            if mark { word | bytes.len() as u128 } else { word }
        };
        return Ok(ChunkKeys::Wide(map_runs(runs, &prefix, word)?));
    }
    copy(runs, &prefix).map(ChunkKeys::Bytes)
}

fn padded<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut head = [0; N];
    head.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    head
}

fn map_runs<T>(
    runs: &[Vec<ArrayRef>],
    prefix: &[u8],
    word: impl Fn(&[u8]) -> T,
) -> Result<Vec<Vec<T>>> {
    let map_run = |batches: &Vec<ArrayRef>| {
        let mut words = Vec::with_capacity(batches.iter().map(|b| b.len()).sum());
        for batch in batches {
            each(batch, |bytes| {
                words.push(word(bytes.strip_prefix(prefix).ok_or_else(unsorted)?));
                Ok(())
            })?;
        }
        Ok(words)
    };
    runs.iter().map(map_run).collect()
}

/// Copies the keys, without the prefix they share.
fn copy(runs: &[Vec<ArrayRef>], prefix: &[u8]) -> Result<Vec<ByteRun>> {
    let copy_run = |batches: &Vec<ArrayRef>| {
        let rows = batches.iter().map(|b| b.len()).sum();
        let mut run = ByteRun {
            words: Vec::with_capacity(rows),
            ends: Vec::with_capacity(rows),
            data: Vec::new(),
        };
        for batch in batches {
            each(batch, |bytes| {
                run.push(bytes.strip_prefix(prefix).ok_or_else(unsorted)?);
                Ok(())
            })?;
        }
        Ok(run)
    };
    runs.iter().map(copy_run).collect()
}

/// Keys between two that share a prefix share it too, unless they are not in order.
fn unsorted() -> Error {
    Error::corrupt("the rows of a sorted run are not in key order")
}

fn common_prefix(runs: &[Vec<ArrayRef>], sorted: bool) -> Result<Vec<u8>> {
    let mut prefix: Option<Vec<u8>> = None;
    let mut narrow = |bytes: &[u8]| {
        match &mut prefix {
            None => prefix = Some(bytes.to_vec()),
            Some(prefix) => {
                let shared = prefix.iter().zip(bytes).take_while(|(a, b)| a == b).count();
                prefix.truncate(shared);
            }
        }
        Ok(())
    };
    for array in runs.iter().flatten().filter(|array| !array.is_empty()) {
        if sorted {
            // All keys between two that share a prefix share it too.
            each(&array.slice(0, 1), &mut narrow)?;
            each(&array.slice(array.len() - 1, 1), &mut narrow)?;
        } else {
            each(array, &mut narrow)?;
        }
    }
    Ok(prefix.unwrap_or_default())
}

/// Calls `visit` with the bytes of each value.
fn each(array: &dyn Array, visit: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    fn all<'a>(
        values: impl Iterator<Item = Option<&'a [u8]>>,
        mut visit: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        for value in values {
            visit(value.unwrap_or(&[]))?;
        }
        Ok(())
    }
    match array.data_type() {
        DataType::Utf8 => all(array.as_string::<i32>().iter().map(|v| v.map(str::as_bytes)), visit),
        DataType::LargeUtf8 => {
            all(array.as_string::<i64>().iter().map(|v| v.map(str::as_bytes)), visit)
        }
        DataType::Utf8View => {
            all(array.as_string_view().iter().map(|v| v.map(str::as_bytes)), visit)
        }
        DataType::Binary => all(array.as_binary::<i32>().iter(), visit),
        DataType::LargeBinary => all(array.as_binary::<i64>().iter(), visit),
        DataType::BinaryView => all(array.as_binary_view().iter(), visit),
        other => Err(Error::internal(format!("{other} has no bytes"))),
    }
}
