//! What the Parquet reader gives, as the canonical Arrow type of the column's Paimon type: other engines (tables that
//! were migrated) and old releases store the same type in other ways.

use crate::arrow_schema::{kind_name, to_arrow_type};
use crate::int96;
use crate::variant;
use arrow::array::cast::AsArray;
use arrow::array::types::{Decimal128Type, Int32Type, Int64Type};
use arrow::array::{Array, ArrayRef, ListArray, MapArray, PrimitiveArray, StructArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType as ArrowType, FieldRef, Fields, TimeUnit};
use rimon_spec::{DataField, DataType, Error, Result, TypeKind};
use std::sync::Arc;

/// `array` as the canonical Arrow type of `data_type`; nested rows by the names of the schema that wrote the file.
///
/// # Errors
/// `Unsupported` when the file stores something else under this type.
pub(crate) fn canonical(array: &ArrayRef, data_type: &DataType) -> Result<ArrayRef> {
    let wanted = to_arrow_type(data_type)?;
    if *array.data_type() == wanted {
        return Ok(Arc::clone(array));
    }
    match (&data_type.kind, &wanted) {
        (TypeKind::Row(fields), ArrowType::Struct(arrow)) => row(array, fields, arrow),
        (TypeKind::Array(element), ArrowType::List(child)) => list(array, element, child),
        (TypeKind::Map { key, value }, ArrowType::Map(entries, _)) => {
            map(array, key, value, entries)
        }
        (TypeKind::Multiset(key), ArrowType::Map(entries, _)) => {
            map(array, key, &DataType::not_null(TypeKind::Int), entries)
        }
        (TypeKind::Variant, _) => variant::assemble(array),
        (_, ArrowType::Timestamp(unit, zone)) => timestamp(array, *unit, zone.is_some(), &wanted),
        (TypeKind::Decimal { scale, .. }, _) => decimal(array, *scale, &wanted),
        _ => scalar(array, data_type, &wanted),
    }
}

fn mismatch(array: &ArrayRef, wanted: &str) -> Error {
    Error::unsupported(format!(
        "the file stores {} where its schema says {wanted}",
        array.data_type()
    ))
}

fn row(array: &ArrayRef, fields: &[DataField], arrow: &Fields) -> Result<ArrayRef> {
    let rows = array.as_struct_opt().ok_or_else(|| mismatch(array, "ROW"))?;
    let column = |field: &DataField| {
        let found = rows.column_by_name(&field.name).ok_or_else(|| {
            Error::unsupported("a ROW in the file lacks a field of the schema that wrote it")
                .with("field", &field.name)
        })?;
        canonical(found, &field.data_type)
    };
    let columns = fields.iter().map(column).collect::<Result<_>>()?;
    let nulls = rows.nulls().cloned();
    let made = StructArray::try_new_with_length(arrow.clone(), columns, nulls, rows.len());
    Ok(Arc::new(made.map_err(nested)?))
}

fn list(array: &ArrayRef, element: &DataType, child: &FieldRef) -> Result<ArrayRef> {
    let lists = array.as_list_opt::<i32>().ok_or_else(|| mismatch(array, "ARRAY"))?;
    let values = canonical(lists.values(), element)?;
    let (offsets, nulls) = (lists.offsets().clone(), lists.nulls().cloned());
    let made = ListArray::try_new(Arc::clone(child), offsets, values, nulls);
    Ok(Arc::new(made.map_err(nested)?))
}

fn map(array: &ArrayRef, key: &DataType, value: &DataType, entries: &FieldRef) -> Result<ArrayRef> {
    let maps = array.as_map_opt().ok_or_else(|| mismatch(array, "MAP"))?;
    let ArrowType::Struct(fields) = entries.data_type() else {
        return Err(Error::internal("the entries of a map are not a struct"));
    };
    let columns = vec![canonical(maps.keys(), key)?, canonical(maps.values(), value)?];
    let pairs = StructArray::try_new(fields.clone(), columns, None).map_err(nested)?;
    let (offsets, nulls) = (maps.offsets().clone(), maps.nulls().cloned());
    let made = MapArray::try_new(Arc::clone(entries), offsets, pairs, nulls, false);
    Ok(Arc::new(made.map_err(nested)?))
}

