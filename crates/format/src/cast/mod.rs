//! Conversions from the type a column was written with to the type it has now, as Java's cast executors do them
//! (`CastExecutors.java`, `SchemaEvolutionUtil.java`): straight from the one to the other, whatever came between.
//! Values that do not fit wrap (integers) or become null (DECIMAL), as in Java.

mod bound;
mod decimal;
mod nested;
mod number;
mod parse;
mod text;
mod time;

pub use bound::widened;
pub(crate) use parse::{floating as parse_floating, parse as parse_text};

use crate::arrow_schema::{kind_name, to_arrow_type};
use arrow::array::ArrayRef;
use rimon_spec::{DataType, Error, Result, TypeKind};
use std::fmt;
use std::sync::Arc;

type Kernel = Arc<dyn Fn(&ArrayRef) -> Result<ArrayRef> + Send + Sync>;

/// A conversion of arrays of one canonical Arrow type to another.
#[derive(Clone)]
pub(crate) struct Cast {
    kernel: Option<Kernel>,
    monotone: bool,
}

impl fmt::Debug for Cast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.kernel.is_some() { "Cast" } else { "Cast(identity)" })
    }
}

impl Cast {
    /// The conversion of values of type `from` to type `to`.
    ///
    /// # Errors
    /// `Unsupported` naming both types.
    pub(crate) fn new(from: &DataType, to: &DataType) -> Result<Self> {
        if from.kind == to.kind {
            to_arrow_type(to)?;
            return Ok(Self { kernel: None, monotone: true });
        }
        if let Some(nested) = nested::cast(from, to)? {
            return Ok(Self { kernel: Some(nested), monotone: false });
        }
        if depends_on_zone(from, to) {
            return Err(refuse(from, to).with_hint("it depends on the time zone of the session"));
        }
        let kernel = match (family(from), family(to)) {
            (Family::Other, _) | (_, Family::Other) => None,
            (Family::Text, Family::Text) => text::resize(to),
            (Family::Bytes, Family::Bytes) => text::resize_bytes(to),
            (Family::Bytes, Family::Text) => Some(text::bytes_to_text()),
            (Family::Text, Family::Bytes) => Some(text::text_to_bytes(to)),
            (Family::Text, _) => parse::cast(to),
            (_, Family::Text) => Some(text::to_text(from, to)),
            (Family::Decimal, _) | (_, Family::Decimal) => decimal::cast(from, to),
            (Family::Number, Family::Number) => number::cast(from, to),
            (Family::Bytes, _) | (_, Family::Bytes) => None,
            _ => time::cast(from, to),
        };
        match kernel {
            Some(kernel) => Ok(Self { kernel: Some(kernel), monotone: is_monotone(from, to) }),
            None => Err(refuse(from, to)),
        }
    }

    /// Whether arrays stay what they are.
    pub(crate) fn is_identity(&self) -> bool {
        self.kernel.is_none()
    }

    /// Whether `a <= b` before means `a <= b` after and no value becomes null: bounds stay bounds.
    pub(crate) fn is_monotone(&self) -> bool {
        self.monotone
    }

    /// Converts `array`, which has the canonical Arrow type of `from`.
    ///
    /// # Errors
    /// `Invalid` for text that cannot be parsed, for values beyond the range of nanosecond timestamps.
    pub(crate) fn apply(&self, array: &ArrayRef) -> Result<ArrayRef> {
        match &self.kernel {
            Some(kernel) => kernel(array),
            None => Ok(Arc::clone(array)),
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Family {
    Number,
    Decimal,
    Text,
    Bytes,
    Time,
    Other,
}

fn family(data_type: &DataType) -> Family {
    match &data_type.kind {
        TypeKind::Boolean
        | TypeKind::TinyInt
        | TypeKind::SmallInt
        | TypeKind::Int
        | TypeKind::BigInt
        | TypeKind::Float
        | TypeKind::Double => Family::Number,
        TypeKind::Decimal { .. } => Family::Decimal,
        TypeKind::Char { .. } | TypeKind::VarChar { .. } => Family::Text,
        TypeKind::Binary { .. } | TypeKind::VarBinary { .. } => Family::Bytes,
        TypeKind::Date
        | TypeKind::Time { .. }
        | TypeKind::Timestamp { .. }
        | TypeKind::LocalZonedTimestamp { .. } => Family::Time,
        _ => Family::Other,
    }
}

/// Java takes the zone of the virtual machine for these; this build refuses instead of guessing.
fn depends_on_zone(from: &DataType, to: &DataType) -> bool {
    let zoned = |t: &DataType| matches!(t.kind, TypeKind::LocalZonedTimestamp { .. });
    match (zoned(from), zoned(to)) {
        (true, true) | (false, false) => false,
        // Java computes these two in UTC.
        (true, false) => !matches!(to.kind, TypeKind::BigInt | TypeKind::Int),
        (false, true) => true,
    }
}

/// Widenings only: everything else may wrap, round or reorder.
fn is_monotone(from: &DataType, to: &DataType) -> bool {
    let width = |t: &DataType| match t.kind {
        TypeKind::TinyInt => Some(1),
        TypeKind::SmallInt => Some(2),
        TypeKind::Int => Some(3),
        TypeKind::BigInt => Some(4),
        _ => None,
    };
    if let (Some(a), Some(b)) = (width(from), width(to)) {
        return a <= b;
    }
    match (&from.kind, &to.kind) {
        (TypeKind::Float, TypeKind::Double) => true,
        (
            TypeKind::Decimal { precision: p, scale: s },
            TypeKind::Decimal { precision: q, scale: t },
        ) => t >= s && i16::from(*q) - i16::from(*t) >= i16::from(*p) - i16::from(*s),
        (TypeKind::VarChar { length: a }, TypeKind::VarChar { length: b })
        | (TypeKind::VarBinary { length: a }, TypeKind::VarBinary { length: b }) => a <= b,
        _ => false,
    }
}

fn refuse(from: &DataType, to: &DataType) -> Error {
    Error::unsupported(format!(
        "reading a column of type {} as {}",
        kind_name(&from.kind),
        kind_name(&to.kind)
    ))
}

pub(crate) fn wrong_array(array: &ArrayRef) -> Error {
    Error::internal(format!("a cast was given an array of type {}", array.data_type()))
}

#[cfg(test)]
mod tests;
