//! Where the values of a file are: `BlobFileMeta.java`, `DeltaVarintCompressor.java`.

use rimon_spec::{Error, Result};
use std::ops::Range;

/// Bytes around each value: a magic number before it, its length and a checksum after it.
pub(super) const BEFORE: u64 = 4;
const AROUND: i64 = 16;
/// Lengths that are none: a null, and a value that an older file has.
const NULL: i64 = -1;
const ELSEWHERE: i64 = -2;

/// The bytes of each row's value with what is around it; `None`: null.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Values(pub(super) Vec<Option<Range<u64>>>);

impl Values {
    /// Reads the packed lengths of values that take up `size` bytes in all.
    ///
    /// # Errors
    /// `Corrupt` when they cannot be; `Unsupported` for values that are in another file.
    pub(super) fn read(packed: &[u8], size: u64) -> Result<Self> {
        let mut values = Vec::with_capacity(packed.len());
        let (mut length, mut offset) = (0i64, 0u64);
        let mut rest = packed;
        while !rest.is_empty() {
            length = length.wrapping_add(delta(&mut rest)?);
            values.push(match length {
                NULL => None,
                ELSEWHERE => {
                    return Err(Error::unsupported("BLOB values that an older file holds"));
                }
                length if length < AROUND => {
                    return Err(Error::corrupt("a BLOB with an impossible length"));
                }
                length => {
                    let end = offset.saturating_add(length.unsigned_abs());
                    let start = std::mem::replace(&mut offset, end);
                    Some(start..end)
                }
            });
        }
        if offset != size {
            return Err(Error::corrupt(format!(
                "the BLOBs of a file have {offset} bytes, but there are {size}"
            )));
        }
        Ok(Self(values))
    }
}

/// One zigzag varint.
fn delta(rest: &mut &[u8]) -> Result<i64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let Some((byte, after)) = rest.split_first() else { break };
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok((value >> 1) as i64 ^ -((value & 1) as i64));
        }
    }
    Err(Error::corrupt("a damaged index of BLOBs"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_differences() {
        // 17, null, 16: +17, -18, +17.
        let packed = [0x22, 0x23, 0x22];
        let read = Values::read(&packed, 33).unwrap();
        assert_eq!(read.0, [Some(0..17), None, Some(17..33)]);
    }

    #[test]
    fn damage_is_an_error() {
        assert!(Values::read(&[0x22], 16).is_err(), "fewer bytes than the lengths say");
        assert!(Values::read(&[0x80], 0).is_err(), "cut off");
        assert!(Values::read(&[0x80; 11], 0).is_err(), "too long");
        assert!(Values::read(&[0x02], 1).is_err(), "shorter than its frame");
    }
}
