//! Values as text: Java's CAST to STRING (`casting/*ToStringCastRule.java`) and its `toString`.

use super::calendar::civil_from_days;
use super::{Timestamp, Value, java_digits};
use crate::DataType;

const MILLIS_PER_DAY: i64 = 86_400_000;

impl Value {
    /// As Java's CAST to STRING writes it; `NULL` for null. TIMESTAMP WITH LOCAL TIME ZONE is written in UTC.
    pub fn to_sql_string(&self, data_type: &DataType) -> String {
        let precision = usize::from(data_type.time_precision().unwrap_or(3));
        match self {
            Self::Null => "NULL".into(),
            Self::Boolean(v) => v.to_string(),
            Self::TinyInt(v) => v.to_string(),
            Self::SmallInt(v) => v.to_string(),
            Self::Int(v) => v.to_string(),
            Self::BigInt(v) => v.to_string(),
            Self::Float(v) => java_float(f64::from(*v), || java_digits::of_float(v.abs())),
            Self::Double(v) => java_float(*v, || java_digits::of_double(v.abs())),
            Self::Decimal(v) => v.to_string(),
            Self::Date(days) => {
                let (year, month, day) = civil_from_days(i64::from(*days));
                format!("{year:04}-{month:02}-{day:02}")
            }
            Self::Time(millis) => format_time(*millis, precision),
            Self::Timestamp(v) => format_timestamp(*v, precision),
            Self::String(v) => v.clone(),
            Self::Bytes(v) => String::from_utf8_lossy(v).into_owned(),
        }
    }

    /// As `toString` of Java's internal object writes it: what partition directories are named after when
    /// `partition.legacy-name` is set. DATE is a number of days, TIME of milliseconds, TIMESTAMP `2024-01-01T00:00`.
    /// `None` for null and for bytes, whose text is an address in memory in Java.
    pub fn to_java_string(&self) -> Option<String> {
        match self {
            Self::Null | Self::Bytes(_) => None,
            Self::Date(v) | Self::Time(v) => Some(v.to_string()),
            Self::Timestamp(v) => Some(local_date_time(*v)),
            other => Some(other.to_sql_string(&DataType::string())),
        }
    }
}

/// `Double.toString`: decimal between 10^-3 and 10^7, else scientific, always with a digit behind the point.
/// `digits` are those of a positive number.
fn java_float(value: f64, digits: impl Fn() -> (String, i32)) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    if value.is_infinite() {
        return format!("{sign}Infinity");
    }
    if value == 0.0 {
        return format!("{sign}0.0");
    }
    let (digits, exponent) = digits();
    if (-3..7).contains(&exponent) {
        return format!("{sign}{}", plain(&digits, exponent));
    }
    let (first, rest) = digits.split_at(digits.len().min(1));
    let rest = if rest.is_empty() { "0" } else { rest };
    format!("{sign}{first}.{rest}E{exponent}")
}

/// `d.ddd × 10^exponent` without exponent, without sign.
fn plain(digits: &str, exponent: i32) -> String {
    if exponent < 0 {
        let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
        return format!("0.{zeros}{digits}");
    }
    let whole = exponent as usize + 1;
    if digits.len() <= whole {
        return format!("{digits:0<whole$}.0");
    }
    let (head, tail) = digits.split_at(whole);
    format!("{head}.{tail}")
}

/// `HH:mm:ss[.f…]`: at most `precision` digits, ended at the first zero rest (`DateTimeUtils.formatTimestampMillis`).
fn format_time(millis: i32, precision: usize) -> String {
    let t = i64::from(millis).rem_euclid(MILLIS_PER_DAY);
    let mut text = format!("{:02}:{:02}:{:02}", t / 3_600_000, t / 60_000 % 60, t / 1000 % 60);
    let mut rest = t % 1000;
    for i in 0..precision {
        if i == 0 {
            text.push('.');
        }
        text.push_str(&(rest / 100).to_string());
        rest = rest % 100 * 10;
        if rest == 0 {
            break;
        }
    }
    text
}

fn split(v: Timestamp) -> (i64, u32, u32, i64, u32) {
    let (year, month, day) = civil_from_days(v.millis.div_euclid(MILLIS_PER_DAY));
    let of_day = v.millis.rem_euclid(MILLIS_PER_DAY);
    let nanos = (of_day % 1000) as u32 * 1_000_000 + v.nano_of_milli.max(0) as u32;
    (year, month, day, of_day / 1000, nanos)
}

/// `yyyy-MM-dd HH:mm:ss.f…`: nine digits with the zeros behind `precision` dropped (`DateTimeUtils.formatTimestamp`).
fn format_timestamp(v: Timestamp, precision: usize) -> String {
    let (year, month, day, second, nanos) = split(v);
    let mut fraction = format!("{nanos:09}");
    while fraction.len() > precision && fraction.ends_with('0') {
        fraction.pop();
    }
    let point = if fraction.is_empty() { "" } else { "." };
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}{point}{fraction}",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// `LocalDateTime.toString`: seconds dropped when zero, the fraction in groups of three digits.
fn local_date_time(v: Timestamp) -> String {
    let (year, month, day, second, nanos) = split(v);
    let year = match year {
        -9999..0 => format!("-{:04}", -year),
        10_000.. => format!("+{year}"),
        _ => format!("{year:04}"),
    };
    let mut text =
        format!("{year}-{month:02}-{day:02}T{:02}:{:02}", second / 3600, second / 60 % 60);
    if second % 60 != 0 || nanos != 0 {
        text.push_str(&format!(":{:02}", second % 60));
    }
    if nanos % 1_000_000 == 0 && nanos != 0 {
        text.push_str(&format!(".{:03}", nanos / 1_000_000));
    } else if nanos % 1000 == 0 && nanos != 0 {
        text.push_str(&format!(".{:06}", nanos / 1000));
    } else if nanos != 0 {
        text.push_str(&format!(".{nanos:09}"));
    }
    text
}
