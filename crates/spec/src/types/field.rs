//! Fields of a schema, and the reserved ones of data files (`SpecialFields.java`).

use super::{DataType, TypeKind};

/// A column of a table or a field of a ROW. Mirrors `org.apache.paimon.types.DataField`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DataField {
    /// Unique in the table, never reused; how columns are matched through schema evolution.
    pub id: i32,
    /// Name in this schema.
    pub name: String,
    /// Type in this schema.
    pub data_type: DataType,
    /// Comment, if any.
    pub description: Option<String>,
    /// Default for writes, as its SQL text, if any.
    pub default_value: Option<String>,
}

impl DataField {
    /// A field without comment and default.
    pub fn new(id: i32, name: impl Into<String>, data_type: DataType) -> Self {
        Self { id, name: name.into(), data_type, description: None, default_value: None }
    }
}

/// The fields that Paimon adds to data files, with ids outside the range of table columns.
#[derive(Debug, Clone, Copy)]
pub struct SpecialField;

impl SpecialField {
    /// Prefix of key columns in the files of primary-key tables.
    pub const KEY_PREFIX: &'static str = "_KEY_";
    /// Added to a column's id for its `_KEY_` twin.
    pub const KEY_ID_OFFSET: i32 = 1_073_741_823;
    /// Name of the sequence column.
    pub const SEQUENCE_NUMBER: &'static str = "_SEQUENCE_NUMBER";
    /// Name of the row-kind column.
    pub const VALUE_KIND: &'static str = "_VALUE_KIND";

    /// Name of the column of row ids.
    pub const ROW_ID: &'static str = "_ROW_ID";

    /// Whether a column of a table may not have this name (`SpecialFields.isSystemField`).
    pub fn is_system(name: &str) -> bool {
        name.starts_with(Self::KEY_PREFIX)
            || matches!(name, Self::SEQUENCE_NUMBER | Self::VALUE_KIND)
            || matches!(name, "_LEVEL" | "rowkind" | Self::ROW_ID)
    }

    /// `_KEY_<name>` of a primary-key column; NOT NULL as the key is.
    pub fn key(field: &DataField) -> DataField {
        DataField::new(
            field.id.wrapping_add(Self::KEY_ID_OFFSET),
            format!("{}{}", Self::KEY_PREFIX, field.name),
            field.data_type.clone(),
        )
    }

    /// `_SEQUENCE_NUMBER BIGINT NOT NULL`.
    pub fn sequence_number() -> DataField {
        DataField::new(2_147_483_646, Self::SEQUENCE_NUMBER, DataType::not_null(TypeKind::BigInt))
    }

    /// `_ROW_ID BIGINT`, of tables with row tracking.
    pub fn row_id() -> DataField {
        DataField::new(2_147_483_642, Self::ROW_ID, DataType::new(TypeKind::BigInt))
    }

    /// `_VALUE_KIND TINYINT NOT NULL`.
    pub fn value_kind() -> DataField {
        DataField::new(2_147_483_645, Self::VALUE_KIND, DataType::not_null(TypeKind::TinyInt))
    }
}
