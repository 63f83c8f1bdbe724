//! Values from text: `TypeUtils.castFromString`, `BinaryStringUtils.java`, `DateTimeUtils.java`.

use super::calendar::{days_from_civil, days_in_month};
use super::{Decimal, Timestamp, Value};
use crate::{DataType, Error, Result, TypeKind};

impl Value {
    /// A value of `data_type` from text as Java reads defaults and partition values. TIMESTAMP WITH LOCAL TIME ZONE is
    /// read as UTC. [`crate::ErrorKind::Invalid`] naming text and type when it is not one.
    pub fn parse(text: &str, data_type: &DataType) -> Result<Self> {
        parse(text, data_type).ok_or_else(|| {
            Error::invalid(format!("'{text}' is not a value of type {}", data_type.kind))
        })
    }
}

fn parse(text: &str, data_type: &DataType) -> Option<Value> {
    Some(match &data_type.kind {
        TypeKind::Char { length } | TypeKind::VarChar { length } => {
            let fits = text.chars().count() <= *length as usize;
            Value::String(fits.then(|| text.to_owned())?)
        }
        TypeKind::Binary { length } | TypeKind::VarBinary { length } => {
            let fits = text.len() <= *length as usize;
            Value::Bytes(fits.then(|| text.as_bytes().to_vec())?)
        }
        TypeKind::Boolean => match text.to_ascii_lowercase().as_str() {
            "t" | "true" | "y" | "yes" | "1" => Value::Boolean(true),
            "f" | "false" | "n" | "no" | "0" => Value::Boolean(false),
            _ => return None,
        },
        TypeKind::Decimal { precision, scale } => {
            Value::Decimal(Decimal::parse(text, *precision, *scale)?)
        }
        TypeKind::TinyInt => Value::TinyInt(text.parse().ok()?),
        TypeKind::SmallInt => Value::SmallInt(text.parse().ok()?),
        TypeKind::Int => Value::Int(text.parse().ok()?),
        TypeKind::BigInt => Value::BigInt(text.parse().ok()?),
        TypeKind::Float => Value::Float(text.trim().parse().ok()?),
        TypeKind::Double => Value::Double(text.trim().parse().ok()?),
        TypeKind::Date => Value::Date(parse_date(text)?),
        TypeKind::Time { .. } => Value::Time(parse_time(text)?),
        TypeKind::Timestamp { precision } | TypeKind::LocalZonedTimestamp { precision } => {
            Value::Timestamp(parse_timestamp(text, *precision)?)
        }
        _ => return None,
    })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// `2024-1-31`, `2024-1`, `2024-01-31 10:00:00`, or a number of days.
fn parse_date(text: &str) -> Option<i32> {
    if is_number(text) {
        return text.parse().ok();
    }
    let date = text.split(' ').next().filter(|d| !d.is_empty())?;
    let mut parts = date.splitn(3, '-').map(|p| p.trim().parse::<u32>().ok());
    let year = i64::from(parts.next()??);
    let month = parts.next().unwrap_or(Some(1))?;
    let day = parts.next().unwrap_or(Some(1))?;
    let days = checked_days(year, month, day)?;
    i32::try_from(days).ok()
}

fn checked_days(year: i64, month: u32, day: u32) -> Option<i64> {
    let valid = (0..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day);
    valid.then(|| days_from_civil(year, month, day))
}

/// `10:30`, `10:30:15.125`, or a number of milliseconds. The fraction is rounded to milliseconds.
fn parse_time(text: &str) -> Option<i32> {
    if is_number(text) {
        return text.parse().ok();
    }
    let (clock, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let mut parts = clock.splitn(3, ':').map(|p| p.trim().parse::<i32>().ok());
    let hour = parts.next()??;
    let minute = parts.next().unwrap_or(Some(0))?;
    let second = parts.next().unwrap_or(Some(0))?;
    let in_range =
        (0..24).contains(&hour) && (0..60).contains(&minute) && (0..60).contains(&second);
    let nanos = parse_fraction(fraction)?;
    let millis = ((nanos + 500_000) / 1_000_000) as i32;
    // Hours out of range may be any number: nothing is computed of them.
    in_range.then(|| ((hour * 60 + minute) * 60 + second) * 1000 + millis)
}

/// Nanoseconds of the digits behind the point, at most nine.
fn parse_fraction(digits: &str) -> Option<i64> {
    if digits.is_empty() {
        return Some(0);
    }
    let valid = digits.len() <= 9 && is_number(digits);
    valid.then(|| format!("{digits:0<9}").parse().ok())?
}

/// `2024-01-31`, `2024-01-31 10:30:15.125`, `2024-01-31T10:30`, or a number of units of the precision.
fn parse_timestamp(text: &str, precision: u8) -> Option<Timestamp> {
    if is_number(text) {
        return from_epoch(text.parse().ok()?, precision);
    }
    let (date, clock) = match text.find([' ', 'T']) {
        Some(at) => (text.get(..at)?, text.get(at + 1..)?),
        None => (text, "00:00:00"),
    };
    let mut parts = date.splitn(3, '-').map(|p| p.parse::<u32>().ok());
    let days = checked_days(i64::from(parts.next()??), parts.next()??, parts.next()??)?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut parts = clock.splitn(3, ':').map(|p| p.parse::<u32>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let nanos = parse_fraction(fraction)?;
    let seconds = days * 86_400 + i64::from((hour * 60 + minute) * 60 + second);
    let exact = Timestamp {
        millis: seconds * 1000 + nanos / 1_000_000,
        nano_of_milli: (nanos % 1_000_000) as i32,
    };
    Some(exact.truncate(precision))
}

/// Java's reading of a bare number: seconds for precision 0, milliseconds to 3, microseconds to 6, else nanoseconds.
fn from_epoch(number: i64, precision: u8) -> Option<Timestamp> {
    Some(match precision {
        0 => Timestamp::from_millis(number.checked_mul(1000)?),
        1..=3 => Timestamp::from_millis(number),
        4..=6 => Timestamp::from_micros(number),
        _ => Timestamp::from_nanos(number),
    })
}

impl Value {
    /// The default of a column from the text of the schema, cast as Java does (`DefaultValueUtils.java`): quotes around it
    /// are dropped, strings are cut or padded to their type, numbers for integer columns lose their fraction.
    /// [`crate::ErrorKind::Invalid`] when it cannot be a value of `data_type`, [`crate::ErrorKind::Unsupported`] for
    /// defaults of nested columns.
    pub fn parse_default(text: &str, data_type: &DataType) -> Result<Self> {
        if !data_type.is_scalar() {
            let message = format!("default '{text}' of a column of type {}", data_type.kind);
            return Err(Error::unsupported(message));
        }
        let quoted = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\''));
        let text = quoted.unwrap_or(text);
        let adjusted = match &data_type.kind {
            TypeKind::VarChar { length } => text.chars().take(*length as usize).collect(),
            TypeKind::Char { length } => {
                let cut: String = text.chars().take(*length as usize).collect();
                let missing = *length as usize - cut.chars().count();
                // CHAR(2147483647) is not worth two gigabytes of spaces.
                if missing > 1 << 20 { cut } else { cut + &" ".repeat(missing) }
            }
            _ if data_type.is_integer() => {
                let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
                let digits = fraction.bytes().all(|b| b.is_ascii_digit());
                (if digits { whole } else { text }).to_owned()
            }
            _ => text.to_owned(),
        };
        Self::parse(&adjusted, data_type)
            .map_err(|_| Error::invalid(format!("'{text}' is not a default for {data_type}")))
    }
}
