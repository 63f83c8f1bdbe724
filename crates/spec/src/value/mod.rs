//! Single values: partition values, keys, statistics, literals of predicates. Never used per row of data.

mod binary_row;
mod binary_row_writer;
mod decimal;
mod order;
mod timestamp;

pub use binary_row::BinaryRow;
pub use binary_row_writer::BinaryRowWriter;
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

impl Value {
    /// Java's order; null before everything. Values of one type only; others compare by type.
    pub fn compare(&self, _other: &Self) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }

    /// As Java's CAST to STRING writes it; `NULL` for null.
    pub fn to_sql_string(&self, _data_type: &crate::DataType) -> String {
        String::new()
    }

    /// The reverse: a value of `data_type` from text.
    pub fn parse(_text: &str, _data_type: &crate::DataType) -> crate::Result<Self> {
        Err(crate::Error::internal("unfinished"))
    }
}
