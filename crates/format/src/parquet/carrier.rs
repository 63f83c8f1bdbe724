//! Columns as the encoders of the `parquet` crate take them: nanosecond timestamps, at any depth, as the twelve bytes
//! of their INT96.

use super::schema::INT96_LENGTH;
use crate::int96;
use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, ListArray, MapArray, StructArray};
use arrow::datatypes::{DataType as ArrowType, Field, FieldRef, Fields, TimeUnit};
use arrow::error::ArrowError;
use rimon_spec::{Error, Result};
use std::sync::Arc;

/// The fields that the encoders see.
pub(super) fn fields(fields: &Fields) -> Fields {
    fields.iter().map(field).collect()
}

fn field(field: &FieldRef) -> FieldRef {
    Arc::new(Field::new(field.name(), data_type(field.data_type()), field.is_nullable()))
}

fn data_type(canonical: &ArrowType) -> ArrowType {
    match canonical {
        ArrowType::Timestamp(TimeUnit::Nanosecond, _) => ArrowType::FixedSizeBinary(INT96_LENGTH),
        ArrowType::List(child) => ArrowType::List(field(child)),
        ArrowType::Map(entries, sorted) => ArrowType::Map(field(entries), *sorted),
        ArrowType::Struct(children) => ArrowType::Struct(fields(children)),
        other => other.clone(),
    }
}

/// `array`, of a canonical type, as the type `carried` that the encoders see.
pub(super) fn array(array: &ArrayRef, carried: &ArrowType) -> Result<ArrayRef> {
    if array.data_type() == carried {
        return Ok(Arc::clone(array));
    }
    match (array.data_type(), carried) {
        (ArrowType::Timestamp(..), ArrowType::FixedSizeBinary(_)) => int96::encode(array),
        (ArrowType::Struct(_), ArrowType::Struct(fields)) => {
            let rows = array.as_struct();
            Ok(Arc::new(row(rows, fields)?))
        }
        (ArrowType::List(_), ArrowType::List(child)) => {
            let lists = array.as_list::<i32>();
            let values = self::array(lists.values(), child.data_type())?;
            let (offsets, nulls) = (lists.offsets().clone(), lists.nulls().cloned());
            Ok(Arc::new(
                ListArray::try_new(Arc::clone(child), offsets, values, nulls).map_err(failed)?,
            ))
        }
        (ArrowType::Map(..), ArrowType::Map(entries, _)) => {
            let maps = array.as_map();
            let ArrowType::Struct(fields) = entries.data_type() else {
                return Err(Error::internal("the entries of a map are not a struct"));
            };
            let pairs = row(maps.entries(), fields)?;
            let (offsets, nulls) = (maps.offsets().clone(), maps.nulls().cloned());
            Ok(Arc::new(
                MapArray::try_new(Arc::clone(entries), offsets, pairs, nulls, false)
                    .map_err(failed)?,
            ))
        }
        (from, to) => Err(Error::internal(format!("no way to encode {from} as {to}"))),
    }
}

fn row(rows: &StructArray, fields: &Fields) -> Result<StructArray> {
    let pairs = rows.columns().iter().zip(fields);
    let columns = pairs.map(|(c, f)| array(c, f.data_type())).collect::<Result<_>>()?;
    let nulls = rows.nulls().cloned();
    StructArray::try_new_with_length(fields.clone(), columns, nulls, rows.len()).map_err(failed)
}

fn failed(e: ArrowError) -> Error {
    Error::internal("preparing a nested column").with_source(e)
}
