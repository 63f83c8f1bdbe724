//! The hash of rows: murmur3_x86_32 with seed 42 over 4-byte words. format.md §5, `MurmurHashUtils.java`.

const C1: u32 = 0xcc9e_2d51;
const C2: u32 = 0x1b87_3593;
/// Java's seed.
pub const SEED: u32 = 42;

/// Mixes one little-endian word into the state.
#[inline]
pub fn mix_word(state: u32, word: u32) -> u32 {
    let k = word.wrapping_mul(C1).rotate_left(15).wrapping_mul(C2);
    (state ^ k).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64)
}

/// Ends a hash over `length` bytes.
#[inline]
pub fn finish(state: u32, length: u32) -> i32 {
    let mut h = state ^ length;
    h ^= h >> 16;
    h = h.wrapping_mul(0x85eb_ca6b);
    h ^= h >> 13;
    h = h.wrapping_mul(0xc2b2_ae35);
    h ^= h >> 16;
    h as i32
}

/// The hash of `bytes`, whose length is a multiple of 4 (a remainder is not hashed, as nothing in the format has one).
pub fn hash_bytes_by_words(bytes: &[u8]) -> i32 {
    let state = bytes.chunks_exact(4).fold(SEED, |h, chunk| {
        let word = <[u8; 4]>::try_from(chunk).map_or(0, u32::from_le_bytes);
        mix_word(h, word)
    });
    finish(state, bytes.len() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_is_murmur3_with_seed_42() {
        // Known values of murmur3_x86_32 with seed 42.
        assert_eq!(hash_bytes_by_words(b""), 0x087f_cd5c);
        assert_eq!(hash_bytes_by_words(&[0; 4]), 933_211_791);
        assert_eq!(hash_bytes_by_words(&1_i32.to_le_bytes()), -559_580_957);
        assert_eq!(hash_bytes_by_words(&1_i64.to_le_bytes()), -1_712_319_331);
    }
}
