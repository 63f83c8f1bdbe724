//! Days, and times of a day, as text and back, for every year that 32 bits of days reach.

/// `2024-02-29`, with Java's sign for years outside 0..=9999.
pub(super) fn date_text(days: i64) -> String {
    let (year, month, day) = civil(days);
    match year {
        10_000.. => format!("+{year}-{month:02}-{day:02}"),
        0..=9999 => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("-{:04}-{month:02}-{day:02}", -year),
    }
}

/// Days since the epoch of `2024-02-29`.
pub(super) fn date_days(text: &str) -> i64 {
    let (sign, rest) = match text.as_bytes().first() {
        Some(b'-') => (-1, &text[1..]),
        Some(b'+') => (1, &text[1..]),
        _ => (1, text),
    };
    let mut parts = rest.split('-').map(|p| p.parse::<i64>().expect("a date"));
    let year = sign * parts.next().expect("a year");
    let month = parts.next().expect("a month");
    let day = parts.next().expect("a day");
    days_from_civil(year, month, day)
}

/// `T01:02:03.456` without the `T`: seconds of the day, nanoseconds, and the digits to print.
pub(super) fn time_text(seconds: i64, nanos: i64, digits: usize) -> String {
    let clock = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if digits == 0 {
        return clock;
    }
    format!("{clock}.{}", &format!("{nanos:09}")[..digits])
}

/// Nanoseconds of the day of `01:02:03.456` (seconds and fraction may be left out).
pub(super) fn time_nanos(text: &str) -> i64 {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = clock.split(':').map(|p| p.parse::<i64>().expect("a time"));
    let mut seconds = parts.next().expect("hours") * 3600;
    seconds += parts.next().expect("minutes") * 60;
    seconds += parts.next().unwrap_or(0);
    let fraction: i64 = format!("{fraction:0<9}").parse().expect("a fraction");
    seconds * 1_000_000_000 + fraction
}

fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, day)
}

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = year - i64::from(month <= 2);
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let doy = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    era * 146_097 + doe - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_go_both_ways() {
        for (days, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (19_782, "2024-02-29"),
            (-719_162, "0001-01-01"),
            (-719_529, "-0001-12-31"),
            (2_932_897, "+10000-01-01"),
        ] {
            assert_eq!(date_text(days), text);
            assert_eq!(date_days(text), days);
        }
        for days in (-800_000..3_000_000).step_by(997) {
            assert_eq!(date_days(&date_text(days)), days);
        }
    }

    #[test]
    fn times_go_both_ways() {
        assert_eq!(time_text(86_399, 999_000_000, 3), "23:59:59.999");
        assert_eq!(time_nanos("23:59:59.999"), 86_399_999_000_000);
        assert_eq!(time_text(0, 0, 0), "00:00:00");
        assert_eq!(time_nanos("00:00:00"), 0);
    }
}
