//! One value from its text (`CsvParser.parseField`, `JsonFileReader.convertPrimitiveStringToType`).

use crate::arrow_schema::kind_name;
use crate::cast::{parse_floating, parse_text};
use rimon_spec::{DataType, Error, Result, TypeKind, Value};

/// Whether values of a type can be read from text.
///
/// # Errors
/// `Unsupported` naming the type.
pub(super) fn check(data_type: &DataType) -> Result<()> {
    match data_type.kind {
        // Java takes the time zone of its process for these.
        TypeKind::LocalZonedTimestamp { .. } | TypeKind::Multiset(_) => Err(refuse(data_type)),
        _ if data_type.is_scalar() => Ok(()),
        _ => Err(refuse(data_type)),
    }
}

/// The error for a type that lines do not hold.
pub(super) fn refuse(data_type: &DataType) -> Error {
    Error::unsupported(format!("{} in files of lines", kind_name(&data_type.kind)))
}

/// The value of `text`.
///
/// # Errors
/// `Invalid` for text that is no such value.
pub(super) fn value(text: &str, data_type: &DataType) -> Result<Value> {
    let bad = || {
        let shown: String = text.chars().take(64).collect();
        Error::invalid(format!("'{shown}' cannot be read as {}", kind_name(&data_type.kind)))
    };
    Ok(match data_type.kind {
        TypeKind::TinyInt => Value::TinyInt(text.parse().map_err(|_| bad())?),
        TypeKind::SmallInt => Value::SmallInt(text.parse().map_err(|_| bad())?),
        TypeKind::Int => Value::Int(text.parse().map_err(|_| bad())?),
        TypeKind::BigInt => Value::BigInt(text.parse().map_err(|_| bad())?),
        TypeKind::Float => Value::Float(parse_floating(text).ok_or_else(bad)?),
        TypeKind::Double => Value::Double(parse_floating(text).ok_or_else(bad)?),
        TypeKind::Boolean => Value::Boolean(text.eq_ignore_ascii_case("true")),
        TypeKind::Char { .. } | TypeKind::VarChar { .. } => Value::String(text.to_owned()),
        TypeKind::Binary { .. } | TypeKind::VarBinary { .. } => {
            Value::Bytes(base64(text).ok_or_else(bad)?)
        }
        _ => parse_text(text, data_type)?,
    })
}

/// As `Base64.getDecoder` of Java: the padding may be missing, nothing else may be there.
fn base64(text: &str) -> Option<Vec<u8>> {
    let digits = match text.len() % 4 {
        0 => text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text),
        _ => text,
    };
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    for group in digits.as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for digit in group {
            bits = bits << 6 | u32::from(digit_value(*digit)?);
        }
        let count = match group.len() {
            4 => 3,
            3 => 2,
            2 => 1,
            _ => return None,
        };
        let aligned = bits << (6 * (4 - group.len()));
        bytes.extend(aligned.to_be_bytes().iter().skip(1).take(count));
    }
    Some(bytes)
}

fn digit_value(digit: u8) -> Option<u8> {
    match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}
