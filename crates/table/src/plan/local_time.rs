//! Times in the options of a read: `DateTimeUtils.parseTimestampData`.

use chrono::{Local, NaiveDate, NaiveDateTime, TimeZone};
use rimon_spec::{Error, Result};

/// Milliseconds since the epoch of `2025-03-12 08:00:00[.123]` or `2025-03-12` in the machine's time zone.
///
/// # Errors
/// `Invalid` for another text.
pub(crate) fn local_millis(text: &str) -> Result<i64> {
    let wall = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0));
    let time = wall.and_then(|wall| Local.from_local_datetime(&wall).earliest());
    time.map(|time| time.timestamp_millis()).ok_or_else(|| {
        Error::invalid(format!("'{text}' is no time"))
            .with_hint("write a time such as '2025-03-12 08:00:00'")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_seconds_or_not() {
        let day = local_millis("2025-03-12").unwrap();
        assert_eq!(local_millis("2025-03-12 00:00:01").unwrap(), day + 1000);
        assert_eq!(local_millis("2025-03-12T00:00:01.5").unwrap(), day + 1500);
        assert_eq!(local_millis("yesterday").unwrap_err().kind(), rimon_spec::ErrorKind::Invalid);
    }
}
