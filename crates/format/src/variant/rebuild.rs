//! A variant from its columns: as they are, or put together when it is shredded (`ShreddingUtils.rebuild`).

use super::builder::{Builder, Entry};
use super::dictionary::Dictionary;
use super::encoded::{Kind, kind, primitive as p};
use super::shape::{Place, Typed};
use super::{METADATA, TYPED_VALUE, VALUE, arrow_type, malformed};
use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, BinaryArray, BinaryBuilder, StructArray};
use arrow::datatypes::DataType as ArrowType;
use rimon_spec::{Error, Result};
use std::sync::Arc;

/// The variants of a column of a file, in their canonical Arrow type.
///
/// # Errors
/// `Corrupt` for columns or bytes that are no variants; `Unsupported` naming a shredded type that this build does not
/// know; `ResourceExhausted` for a variant that is too large or too deep.
pub(crate) fn assemble(column: &ArrayRef) -> Result<ArrayRef> {
    let rows = column.as_struct_opt().ok_or_else(|| malformed("the column is not a group"))?;
    let metadata = binary(rows, METADATA)?;
    if rows.column_by_name(TYPED_VALUE).is_none() {
        return made(rows, binary(rows, VALUE)?.clone(), metadata.clone());
    }
    let place = Place::new(rows)?;
    let mut builder = Builder::default();
    let mut values = BinaryBuilder::with_capacity(rows.len(), 0);
    let mut keys = BinaryBuilder::with_capacity(rows.len(), 0);
    for row in 0..rows.len() {
        if rows.is_null(row) {
            // Both are NOT NULL in the canonical type.
            values.append_value([]);
            keys.append_value([]);
            continue;
        }
        if metadata.is_null(row) {
            return Err(malformed("a variant without metadata"));
        }
        rebuild(&place, row, Dictionary::new(metadata.value(row))?, &mut builder)?;
        let (value, dictionary) = builder.finish()?;
        values.append_value(value);
        keys.append_value(dictionary);
    }
    made(rows, values.finish(), keys.finish())
}

fn binary<'a>(rows: &'a StructArray, name: &str) -> Result<&'a BinaryArray> {
    let column = rows.column_by_name(name).and_then(|c| c.as_binary_opt::<i32>());
    column.ok_or_else(|| malformed("no binary column 'value' or 'metadata'"))
}

fn made(rows: &StructArray, values: BinaryArray, metadata: BinaryArray) -> Result<ArrayRef> {
    let ArrowType::Struct(fields) = arrow_type() else {
        return Err(Error::internal("the Arrow type of VARIANT"));
    };
    let columns: Vec<ArrayRef> = vec![Arc::new(values), Arc::new(metadata)];
    let made = StructArray::try_new_with_length(fields, columns, rows.nulls().cloned(), rows.len());
    Ok(Arc::new(made.map_err(|e| malformed("a variant without value").with_source(e))?))
}

fn rebuild(
    place: &Place<'_>,
    row: usize,
    dictionary: Dictionary<'_>,
    builder: &mut Builder,
) -> Result<()> {
    match (place.shredded(row), place.encoded(row)) {
        (Some(Typed::Object { fields, .. }), rest) => {
            let start = builder.position();
            let mut entries = Vec::with_capacity(fields.len());
            for (name, rows, field) in fields {
                if rows.is_null(row) {
                    return Err(malformed("a shredded field that is null"));
                }
                if !field.is_missing(row) {
                    entries.push(builder.field(name, start));
                    rebuild(field, row, dictionary, builder)?;
                }
            }
            if let Some(bytes) = rest {
                left_over(bytes, dictionary, start, &mut entries, builder)?;
            }
            builder.object(start, entries)
        }
        (Some(Typed::List { lists, rows, element }), _) => {
            let start = builder.position();
            let offsets = lists.value_offsets();
            let bound = |i: usize| offsets.get(i).and_then(|o| usize::try_from(*o).ok());
            let range = bound(row).zip(bound(row + 1));
            let (from, to) = range.ok_or_else(|| Error::internal("the offsets of a list"))?;
            let mut starts = Vec::with_capacity(to.saturating_sub(from));
            for item in from..to {
                if rows.is_null(item) {
                    return Err(malformed("a shredded element that is null"));
                }
                starts.push(builder.position() - start);
                rebuild(element, item, dictionary, builder)?;
            }
            builder.array(start, &starts)
        }
        (Some(scalar), _) => append_scalar(scalar, row, builder),
        (None, Some(bytes)) => builder.append(bytes, dictionary, 0),
        (None, None) => Err(malformed("neither value nor typed_value")),
    }
}

/// The fields of an object that are not shredded.
fn left_over(
    bytes: &[u8],
    dictionary: Dictionary<'_>,
    start: usize,
    entries: &mut Vec<Entry>,
    builder: &mut Builder,
) -> Result<()> {
    let Kind::Object(parts) = kind(bytes, 0)? else {
        return Err(malformed("the rest of a shredded object is not an object"));
    };
    for index in 0..parts.count {
        let key = dictionary.key(parts.id(bytes, index)?)?;
        entries.push(builder.field(key, start));
        builder.append(bytes, dictionary, parts.start(bytes, index)?)?;
    }
    Ok(())
}

fn append_scalar(typed: &Typed<'_>, row: usize, builder: &mut Builder) -> Result<()> {
    let instant = |zoned: bool| if zoned { p::TIMESTAMP } else { p::TIMESTAMP_NTZ };
    match typed {
        Typed::Boolean(a) => builder.boolean(a.value(row)),
        Typed::Int8(a) => builder.integer(a.value(row).into()),
        Typed::Int16(a) => builder.integer(a.value(row).into()),
        Typed::Int32(a) => builder.integer(a.value(row).into()),
        Typed::Int64(a) => builder.integer(a.value(row)),
        Typed::Float(a) => builder.scalar(p::FLOAT, &a.value(row).to_le_bytes()),
        Typed::Double(a) => builder.scalar(p::DOUBLE, &a.value(row).to_le_bytes()),
        Typed::Decimal { numbers, scale } => builder.decimal(numbers.value(row), *scale),
        Typed::Date(a) => builder.scalar(p::DATE, &a.value(row).to_le_bytes()),
        Typed::Micros { instants, zoned } => {
            builder.scalar(instant(*zoned), &instants.value(row).to_le_bytes());
        }
        Typed::Millis { instants, zoned } => {
            let micros = instants.value(row).checked_mul(1000);
            let micros = micros.ok_or_else(|| malformed("a timestamp out of range"))?;
            builder.scalar(instant(*zoned), &micros.to_le_bytes());
        }
        Typed::Text(a) => builder.string(a.value(row)),
        Typed::Binary(a) => builder.long(p::BINARY, a.value(row)),
        Typed::Uuid(a) => builder.scalar(p::UUID, a.value(row)),
        Typed::Object { .. } | Typed::List { .. } => {
            return Err(Error::internal("an object among scalars"));
        }
    }
    Ok(())
}
