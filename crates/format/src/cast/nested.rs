//! ROW by field id, ARRAY and MAP by their parts (`SchemaEvolutionUtil.createCastExecutor`).

use super::{Cast, Kernel, wrong_array};
use crate::arrow_schema::to_arrow_type;
use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, ListArray, MapArray, StructArray, new_null_array};
use arrow::datatypes::{DataType as ArrowType, FieldRef, Fields};
use rimon_spec::{DataField, DataType, Error, Result, TypeKind};
use std::sync::Arc;

/// The conversion between nested types of one kind; `None` when the two are not.
///
/// # Errors
/// `Unsupported` when a part cannot be converted.
pub(super) fn cast(from: &DataType, to: &DataType) -> Result<Option<Kernel>> {
    let arrow = match &to.kind {
        TypeKind::Row(_) | TypeKind::Array(_) | TypeKind::Map { .. } | TypeKind::Multiset(_) => {
            to_arrow_type(to)?
        }
        _ => return Ok(None),
    };
    Ok(match (&from.kind, &to.kind, arrow) {
        (TypeKind::Row(old), TypeKind::Row(new), ArrowType::Struct(fields)) => {
            Some(row(old, new, fields)?)
        }
        (TypeKind::Array(old), TypeKind::Array(new), ArrowType::List(child)) => {
            Some(list(Cast::new(old, new)?, child))
        }
        (
            TypeKind::Map { key: old_key, value: old },
            TypeKind::Map { key: new_key, value: new },
            ArrowType::Map(entries, _),
        ) => {
            let key = Cast::new(old_key, new_key)?;
            if !key.is_identity() {
                return Err(super::refuse(from, to).with_hint("the type of map keys has changed"));
            }
            Some(map(Cast::new(old, new)?, entries)?)
        }
        _ => None,
    })
}

fn row(old: &[DataField], new: &[DataField], fields: Fields) -> Result<Kernel> {
    let mut parts = Vec::with_capacity(new.len());
    for field in new {
        let found = old.iter().position(|o| o.id == field.id);
        let cast = match found.and_then(|i| old.get(i)) {
            Some(o) => Some(
                Cast::new(&o.data_type, &field.data_type)
                    .map_err(|e| e.with("field", &field.name))?,
            ),
            None => None,
        };
        parts.push((found, cast));
    }
    Ok(Arc::new(move |array| {
        let rows = array.as_struct_opt().ok_or_else(|| wrong_array(array))?;
        let mut columns = Vec::with_capacity(parts.len());
        for ((position, cast), field) in parts.iter().zip(&fields) {
            let column = position.and_then(|i| rows.columns().get(i));
            columns.push(match (column, cast) {
                (Some(column), Some(cast)) => cast.apply(column)?,
                _ => new_null_array(field.data_type(), rows.len()),
            });
        }
        let result = StructArray::try_new_with_length(
            fields.clone(),
            columns,
            rows.nulls().cloned(),
            rows.len(),
        );
        Ok(Arc::new(result.map_err(assemble)?) as ArrayRef)
    }))
}

fn list(element: Cast, child: FieldRef) -> Kernel {
    Arc::new(move |array| {
        let lists = array.as_list_opt::<i32>().ok_or_else(|| wrong_array(array))?;
        let values = element.apply(lists.values())?;
        let result = ListArray::try_new(
            Arc::clone(&child),
            lists.offsets().clone(),
            values,
            lists.nulls().cloned(),
        );
        Ok(Arc::new(result.map_err(assemble)?) as ArrayRef)
    })
}

fn map(value: Cast, entries: FieldRef) -> Result<Kernel> {
    let ArrowType::Struct(fields) = entries.data_type().clone() else {
        return Err(Error::internal("the entries of a map are not a struct"));
    };
    Ok(Arc::new(move |array| {
        let maps = array.as_map_opt().ok_or_else(|| wrong_array(array))?;
        let columns = vec![Arc::clone(maps.keys()), value.apply(maps.values())?];
        let pairs = StructArray::try_new(fields.clone(), columns, maps.entries().nulls().cloned())
            .map_err(assemble)?;
        let result = MapArray::try_new(
            Arc::clone(&entries),
            maps.offsets().clone(),
            pairs,
            maps.nulls().cloned(),
            false,
        );
        Ok(Arc::new(result.map_err(assemble)?) as ArrayRef)
    }))
}

fn assemble(e: arrow::error::ArrowError) -> Error {
    Error::invalid("a nested column does not fit its new type").with_source(e)
}
