//! Stable sorts of words, digit by digit from the least.

/// Bits of a digit of packed words: their counts fit a cache.
const DIGIT: u32 = 11;

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
pub(super) fn sort_packed(rows: usize, word: impl Fn(usize) -> u64) -> Option<Packed> {
    let row_bits = u64::BITS - (rows as u64).leading_zeros();
    let least = (0..rows).map(&word).min()?;
    let greatest = (0..rows).map(&word).max()?;
    let word_bits = u64::BITS - (greatest - least).leading_zeros();
    if row_bits > u32::BITS || word_bits + row_bits > u64::BITS {
        return None;
    }
    let pack = |row: usize| (word(row) - least) << row_bits | row as u64;
    let mut from: Vec<u64> = (0..rows).map(pack).collect();
    let mut to = vec![0; rows];
    let mut shift = row_bits;
    while shift < row_bits + word_bits {
        distribute(&from, &mut to, shift);
        std::mem::swap(&mut from, &mut to);
        shift += DIGIT;
    }
    Some(Packed { sorted: from, row_bits })
}

#[expect(
    clippy::indexing_slicing,
    reason = "hot: a digit is below the number of counts, places sum to the rows"
)]
fn distribute(from: &[u64], to: &mut [u64], shift: u32) {
    const COUNTS: usize = 1 << DIGIT;
    let digit = |packed: u64| (packed >> shift) as usize & (COUNTS - 1);
    let mut places = vec![0_u32; COUNTS];
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
            ]
        ) {
            let pairs: Vec<(u64, u32)> = words.iter().copied().zip(0..).collect();
            let mut expected = pairs.clone();
            expected.sort();
            prop_assert_eq!(sort_pairs(pairs), expected.clone());
            if let Some(packed) = sort_packed(words.len(), |row| words[row]) {
                prop_assert_eq!(packed.rows(), expected.iter().map(|p| p.1).collect::<Vec<_>>());
            } else {
                prop_assert!(words.iter().max().unwrap() - words.iter().min().unwrap() > 1 << 50);
            }
        }
    }
}
