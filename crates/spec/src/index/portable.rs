//! Roaring bitmaps in their portable format, from bytes that are not trusted.

use crate::{Error, Result};
use roaring::RoaringBitmap;

/// Reads one bitmap from the front of `bytes` and takes its bytes away.
///
/// # Errors
/// `Corrupt` when the bytes are no bitmap or end too early.
pub(crate) fn read_bitmap(bytes: &mut &[u8]) -> Result<RoaringBitmap> {
    let input: &[u8] = bytes;
    // The library checks what it reads; odd run containers have made it panic before.
    let read = std::panic::catch_unwind(|| {
        let mut rest = input;
        RoaringBitmap::deserialize_from(&mut rest).map(|bitmap| (bitmap, rest.len()))
    });
    match read {
        Ok(Ok((bitmap, left))) => {
            *bytes = input.get(input.len().saturating_sub(left)..).unwrap_or_default();
            Ok(bitmap)
        }
        Ok(Err(e)) => Err(Error::corrupt("a roaring bitmap cannot be read").with_source(e)),
        Err(_) => Err(Error::corrupt("a roaring bitmap is malformed")),
    }
}

/// The union of two bitmaps in the portable format, in that format, compressed as Java compresses it
/// (`RoaringBitmap32.java`).
///
/// # Errors
/// `Corrupt` when one of them is no bitmap.
pub fn union_bitmaps(a: &[u8], b: &[u8]) -> Result<Vec<u8>> {
    let (mut a, mut b) = (a, b);
    let mut union = read_bitmap(&mut a)?;
    union |= read_bitmap(&mut b)?;
    union.optimize();
    let mut out = Vec::with_capacity(union.serialized_size());
    write_bitmap(&union, &mut out)?;
    Ok(out)
}

/// Appends the bitmap in the portable format.
pub(crate) fn write_bitmap(bitmap: &RoaringBitmap, out: &mut Vec<u8>) -> Result<()> {
    bitmap
        .serialize_into(out)
        .map_err(|e| Error::internal("a bitmap could not be written").with_source(e))
}
