//! The time, as schemas and metastores count it.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since the epoch.
pub(crate) fn now_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Seconds since the epoch.
pub(crate) fn now_seconds() -> i32 {
    i32::try_from(now_millis() / 1000).unwrap_or(i32::MAX)
}