fn nested(e: arrow::error::ArrowError) -> Error {
    Error::corrupt("a nested column does not hold together").with_source(e)
}

fn timestamp(
    array: &ArrayRef,
    unit: TimeUnit,
    zoned: bool,
    wanted: &ArrowType,
) -> Result<ArrayRef> {
    match array.data_type() {
        ArrowType::FixedSizeBinary(12) => int96::decode(array, unit, zoned),
        // Whether instants are of a zone is the schema's word, not the file's: the same numbers either way.
        ArrowType::Timestamp(stored, _) => {
            let plain = ArrowType::Timestamp(*stored, None);
            let numbers = relabel(array, plain)?;
            let scaled = strict(&numbers, &ArrowType::Timestamp(unit, None))?;
            relabel(&scaled, wanted.clone())
        }
        // A number without annotation counts the unit of the schema's precision.
        ArrowType::Int64 => strict(array, wanted),
        _ => Err(mismatch(array, "TIMESTAMP")),
    }
}

/// The same bits under another type of the same width.
fn relabel(array: &ArrayRef, data_type: ArrowType) -> Result<ArrayRef> {
    let data = array.to_data().into_builder().data_type(data_type).build();
    data.map(arrow::array::make_array).map_err(|e| Error::internal("a timestamp").with_source(e))
}

fn decimal(array: &ArrayRef, scale: u8, wanted: &ArrowType) -> Result<ArrayRef> {
    let unscaled: PrimitiveArray<Decimal128Type> = match array.data_type() {
        ArrowType::Decimal128(_, s) if *s == i8::try_from(scale).unwrap_or(i8::MAX) => {
            array.as_primitive::<Decimal128Type>().clone()
        }
        ArrowType::Decimal128(..) | ArrowType::Decimal256(..) => return strict(array, wanted),
        ArrowType::Int32 => array.as_primitive::<Int32Type>().unary(i128::from),
        ArrowType::Int64 => array.as_primitive::<Int64Type>().unary(i128::from),
        _ => return Err(mismatch(array, "DECIMAL")),
    };
    Ok(Arc::new(unscaled.with_data_type(wanted.clone())))
}

fn scalar(array: &ArrayRef, data_type: &DataType, wanted: &ArrowType) -> Result<ArrayRef> {
    use ArrowType::{
        Binary, Date32, Int8, Int16, Int32, Int64, Time32, Time64, UInt8, UInt16, UInt32, UInt64,
        Utf8,
    };
    let known = matches!(
        (array.data_type(), wanted),
        (Int32 | UInt8 | UInt16 | UInt32, Int8 | Int16)
            | (Int8 | Int16 | UInt8 | UInt16 | UInt32, Int32)
            | (Int32 | UInt32 | UInt64, Int64)
            | (Int32, Date32)
            | (Int32, Time32(_))
            | (Time64(_), Time32(_))
            | (Binary, Utf8)
            | (Utf8, Binary)
            | (ArrowType::FixedSizeBinary(_), Binary)
    );
    // A plain 64-bit count of microseconds or milliseconds would be a guess.
    if !known || (*array.data_type() == Int64 && *wanted != Int64) {
        return Err(mismatch(array, &kind_name(&data_type.kind)));
    }
    strict(array, wanted)
}

/// A conversion that fails rather than making nulls.
fn strict(array: &ArrayRef, wanted: &ArrowType) -> Result<ArrayRef> {
    let options = CastOptions { safe: false, ..CastOptions::default() };
    cast_with_options(array, wanted, &options).map_err(|e| {
        Error::unsupported(format!("values of a column do not fit {wanted}")).with_source(e)
    })
}
