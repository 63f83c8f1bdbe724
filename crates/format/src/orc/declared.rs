//! The columns that a file declares, as far as manifests need them.

use super::tail::{Kind, Tail, Type};
use rimon_spec::{DataField, DataType, Error, MAX_LENGTH, Result, TypeKind};

/// Columns inside columns.
const MAX_DEPTH: usize = 16;

/// The columns of a file. All may be null: ORC does not say which may not.
///
/// # Errors
/// `Unsupported` naming a column of a type that no manifest has.
pub(super) fn fields(tail: &Tail) -> Result<Vec<DataField>> {
    match tail.types.first() {
        Some(root) => inside(tail, root, 0),
        None => Err(Error::corrupt("an ORC file without columns")),
    }
}

fn inside(tail: &Tail, parent: &Type, depth: usize) -> Result<Vec<DataField>> {
    let children = parent.children.iter().zip(&parent.names);
    let field = |(index, name): (&usize, &String)| {
        let data_type = data_type(tail, *index, depth).map_err(|e| e.with("column", name))?;
        let id = i32::try_from(*index).map_err(|_| Error::corrupt("the number of a column"))?;
        Ok(DataField::new(id, name, data_type))
    };
    children.map(field).collect()
}

fn data_type(tail: &Tail, index: usize, depth: usize) -> Result<DataType> {
    let found = tail.types.get(index);
    let found = found.ok_or_else(|| Error::corrupt("a column that is not in the schema"))?;
    let kind = match (found.kind, found.children.as_slice()) {
        (Kind::Byte, _) => TypeKind::TinyInt,
        (Kind::Short, _) => TypeKind::SmallInt,
        (Kind::Int, _) => TypeKind::Int,
        (Kind::Long, _) => TypeKind::BigInt,
        (Kind::String | Kind::Varchar, _) => TypeKind::VarChar { length: MAX_LENGTH },
        (Kind::Binary, _) => TypeKind::VarBinary { length: MAX_LENGTH },
        // The creation times of files.
        (Kind::Timestamp, _) => TypeKind::Timestamp { precision: 3 },
        (Kind::List, [item]) if depth < MAX_DEPTH => {
            TypeKind::Array(Box::new(data_type(tail, *item, depth + 1)?))
        }
        (Kind::Struct, _) if depth < MAX_DEPTH => TypeKind::Row(inside(tail, found, depth + 1)?),
        (other, _) => return Err(Error::unsupported(format!("{other:?} in an ORC manifest"))),
    };
    Ok(DataType::new(kind))
}
