//! TIMESTAMP values.

/// Mirrors `org.apache.paimon.data.Timestamp`: ordered by time, since the derive compares fields in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Milliseconds since 1970-01-01T00:00:00, floor for times before.
    pub millis: i64,
    /// 0..=999_999 nanoseconds past that millisecond.
    pub nano_of_milli: i32,
}
