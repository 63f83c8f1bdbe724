//! Changes of a schema: `SchemaChange.java`.

use crate::DataType;

/// Where a column goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnMove {
    /// Before all.
    First,
    /// Behind the column named.
    After(String),
    /// Before the column named.
    Before(String),
    /// Behind all.
    Last,
}

/// One change. Columns are paths: `["a"]` for a column, `["a", "x"]` for a field of a ROW column; `element` and `value`
/// lead into an ARRAY and the values of a MAP.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum SchemaChange {
    /// Sets an option.
    SetOption {
        /// Key.
        key: String,
        /// Value.
        value: String,
    },
    /// Removes an option.
    RemoveOption(String),
    /// Sets or removes the table's comment.
    UpdateComment(Option<String>),
    /// Adds a nullable column.
    AddColumn {
        /// Path of the new column.
        column: Vec<String>,
        /// Type.
        data_type: DataType,
        /// Comment.
        description: Option<String>,
        /// Position; `None`: at the end.
        position: Option<ColumnMove>,
    },
    /// Renames a column.
    RenameColumn {
        /// Path of the column.
        column: Vec<String>,
        /// New last name.
        name: String,
    },
    /// Drops a column.
    DropColumn(Vec<String>),
    /// Changes a column's type.
    UpdateColumnType {
        /// Path of the column.
        column: Vec<String>,
        /// New type.
        data_type: DataType,
        /// Keep the column's nullability and not the type's.
        keep_nullability: bool,
    },
    /// Changes a column's nullability.
    UpdateColumnNullability {
        /// Path of the column.
        column: Vec<String>,
        /// Whether it may be null.
        nullable: bool,
    },
    /// Changes a column's comment.
    UpdateColumnComment {
        /// Path of the column.
        column: Vec<String>,
        /// New comment.
        comment: Option<String>,
    },
    /// Changes a column's default.
    UpdateColumnDefault {
        /// Path of the column.
        column: Vec<String>,
        /// New default as SQL text; `None`: no default.
        default_value: Option<String>,
    },
    /// Moves a top-level column.
    UpdateColumnPosition {
        /// Column.
        column: String,
        /// Where to.
        position: ColumnMove,
    },
}
