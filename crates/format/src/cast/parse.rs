//! From text to other scalars (`BinaryStringUtils.java`). Text that cannot be parsed is an error, as in Java.

use super::Kernel;
use super::decimal::fit;
use super::text::map_text;
use crate::arrow_schema::kind_name;
use crate::arrow_value::array_of;
use rimon_spec::{DataType, Decimal, Error, Result, Timestamp, TypeKind, Value};
use std::sync::Arc;

pub(super) fn cast(to: &DataType) -> Option<Kernel> {
    let to = to.clone();
    Some(Arc::new(move |array| {
        let values: Vec<Value> = map_text(array, |text| parse(text, &to))?
            .into_iter()
            .map(|v| v.unwrap_or(Value::Null))
            .collect();
        array_of(&values, &to)
    }))
}

/// The value of `text`, as Java casts a STRING to `to`.
///
/// # Errors
/// `Invalid` for text that is no such value.
pub(crate) fn parse(text: &str, to: &DataType) -> Result<Value> {
    let bad = || {
        let shown: String = text.chars().take(64).collect();
        Error::invalid(format!("'{shown}' cannot be read as {}", kind_name(&to.kind)))
    };
    Ok(match to.kind {
        TypeKind::Boolean => Value::Boolean(boolean(text).ok_or_else(bad)?),
        TypeKind::TinyInt => {
            Value::TinyInt(integer(text).and_then(|v| v.try_into().ok()).ok_or_else(bad)?)
        }
        TypeKind::SmallInt => {
            Value::SmallInt(integer(text).and_then(|v| v.try_into().ok()).ok_or_else(bad)?)
        }
        TypeKind::Int => Value::Int(integer(text).and_then(|v| v.try_into().ok()).ok_or_else(bad)?),
        TypeKind::BigInt => Value::BigInt(integer(text).ok_or_else(bad)?),
        TypeKind::Float => Value::Float(floating(text).ok_or_else(bad)?),
        TypeKind::Double => Value::Double(floating(text).ok_or_else(bad)?),
        TypeKind::Decimal { precision, scale } => {
            decimal(text, precision, scale).ok_or_else(bad)?
        }
        TypeKind::Date if numeric(text) => {
            Value::Date(integer(text).and_then(|v| v.try_into().ok()).ok_or_else(bad)?)
        }
        TypeKind::Time { .. } if numeric(text) => {
            Value::Time(integer(text).and_then(|v| v.try_into().ok()).ok_or_else(bad)?)
        }
        TypeKind::Timestamp { precision } if numeric(text) => {
            Value::Timestamp(integer(text).and_then(|v| epoch(v, precision)).ok_or_else(bad)?)
        }
        _ => Value::parse(text, to).map_err(|e| bad().with_source(e))?,
    })
}

fn numeric(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "t" | "true" | "y" | "yes" | "1" => Some(true),
        "f" | "false" | "n" | "no" | "0" => Some(false),
        _ => None,
    }
}

/// A sign, digits, and a fraction that is cut off; only ASCII digits, no blanks.
fn integer(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits = whole.strip_prefix(['-', '+']).unwrap_or(whole);
    if digits.is_empty() {
        // Java takes "." and ".5" as 0, but neither "" nor a sign alone.
        return (text.starts_with('.') || whole.len() < text.len()).then_some(0);
    }
    whole.parse().ok()
}

/// `Double.parseDouble`: blanks around, `NaN`, `Infinity`, a type suffix. Hexadecimal forms are refused.
pub(crate) fn floating<T: std::str::FromStr>(text: &str) -> Option<T> {
    let text = text.trim_matches(|c: char| c <= ' ');
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let named = matches!(unsigned, "NaN" | "Infinity");
    if !named && !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let text = if named { text } else { text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text) };
    text.parse().ok()
}

/// `new BigDecimal(text)`; null when the digits do not fit.
fn decimal(text: &str, precision: u8, scale: u8) -> Option<Value> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = whole.strip_prefix(['-', '+']).unwrap_or(whole);
    let all = || digits.bytes().chain(fraction.bytes());
    if all().next().is_none() || !all().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // Digits beyond what i128 holds can only matter for rounding; a text that long overflows or is cut here.
    let significant: String = format!("{digits}{fraction}");
    let significant = significant.trim_start_matches('0');
    let kept = significant.get(..significant.len().min(38)).unwrap_or(significant);
    let dropped = i32::try_from(significant.len() - kept.len()).ok()?;
    let unscaled: i128 = if kept.is_empty() { 0 } else { kept.parse().ok()? };
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    let old = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?.checked_sub(dropped)?;
    Some(match fit(sign * unscaled, old, precision, scale) {
        Some(unscaled) => Value::Decimal(Decimal { unscaled, precision, scale }),
        None => Value::Null,
    })
}

/// A number of seconds, milli-, micro- or nanoseconds, by the precision (`fromMillisToTimestamp`).
fn epoch(count: i64, precision: u8) -> Option<Timestamp> {
    match precision {
        0 => Some(Timestamp { millis: count.checked_mul(1_000)?, nano_of_milli: 0 }),
        3 => Some(Timestamp { millis: count, nano_of_milli: 0 }),
        6 => Some(crate::arrow_value::split_timestamp(count, 1_000)),
        9 => Some(crate::arrow_value::split_timestamp(count, 1_000_000)),
        _ => None,
    }
}
