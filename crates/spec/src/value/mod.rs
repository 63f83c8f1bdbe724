//! Single values: partition values, keys, statistics, literals of predicates. Never used per row of data.

mod binary_array;
mod binary_row;
mod binary_row_writer;
pub mod calendar;
mod decimal;
mod java_digits;
mod order;
mod parse;
#[cfg(test)]
mod tests;
mod text;
mod timestamp;

pub(crate) use binary_array::{ArrayWriter, BinaryArray};
pub use binary_row::BinaryRow;
pub use binary_row_writer::{BinaryRowWriter, is_compact_decimal, is_compact_timestamp};
pub use decimal::Decimal;
pub use timestamp::Timestamp;

/// One scalar value. Values of nested types appear only as bytes in [`BinaryRow`] and never here.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Null of any type.
    Null,
    /// BOOLEAN
    Boolean(bool),
    /// TINYINT
    TinyInt(i8),
    /// SMALLINT
    SmallInt(i16),
    /// INT
    Int(i32),
    /// BIGINT
    BigInt(i64),
    /// FLOAT
    Float(f32),
    /// DOUBLE
    Double(f64),
    /// DECIMAL
    Decimal(Decimal),
    /// DATE: days since 1970-01-01
    Date(i32),
    /// TIME: milliseconds of the day
    Time(i32),
    /// TIMESTAMP of either kind
    Timestamp(Timestamp),
    /// CHAR and VARCHAR
    String(String),
    /// BINARY and VARBINARY
    Bytes(Vec<u8>),
}

impl Value {
    /// Whether this is [`Value::Null`].
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}
