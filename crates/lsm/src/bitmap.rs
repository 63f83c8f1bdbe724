//! One bit per row of a run.

use arrow::buffer::{BooleanBuffer, Buffer};
use std::ops::Range;

/// A fixed number of bits in 64-bit words; bits past the end are 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bitmap {
    words: Vec<u64>,
    len: usize,
}

impl Bitmap {
    /// `len` zeros.
    pub(crate) fn zeros(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(64)], len }
    }

    /// No bits, with room for so many.
    pub(crate) fn with_capacity(len: usize) -> Self {
        Self { words: Vec::with_capacity(len.div_ceil(64)), len: 0 }
    }

    /// Appends zeros until there are `len` bits.
    pub(crate) fn grow(&mut self, len: usize) {
        self.words.resize(len.div_ceil(64), 0);
        self.len = len;
    }

    /// `len` zeros in place of what there is.
    pub(crate) fn reset(&mut self, len: usize) {
        self.words.clear();
        self.grow(len);
    }

    /// Sets the bits that are set in `other`, whose first bit stands for bit `64 * word`.
    pub(crate) fn or_at(&mut self, word: usize, other: &Self) {
        for (a, b) in self.words.iter_mut().skip(word).zip(&other.words) {
            *a |= b;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The words, least bit first; there are `len / 64` of them, rounded up.
    pub(crate) fn words_mut(&mut self) -> &mut [u64] {
        &mut self.words
    }

    pub(crate) fn get(&self, row: usize) -> bool {
        self.words.get(row >> 6).is_some_and(|w| (w >> (row & 63)) & 1 == 1)
    }

    pub(crate) fn set(&mut self, row: usize) {
        if let Some(word) = self.words.get_mut(row >> 6) {
            *word |= 1 << (row & 63);
        }
    }

    pub(crate) fn clear(&mut self, row: usize) {
        if let Some(word) = self.words.get_mut(row >> 6) {
            *word &= !(1 << (row & 63));
        }
    }

    /// Sets all bits of a range.
    pub(crate) fn set_range(&mut self, range: Range<usize>) {
        let mut row = range.start;
        while row < range.end {
            let bit = row & 63;
            let count = (64 - bit).min(range.end - row);
            let mask = if count == 64 { u64::MAX } else { ((1 << count) - 1) << bit };
            if let Some(word) = self.words.get_mut(row >> 6) {
                *word |= mask;
            }
            row += count;
        }
    }

    /// Clears every bit that is set in `other`.
    pub(crate) fn and_not(&mut self, other: &Self) {
        for (a, b) in self.words.iter_mut().zip(&other.words) {
            *a &= !b;
        }
    }

    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn count(&self) -> usize {
        self.words.iter().map(|w| w.count_ones() as usize).sum()
    }

    /// First set bit in `from..end`, `end` when there is none.
    pub(crate) fn next_set(&self, from: usize, end: usize) -> usize {
        if from >= end {
            return end;
        }
        let mut index = from >> 6;
        let mut word = self.words.get(index).copied().unwrap_or(0) & (u64::MAX << (from & 63));
        loop {
            if word != 0 {
                return ((index << 6) + word.trailing_zeros() as usize).min(end);
            }
            index += 1;
            if index << 6 >= end {
                return end;
            }
            word = self.words.get(index).copied().unwrap_or(0);
        }
    }

    /// The same bits as Arrow's, without a copy.
    pub(crate) fn into_buffer(self) -> BooleanBuffer {
        BooleanBuffer::new(Buffer::from_vec(self.words), 0, self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_search() {
        let mut bits = Bitmap::zeros(300);
        bits.set_range(60..130);
        bits.set(299);
        assert_eq!(bits.count(), 71);
        assert_eq!(bits.next_set(0, 300), 60);
        assert_eq!(bits.next_set(129, 300), 129);
        assert_eq!(bits.next_set(130, 300), 299);
        assert_eq!(bits.next_set(130, 299), 299);
        assert!(bits.get(60) && !bits.get(59) && !bits.get(300));
        let mut other = Bitmap::zeros(300);
        other.set_range(0..129);
        bits.and_not(&other);
        assert_eq!(bits.count(), 2);
        bits.clear(299);
        let buffer = bits.into_buffer();
        assert_eq!((buffer.len(), buffer.count_set_bits()), (300, 1));
        assert!(buffer.value(129));
    }
}
