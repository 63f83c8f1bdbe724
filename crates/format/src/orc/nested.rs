//! Lists, maps and rows of a stripe.

use super::column::{Column, lengths, offsets, values_of};
use super::integers::Integers;
use super::stripe::Streams;
use super::tail::{Kind, Tail, child};
use crate::arrow_schema::to_arrow_type;
use arrow::array::{Array, ArrayRef, ListArray, MapArray, StructArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType as ArrowType, FieldRef, Fields};
use arrow::error::ArrowError;
use rimon_spec::{DataField, DataType, Error, Result, TypeKind};
use std::sync::Arc;

#[derive(Debug)]
pub(super) enum Nested {
    List { lengths: Box<Integers>, item: Box<Column>, child: FieldRef },
    Map { lengths: Box<Integers>, key: Box<Column>, value: Box<Column>, child: FieldRef },
    Row { columns: Vec<Column>, fields: Fields },
}

impl Nested {
    /// `None` when the file's type is not of this kind.
    pub(super) fn new(
        tail: &Tail,
        streams: &Streams,
        index: usize,
        data_type: &DataType,
    ) -> Result<Option<Self>> {
        let Some(stored) = tail.types.get(index) else { return Ok(None) };
        let arrow = to_arrow_type(data_type)?;
        let column =
            |child: &usize, data_type: &DataType| Column::new(tail, streams, *child, data_type);
        let count = DataType::not_null(TypeKind::Int);
        let entry = match &data_type.kind {
            TypeKind::Map { key, value } => Some((key.as_ref(), value.as_ref())),
            TypeKind::Multiset(key) => Some((key.as_ref(), &count)),
            _ => None,
        };
        Ok(Some(match (&data_type.kind, stored.kind, arrow, stored.children.as_slice()) {
            (TypeKind::Array(element), Kind::List, ArrowType::List(child), [item]) => Self::List {
                lengths: Box::new(lengths(streams, index)),
                item: Box::new(column(item, element)?),
                child,
            },
            (TypeKind::Row(wanted), Kind::Struct, ArrowType::Struct(fields), _) => {
                let part = |field: &DataField| match child(stored, &field.name) {
                    Some(found) => {
                        column(&found, &field.data_type).map_err(|e| e.with("field", &field.name))
                    }
                    None => Column::missing(&field.data_type),
                };
                Self::Row { columns: wanted.iter().map(part).collect::<Result<_>>()?, fields }
            }
            (_, Kind::Map, ArrowType::Map(child, _), [keys, values]) => {
                let Some((key, value)) = entry else { return Ok(None) };
                Self::Map {
                    lengths: Box::new(lengths(streams, index)),
                    key: Box::new(column(keys, key)?),
                    value: Box::new(column(values, value)?),
                    child,
                }
            }
            _ => return Ok(None),
        }))
    }

    pub(super) fn next(&mut self, rows: usize, nulls: Option<NullBuffer>) -> Result<ArrayRef> {
        let made = match self {
            Self::List { lengths, item, child } => {
                let (offsets, total) = positions(lengths, rows, nulls.as_ref())?;
                let values = item.next(total, None)?;
                ListArray::try_new(Arc::clone(child), offsets, values, nulls)
                    .map(|a| Arc::new(a) as ArrayRef)
            }
            Self::Map { lengths, key, value, child } => {
                let (offsets, total) = positions(lengths, rows, nulls.as_ref())?;
                let columns = vec![key.next(total, None)?, value.next(total, None)?];
                if columns.first().is_some_and(|keys| keys.null_count() > 0) {
                    return Err(Error::unsupported("a null key in a map"));
                }
                map(columns, offsets, nulls, child)
            }
            Self::Row { columns, fields } => {
                let next = |column: &mut Column| column.next(rows, nulls.as_ref());
                let columns = columns.iter_mut().map(next).collect::<Result<_>>()?;
                StructArray::try_new_with_length(fields.clone(), columns, nulls, rows)
                    .map(|a| Arc::new(a) as ArrayRef)
            }
        };
        made.map_err(|e| Error::corrupt("a nested column does not hold together").with_source(e))
    }
}

fn map(
    columns: Vec<ArrayRef>,
    offsets: OffsetBuffer<i32>,
    nulls: Option<NullBuffer>,
    child: &FieldRef,
) -> Result<ArrayRef, ArrowError> {
    let ArrowType::Struct(fields) = child.data_type() else {
        return Err(ArrowError::SchemaError("entries of a map".to_owned()));
    };
    let pairs = StructArray::try_new(fields.clone(), columns, None)?;
    Ok(Arc::new(MapArray::try_new(Arc::clone(child), offsets, pairs, nulls, false)?))
}

fn positions(
    lengths: &mut Integers,
    rows: usize,
    nulls: Option<&NullBuffer>,
) -> Result<(OffsetBuffer<i32>, usize)> {
    let offsets = offsets(lengths.take(values_of(rows, nulls))?, nulls)?;
    let total = offsets.last().copied().unwrap_or(0);
    Ok((OffsetBuffer::new(offsets.into()), usize::try_from(total).unwrap_or_default()))
}
