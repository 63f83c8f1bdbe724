//! The hashes of the keys of one dynamic bucket: format.md §12.1, `HashIndexFile.java`, `IntFileUtils.java`.

use crate::{Error, Result};

/// `_INDEX_TYPE` of these files.
pub const INDEX_TYPE: &str = "HASH";
/// Bytes of a hash.
const WIDTH: usize = 4;

/// The hashes in a file, in no particular order.
///
/// # Errors
/// `Corrupt` when the file is cut off.
pub fn decode(bytes: &[u8]) -> Result<Vec<i32>> {
    let hashes = bytes.chunks_exact(WIDTH);
    if !hashes.remainder().is_empty() {
        return Err(Error::corrupt("a hash index that is no sequence of 32-bit numbers")
            .with("size", bytes.len()));
    }
    Ok(hashes.filter_map(|h| h.try_into().ok().map(i32::from_be_bytes)).collect())
}

/// A file of distinct hashes.
pub fn encode(hashes: &[i32]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.to_be_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_big_endian() {
        assert_eq!(encode(&[1, -2]), [0, 0, 0, 1, 255, 255, 255, 254]);
        assert_eq!(decode(&encode(&[7, i32::MIN])).unwrap(), [7, i32::MIN]);
        assert!(decode(&[0, 0, 0]).is_err());
    }
}
