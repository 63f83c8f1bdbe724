//! Stable sorts of words, digit by digit from the least.

use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// Bits of a digit: as many places as are written to in turn without missing the cache.
const DIGIT: u32 = 8;

/// Words and row numbers in one number each, sorted.
#[derive(Debug)]
pub(super) struct Packed {
    sorted: Vec<u64>,
    /// Bits of the row number.
    row_bits: u32,
}

impl Packed {
    /// Row numbers in the order of their words.
    pub(super) fn rows(&self) -> Vec<u32> {
        let mask = (1_u64 << self.row_bits) - 1;
        self.sorted.iter().map(|packed| (packed & mask) as u32).collect()
    }

    /// Whether the row at `index`, which is not the first, has the word of the one before it.
    pub(super) fn same_as_before(&self, index: usize) -> bool {
        let word = |index: usize| self.sorted.get(index).map(|packed| packed >> self.row_bits);
        word(index) == word(index - 1)
    }
}

/// The words of `rows` rows sorted, when word and row number fit 64 bits together: half of what pairs need to be moved.
/// From `many` rows on they are split by their greatest digit first: the parts fit the cache, and are sorted on several
/// threads.
pub(super) fn sort_packed(rows: usize, many: usize, word: impl Fn(usize) -> u64) -> Option<Packed> {
    let row_bits = u64::BITS - (rows as u64).leading_zeros();
    let range = |(least, greatest): (u64, u64), word: u64| (least.min(word), greatest.max(word));
    let (least, greatest) = (0..rows).map(&word).fold((u64::MAX, 0), range);
    let word_bits = u64::BITS - greatest.checked_sub(least)?.leading_zeros();
    if row_bits > u32::BITS || word_bits + row_bits > u64::BITS {
        return None;
    }
    let pack = |row: usize| (word(row) - least) << row_bits | row as u64;
    let mut from: Vec<u64> = (0..rows).map(pack).collect();
    let mut to = vec![0; rows];
    if rows < many {
        let moved = sort_digits(&mut from, &mut to, row_bits, word_bits);
        return Some(Packed { sorted: if moved { to } else { from }, row_bits });
    }
    let digit = word_bits.min(DIGIT);
    let rest = word_bits - digit;
    let ends = distribute(&from, &mut to, Digit { shift: row_bits + rest, bits: digit });
    let parts = parts(&mut to, &mut from, &ends);
    let moved = parts.into_par_iter().map(|(to, from)| sort_digits(to, from, row_bits, rest));
    let moved = moved.reduce(|| false, |a, b| a | b);
    Some(Packed { sorted: if moved { from } else { to }, row_bits })
}

/// Sorts by the `bits` above `shift`, from the least digit on; whether the sorted numbers are in `spare`, which depends
/// on `bits` only.
fn sort_digits(numbers: &mut [u64], spare: &mut [u64], shift: u32, bits: u32) -> bool {
    let passes = bits.div_ceil(DIGIT);
    let (mut from, mut to) = (numbers, spare);
    for pass in 0..passes {
        let digit = bits.div_ceil(passes);
        let done = pass * digit;
        let digit = Digit { shift: shift + done, bits: digit.min(bits - done) };
        distribute(from, to, digit);
        std::mem::swap(&mut from, &mut to);
    }
    passes % 2 == 1
}

/// The stretches of both that end at `ends`, which rise.
fn parts<'a>(
    a: &'a mut [u64],
    b: &'a mut [u64],
    ends: &[u32],
) -> Vec<(&'a mut [u64], &'a mut [u64])> {
    let (mut a, mut b, mut start) = (a, b, 0);
    let mut parts = Vec::with_capacity(ends.len());
    for end in ends {
        let length = (*end as usize).saturating_sub(start).min(a.len()).min(b.len());
        let (first, rest) = std::mem::take(&mut a).split_at_mut(length);
        a = rest;
        let (second, rest) = std::mem::take(&mut b).split_at_mut(length);
        b = rest;
        start += length;
        parts.push((first, second));
    }
    parts
}

/// Bits of numbers.
#[derive(Clone, Copy)]
struct Digit {
    shift: u32,
    bits: u32,
}

/// The numbers stably by a digit; where those of each value of the digit end.
#[expect(
    clippy::indexing_slicing,
    reason = "hot: a digit is below the number of counts, places sum to the rows"
)]
fn distribute(from: &[u64], to: &mut [u64], Digit { shift, bits }: Digit) -> Vec<u32> {
    let counts = 1_usize << bits;
    let digit = |packed: u64| (packed >> shift) as usize & (counts - 1);
    let mut places = vec![0_u32; counts];
    for packed in from {
        places[digit(*packed)] += 1;
    }
    let mut sum = 0;
    for place in &mut places {
        sum += std::mem::replace(place, sum);
    }
    for packed in from {
        let place = &mut places[digit(*packed)];
        to[*place as usize] = *packed;
        *place += 1;
    }
    places
}

/// Sorts by word, byte by byte; bytes that are the same in all words are skipped.
#[expect(clippy::indexing_slicing, reason = "hot: counts have 256 places, places sum to the rows")]
pub(super) fn sort_pairs(mut from: Vec<(u64, u32)>) -> Vec<(u64, u32)> {
    let mut counts = vec![[0u32; 256]; 8];
    for (word, _) in &from {
        for (byte, counts) in word.to_le_bytes().iter().zip(&mut counts) {
            counts[usize::from(*byte)] += 1;
        }
    }
    let mut to = vec![(0, 0); from.len()];
    for (digit, counts) in counts.iter().enumerate() {
        if counts.iter().any(|count| *count as usize == from.len()) {
            continue;
        }
        let mut places = [0u32; 256];
        let mut sum = 0;
        for (place, count) in places.iter_mut().zip(counts) {
            *place = sum;
            sum += count;
        }
        for pair in &from {
            let place = &mut places[(pair.0 >> (8 * digit)) as usize & 0xFF];
            to[*place as usize] = *pair;
            *place += 1;
        }
        std::mem::swap(&mut from, &mut to);
    }
    from
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_are_stable_sorts(
            words in prop_oneof![
                prop::collection::vec(any::<u64>(), 1..900),
                prop::collection::vec(0..300u64, 1..900),
                prop::collection::vec((0..3u64).prop_map(|x| x << 40), 1..900),
            ],
            many in prop_oneof![Just(usize::MAX), 1..64usize],
        ) {
            let pairs: Vec<(u64, u32)> = words.iter().copied().zip(0..).collect();
            let mut expected = pairs.clone();
            expected.sort();
            prop_assert_eq!(sort_pairs(pairs), expected.clone());
            if let Some(packed) = sort_packed(words.len(), many, |row| words[row]) {
                prop_assert_eq!(packed.rows(), expected.iter().map(|p| p.1).collect::<Vec<_>>());
            } else {
                prop_assert!(words.iter().max().unwrap() - words.iter().min().unwrap() > 1 << 50);
            }
        }
    }
}
