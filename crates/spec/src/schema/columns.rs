//! Finding columns by path, and placing them.

use super::ColumnMove;
use crate::{DataField, DataType, Error, Result, TypeKind};

/// The error for a column that is not there.
pub(super) fn no_column(path: &[String]) -> Error {
    Error::not_found(format!("column '{}' does not exist", path.join(".")))
}

/// The list of fields that the last name of `path` is of, and that name.
pub(super) fn parent<'f, 'p>(
    fields: &'f mut Vec<DataField>,
    path: &'p [String],
) -> Result<(&'f mut Vec<DataField>, &'p str)> {
    match path {
        [] => Err(Error::invalid("a column without name")),
        [name] => Ok((fields, name)),
        [name, rest @ ..] => {
            let field = fields.iter_mut().find(|f| f.name == *name);
            let field = field.ok_or_else(|| no_column(path))?;
            parent_in_type(&mut field.data_type, rest).map_err(|_| no_column(path))
        }
    }
}

fn parent_in_type<'f, 'p>(
    data_type: &'f mut DataType,
    path: &'p [String],
) -> Result<(&'f mut Vec<DataField>, &'p str)> {
    match (&mut data_type.kind, path) {
        (TypeKind::Row(fields), path) => parent(fields, path),
        (TypeKind::Array(element), [name, rest @ ..]) if name == "element" => {
            parent_in_type(element, rest)
        }
        (TypeKind::Map { value, .. }, [name, rest @ ..]) if name == "value" => {
            parent_in_type(value, rest)
        }
        _ => Err(no_column(path)),
    }
}

/// The field at `path`.
pub(super) fn field<'f>(
    fields: &'f mut Vec<DataField>,
    path: &[String],
) -> Result<&'f mut DataField> {
    let (fields, name) = parent(fields, path)?;
    fields.iter_mut().find(|f| f.name == name).ok_or_else(|| no_column(path))
}

/// The type at `path`, which may end inside an ARRAY or MAP.
pub(super) fn data_type<'f>(
    fields: &'f mut [DataField],
    path: &[String],
) -> Result<&'f mut DataType> {
    let [name, rest @ ..] = path else { return Err(Error::invalid("a column without name")) };
    let field = fields.iter_mut().find(|f| f.name == *name).ok_or_else(|| no_column(path))?;
    type_in(&mut field.data_type, rest).map_err(|_| no_column(path))
}

fn type_in<'f>(current: &'f mut DataType, path: &[String]) -> Result<&'f mut DataType> {
    let [name, rest @ ..] = path else { return Ok(current) };
    match &mut current.kind {
        TypeKind::Row(fields) => data_type(fields, path),
        TypeKind::Array(element) if name == "element" => type_in(element, rest),
        TypeKind::Map { value, .. } if name == "value" => type_in(value, rest),
        _ => Err(no_column(path)),
    }
}

/// Where a new column goes.
pub(super) fn insertion(fields: &[DataField], position: &ColumnMove) -> Result<usize> {
    match position {
        ColumnMove::First => Ok(0),
        ColumnMove::Last => Ok(fields.len()),
        ColumnMove::After(name) => index(fields, name).map(|i| i + 1),
        ColumnMove::Before(name) => index(fields, name),
    }
}

fn index(fields: &[DataField], name: &str) -> Result<usize> {
    let found = fields.iter().position(|f| f.name == name);
    found.ok_or_else(|| no_column(&[name.to_owned()]))
}

/// Moves a column.
pub(super) fn shift(fields: &mut Vec<DataField>, name: &str, position: &ColumnMove) -> Result<()> {
    let from = index(fields, name)?;
    let reference = match position {
        ColumnMove::First => 0,
        ColumnMove::Last => fields.len().saturating_sub(1),
        ColumnMove::After(other) | ColumnMove::Before(other) => index(fields, other)?,
    };
    if reference == from {
        return Err(Error::invalid(format!("column '{name}' cannot be moved to where it is")));
    }
    let moved = fields.remove(from);
    let to = insertion(fields, position)?;
    fields.insert(to, moved);
    Ok(())
}
