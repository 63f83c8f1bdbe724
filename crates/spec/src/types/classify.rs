//! Questions about a type: `DataTypeFamily.java`.

use super::{DataType, TypeKind};

impl DataType {
    /// CHAR or VARCHAR.
    pub fn is_string(&self) -> bool {
        matches!(self.kind, TypeKind::Char { .. } | TypeKind::VarChar { .. })
    }

    /// BINARY or VARBINARY.
    pub fn is_binary(&self) -> bool {
        matches!(self.kind, TypeKind::Binary { .. } | TypeKind::VarBinary { .. })
    }

    /// TINYINT, SMALLINT, INT or BIGINT.
    pub fn is_integer(&self) -> bool {
        matches!(
            self.kind,
            TypeKind::TinyInt | TypeKind::SmallInt | TypeKind::Int | TypeKind::BigInt
        )
    }

    /// FLOAT or DOUBLE.
    pub fn is_floating(&self) -> bool {
        matches!(self.kind, TypeKind::Float | TypeKind::Double)
    }

    /// An integer, a floating type or DECIMAL.
    pub fn is_numeric(&self) -> bool {
        self.is_integer() || self.is_floating() || matches!(self.kind, TypeKind::Decimal { .. })
    }

    /// TIMESTAMP of either kind.
    pub fn is_timestamp(&self) -> bool {
        matches!(self.kind, TypeKind::Timestamp { .. } | TypeKind::LocalZonedTimestamp { .. })
    }

    /// DATE, TIME or TIMESTAMP of either kind.
    pub fn is_datetime(&self) -> bool {
        self.is_timestamp() || matches!(self.kind, TypeKind::Date | TypeKind::Time { .. })
    }

    /// ARRAY, MAP, MULTISET, ROW or VECTOR.
    pub fn is_nested(&self) -> bool {
        matches!(
            self.kind,
            TypeKind::Array(_)
                | TypeKind::Map { .. }
                | TypeKind::Multiset(_)
                | TypeKind::Row(_)
                | TypeKind::Vector { .. }
        )
    }

    /// Whether a [`crate::Value`] can hold values of this type: neither nested nor VARIANT, BLOB or opaque.
    pub fn is_scalar(&self) -> bool {
        !self.is_nested()
            && !matches!(self.kind, TypeKind::Variant | TypeKind::Blob | TypeKind::Opaque(_))
    }

    /// Whether a column of this type may be a primary key or partition key
    /// (`SchemaValidation.PRIMARY_KEY_UNSUPPORTED_LOGICAL_TYPES`).
    pub fn can_be_key(&self) -> bool {
        !self.is_nested() && !matches!(self.kind, TypeKind::Variant | TypeKind::Opaque(_))
    }

    /// Digits of the second's fraction of TIME and TIMESTAMP.
    pub fn time_precision(&self) -> Option<u8> {
        match self.kind {
            TypeKind::Time { precision }
            | TypeKind::Timestamp { precision }
            | TypeKind::LocalZonedTimestamp { precision } => Some(precision),
            _ => None,
        }
    }

    /// Whether both are the same type, whatever their own nullability.
    pub fn same_kind(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}
