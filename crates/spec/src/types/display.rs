//! Types as SQL text: `asSQLString` of Java's types.

use super::{DataField, DataType, MAX_LENGTH, TypeKind};
use std::fmt::{Display, Formatter, Result};

impl Display for DataType {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.kind.fmt(f)?;
        if self.nullable { Ok(()) } else { f.write_str(" NOT NULL") }
    }
}

impl Display for TypeKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Boolean => f.write_str("BOOLEAN"),
            Self::TinyInt => f.write_str("TINYINT"),
            Self::SmallInt => f.write_str("SMALLINT"),
            Self::Int => f.write_str("INT"),
            Self::BigInt => f.write_str("BIGINT"),
            Self::Float => f.write_str("FLOAT"),
            Self::Double => f.write_str("DOUBLE"),
            Self::Decimal { precision, scale } => write!(f, "DECIMAL({precision}, {scale})"),
            Self::Date => f.write_str("DATE"),
            Self::Time { precision } => write!(f, "TIME({precision})"),
            Self::Timestamp { precision } => write!(f, "TIMESTAMP({precision})"),
            Self::LocalZonedTimestamp { precision } => {
                write!(f, "TIMESTAMP({precision}) WITH LOCAL TIME ZONE")
            }
            Self::Char { length } => write!(f, "CHAR({length})"),
            Self::VarChar { length: MAX_LENGTH } => f.write_str("STRING"),
            Self::VarChar { length } => write!(f, "VARCHAR({length})"),
            Self::Binary { length } => write!(f, "BINARY({length})"),
            Self::VarBinary { length: MAX_LENGTH } => f.write_str("BYTES"),
            Self::VarBinary { length } => write!(f, "VARBINARY({length})"),
            Self::Array(element) => write!(f, "ARRAY<{element}>"),
            Self::Map { key, value } => write!(f, "MAP<{key}, {value}>"),
            Self::Multiset(element) => write!(f, "MULTISET<{element}>"),
            Self::Row(fields) => write_row(fields, f),
            Self::Variant => f.write_str("VARIANT"),
            Self::Blob => f.write_str("BLOB"),
            Self::Vector { element, length } => write!(f, "VECTOR<{element}, {length}>"),
            Self::Opaque(text) => f.write_str(text),
        }
    }
}

fn write_row(fields: &[DataField], f: &mut Formatter<'_>) -> Result {
    f.write_str("ROW<")?;
    for (i, field) in fields.iter().enumerate() {
        if i > 0 {
            f.write_str(", ")?;
        }
        field.fmt(f)?;
    }
    f.write_str(">")
}

impl Display for DataField {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "`{}` {}", self.name.replace('`', "``"), self.data_type)?;
        if let Some(text) = self.description.as_deref().filter(|d| !d.is_empty()) {
            write!(f, " COMMENT '{}'", text.replace('\'', "''"))?;
        }
        if let Some(default) = &self.default_value {
            write!(f, " DEFAULT {default}")?;
        }
        Ok(())
    }
}
