//! Seeded damage: the same seed does the same to the same bytes.

/// SplitMix64 by Sebastiano Vigna: enough for tests.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, 0 if that is 0.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.bits() % end.max(1) as u64).unwrap_or(0)
    }
}

/// `bytes` with one kind of damage: bits flipped, cut short, ranges swapped or overwritten or repeated, numbers made
/// large.
pub fn damaged(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed ^ (bytes.len() as u64) << 32);
    let mut bytes = bytes.to_vec();
    match random.below(8) {
        0..=2 => flip(&mut bytes, &mut random),
        3 => bytes.truncate(random.below(bytes.len())),
        4 => swap(&mut bytes, &mut random),
        5 => overwrite(&mut bytes, &mut random),
        6 => repeat(&mut bytes, &mut random),
        _ => enlarge(&mut bytes, &mut random),
    }
    bytes
}

/// One to four bits, one in most cases.
fn flip(bytes: &mut [u8], random: &mut Random) {
    let times = [1, 1, 1, 4][random.below(4)];
    for _ in 0..times {
        let at = random.below(bytes.len());
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1 << random.below(8);
        }
    }
}

/// Two ranges of equal length.
fn swap(bytes: &mut [u8], random: &mut Random) {
    let length = 1 + random.below((bytes.len() / 4).min(64));
    let half = bytes.len() / 2;
    let (left, right) = bytes.split_at_mut(half);
    if length <= half {
        let (a, b) = (random.below(half - length + 1), random.below(right.len() - length + 1));
        left[a..a + length].swap_with_slice(&mut right[b..b + length]);
    }
}

/// A range with zeros, ones or noise.
fn overwrite(bytes: &mut [u8], random: &mut Random) {
    let start = random.below(bytes.len());
    let length = 1 + random.below(16);
    let kind = random.below(3);
    for byte in bytes.iter_mut().skip(start).take(length) {
        *byte = match kind {
            0 => 0,
            1 => 0xff,
            _ => random.bits() as u8,
        };
    }
}

/// A range once more behind itself.
fn repeat(bytes: &mut Vec<u8>, random: &mut Random) {
    let start = random.below(bytes.len());
    let end = (start + 1 + random.below(32)).min(bytes.len());
    let part = bytes[start.min(end)..end].to_vec();
    bytes.splice(start.min(end)..start.min(end), part);
}

/// Four or eight bytes as a large number of either order, or a long varint.
fn enlarge(bytes: &mut [u8], random: &mut Random) {
    let patterns: [&[u8]; 6] = [
        &[0x7f, 0xff, 0xff, 0xff],
        &[0xff, 0xff, 0xff, 0x7f],
        &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
        &[0xfe, 0xff, 0xff, 0xff, 0x0f],
        &[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
        &[0x00, 0x00, 0x00, 0x40],
    ];
    let pattern = patterns[random.below(patterns.len())];
    let start = random.below(bytes.len());
    for (byte, new) in bytes.iter_mut().skip(start).zip(pattern) {
        *byte = *new;
    }
}
