//! Paimon's logical types and the fields of a schema.

mod classify;
mod display;
mod evolution;
mod field;
mod ids;
mod json;
mod parse;
#[cfg(test)]
mod tests;

pub use evolution::CastSupport;
pub use field::{DataField, SpecialField};
pub(crate) use ids::{highest_id, reassign_ids};
pub(crate) use json::{field_from_json, field_to_json, text_of};

/// A logical type with its nullability. Mirrors `org.apache.paimon.types.DataType`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DataType {
    /// Whether values may be null.
    pub nullable: bool,
    /// The type proper.
    pub kind: TypeKind,
}

/// The type without its nullability. Mirrors `DataTypeRoot` with its parameters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TypeKind {
    /// `BOOLEAN`
    Boolean,
    /// `TINYINT`: 8 bits
    TinyInt,
    /// `SMALLINT`: 16 bits
    SmallInt,
    /// `INT`: 32 bits
    Int,
    /// `BIGINT`: 64 bits
    BigInt,
    /// `FLOAT`: 32 bits
    Float,
    /// `DOUBLE`: 64 bits
    Double,
    /// `DECIMAL(precision, scale)`, precision 1..=38
    Decimal {
        /// Number of digits.
        precision: u8,
        /// Digits after the point.
        scale: u8,
    },
    /// `DATE`: days since 1970-01-01
    Date,
    /// `TIME(precision)`: milliseconds of the day, precision 0..=9
    Time {
        /// Digits of the second's fraction.
        precision: u8,
    },
    /// `TIMESTAMP(precision)` without time zone, precision 0..=9
    Timestamp {
        /// Digits of the second's fraction.
        precision: u8,
    },
    /// `TIMESTAMP(precision) WITH LOCAL TIME ZONE`, precision 0..=9
    LocalZonedTimestamp {
        /// Digits of the second's fraction.
        precision: u8,
    },
    /// `CHAR(length)`
    Char {
        /// Length in code points.
        length: u32,
    },
    /// `VARCHAR(length)`; `STRING` is `VARCHAR(2147483647)`
    VarChar {
        /// Greatest length in code points.
        length: u32,
    },
    /// `BINARY(length)`
    Binary {
        /// Length in bytes.
        length: u32,
    },
    /// `VARBINARY(length)`; `BYTES` is `VARBINARY(2147483647)`
    VarBinary {
        /// Greatest length in bytes.
        length: u32,
    },
    /// `ARRAY<element>`
    Array(Box<DataType>),
    /// `MAP<key, value>`
    Map {
        /// Type of the keys.
        key: Box<DataType>,
        /// Type of the values.
        value: Box<DataType>,
    },
    /// `MULTISET<element>`: a map from element to count
    Multiset(Box<DataType>),
    /// `ROW<fields>`
    Row(Vec<DataField>),
    /// `VARIANT`
    Variant,
    /// `BLOB`
    Blob,
    /// `VECTOR<element, length>`
    Vector {
        /// Type of the elements.
        element: Box<DataType>,
        /// Number of elements.
        length: u32,
    },
    /// A type this build only carries through, as its SQL string (`GEOMETRY(...)`, `GEOGRAPHY(...)`).
    Opaque(String),
}

/// Length of `STRING` and `BYTES`.
pub const MAX_LENGTH: u32 = 2_147_483_647;

impl DataType {
    /// A nullable type.
    pub fn new(kind: TypeKind) -> Self {
        Self { nullable: true, kind }
    }

    /// A `NOT NULL` type.
    pub fn not_null(kind: TypeKind) -> Self {
        Self { nullable: false, kind }
    }

    /// `STRING`.
    pub fn string() -> Self {
        Self::new(TypeKind::VarChar { length: MAX_LENGTH })
    }

    /// The same type with the nullability given.
    #[must_use]
    pub fn with_nullable(mut self, nullable: bool) -> Self {
        self.nullable = nullable;
        self
    }
}
