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
///
/// Where Java would step into the surrogates, which have no UTF-8, and write `?`, the step goes over them: that is an
/// upper bound still.
pub fn truncate_max_string(value: &str, length: u32) -> Option<String> {
    let prefix = truncate_min_string(value, length);
    if prefix.len() == value.len() {
        return Some(value.to_owned());
    }
    prefix.char_indices().rev().find_map(|(at, c)| {
        let next = match c {
            '\u{d7ff}' => '\u{e000}',
            c => char::from_u32(u32::from(c) + 1)?,
        };
        let mut bound = prefix.get(..at)?.to_owned();
        bound.push(next);
        Some(bound)
    })
}

/// A lower bound of at most `length` bytes.
pub fn truncate_min_bytes(value: &[u8], length: u32) -> &[u8] {
    value.get(..length as usize).unwrap_or(value)
}

/// An upper bound of at most `length` bytes; `None` when there is none.
pub fn truncate_max_bytes(value: &[u8], length: u32) -> Option<Vec<u8>> {
    let prefix = truncate_min_bytes(value, length);
    if prefix.len() == value.len() {
        return Some(value.to_vec());
    }
    let at = prefix.iter().rposition(|b| *b != 0xff)?;
    let mut bound = prefix.get(..=at)?.to_vec();
    if let Some(last) = bound.last_mut() {
        *last += 1;
    }
    Some(bound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_last_code_point_is_incremented() {
        assert_eq!(truncate_max_string("abcd", 3).unwrap(), "abd");
        assert_eq!(truncate_max_string("abc", 3).unwrap(), "abc");
        assert_eq!(truncate_max_string("ab\u{10ffff}x", 3).unwrap(), "ac");
        assert_eq!(truncate_max_string("\u{10ffff}x", 1), None);
        assert_eq!(truncate_max_string("\u{d7ff}x", 1).unwrap(), "\u{e000}");
        assert_eq!(truncate_min_string("äöü", 2), "äö");
        assert_eq!(truncate_max_bytes(&[1, 0xff, 2], 2).unwrap(), [2]);
        assert_eq!(truncate_max_bytes(&[0xff, 0xff], 1), None);
    }

    proptest! {
        #[test]
        fn bounds_hold(s in any::<String>(), b in any::<Vec<u8>>(), n in 1_u32..8) {
            prop_assert!(truncate_min_string(&s, n).as_bytes() <= s.as_bytes());
            if let Some(max) = truncate_max_string(&s, n) {
                prop_assert!(max.as_bytes() >= s.as_bytes());
                prop_assert!(max.chars().count() <= n as usize);
            }
            prop_assert!(truncate_min_bytes(&b, n) <= b.as_slice());
            if let Some(max) = truncate_max_bytes(&b, n) {
                prop_assert!(max >= b);
            }
        }
    }
}
