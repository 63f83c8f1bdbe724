//! The keys of a variant: `metadata`.

use super::encoded::unsigned;
use super::malformed;
use rimon_spec::Result;

/// Version of the encoding, in the low four bits of the first byte.
const VERSION: u8 = 1;

/// Keys by their ids. Nothing but the header is looked at before a key is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dictionary<'a> {
    bytes: &'a [u8],
    width: usize,
    count: usize,
}

impl<'a> Dictionary<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self> {
        let header = *bytes.first().ok_or_else(|| malformed("no metadata"))?;
        if header & 0x0f != VERSION {
            return Err(malformed("metadata of another version"));
        }
        let width = usize::from(header >> 6) + 1;
        let count = unsigned(bytes, 1, width)?;
        Ok(Self { bytes, width, count })
    }

    /// The key of `id`.
    pub(super) fn key(&self, id: usize) -> Result<&'a str> {
        if id >= self.count {
            return Err(malformed("a key that the metadata lacks"));
        }
        let at = |index: usize| {
            let position = index.saturating_add(1).saturating_mul(self.width).saturating_add(1);
            unsigned(self.bytes, position, self.width)
        };
        let strings = self.count.saturating_add(2).saturating_mul(self.width).saturating_add(1);
        let (from, to) = (at(id)?.saturating_add(strings), at(id + 1)?.saturating_add(strings));
        let key = self.bytes.get(from..to).ok_or_else(|| malformed("a key beyond the metadata"))?;
        std::str::from_utf8(key).map_err(|e| malformed("a key that is not UTF-8").with_source(e))
    }
}
