//! Values of a MAP under one key, named like a column: `m[k]`, as file indexes name them (`FileIndexCommon.java`).

use super::TableSchema;
use crate::{DataField, DataType, TypeKind};

/// The values of a MAP column under one key, which are null where the map has no such key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MapKey<'a> {
    /// The MAP column.
    pub field: &'a DataField,
    /// The key.
    pub key: &'a str,
    /// Type of the values.
    pub values: &'a DataType,
}

impl<'a> MapKey<'a> {
    /// The name for a key of a column.
    pub fn name_of(column: &str, key: &str) -> String {
        format!("{column}[{key}]")
    }

    /// What `name` means when it names a key of a MAP with text keys among `fields`; `None` also when there is a column
    /// of that name.
    pub fn among(fields: &'a [DataField], name: &'a str) -> Option<Self> {
        let field = |name: &str| fields.iter().find(|f| f.name == name);
        if field(name).is_some() {
            return None;
        }
        let inner = name.strip_suffix(']')?;
        // a column's name may have brackets, too
        inner.match_indices('[').find_map(|(at, _)| {
            let field = field(inner.get(..at)?)?;
            let TypeKind::Map { key, value } = &field.data_type.kind else { return None };
            let is_text = matches!(key.kind, TypeKind::Char { .. } | TypeKind::VarChar { .. });
            is_text.then_some(Self { field, key: inner.get(at + 1..)?, values: value })
        })
    }
}

impl TableSchema {
    /// [`MapKey::among`] the columns.
    pub fn map_key<'a>(&'a self, name: &'a str) -> Option<MapKey<'a>> {
        MapKey::among(&self.fields, name)
    }
}
