//! Columns of the records.

use std::sync::LazyLock;

use crate::value::{ArrayWriter, BinaryArray, BinaryRowWriter};
use crate::{BinaryRow, DataType, Error, Result, SimpleStats, TypeKind, Value};

static BIGINT: LazyLock<DataType> = LazyLock::new(|| DataType::not_null(TypeKind::BigInt));
static BYTES: LazyLock<DataType> =
    LazyLock::new(|| DataType::not_null(TypeKind::VarBinary { length: i32::MAX as u32 }));

/// Null of a type that has nothing in the variable part.
pub(super) fn write_null(writer: &mut BinaryRowWriter, position: usize) {
    writer.write_null(position, &BIGINT);
}

pub(super) fn write_optional_i64(
    writer: &mut BinaryRowWriter,
    position: usize,
    value: Option<i64>,
) {
    match value {
        Some(value) => writer.write_i64(position, value),
        None => write_null(writer, position),
    }
}

pub(super) fn write_optional_bytes(
    writer: &mut BinaryRowWriter,
    position: usize,
    value: Option<&[u8]>,
) {
    match value {
        Some(value) => writer.write_bytes(position, value),
        None => write_null(writer, position),
    }
}

pub(super) fn write_optional_nested(
    writer: &mut BinaryRowWriter,
    position: usize,
    value: Option<Vec<u8>>,
) {
    match value {
        Some(value) => writer.write_nested(position, &value),
        None => write_null(writer, position),
    }
}

/// ARRAY<STRING>
pub(super) fn strings(values: &[String]) -> Vec<u8> {
    let mut array = ArrayWriter::new(values.len(), 8);
    values.iter().enumerate().for_each(|(i, value)| array.bytes(i, value.as_bytes()));
    array.finish()
}

pub(super) fn read_strings(bytes: &[u8]) -> Result<Vec<String>> {
    let array = BinaryArray::new(bytes, 8)?;
    (0..array.len()).map(|i| text(array.bytes(i)?)).collect()
}

/// ARRAY<BIGINT>
pub(super) fn longs(values: &[Option<i64>]) -> Vec<u8> {
    let mut array = ArrayWriter::new(values.len(), 8);
    for (i, value) in values.iter().enumerate() {
        match value {
            Some(value) => array.i64(i, *value),
            None => array.null(i),
        }
    }
    array.finish()
}

pub(super) fn read_longs(bytes: &[u8]) -> Result<Vec<Option<i64>>> {
    let array = BinaryArray::new(bytes, 8)?;
    (0..array.len())
        .map(|i| if array.is_null(i) { Ok(None) } else { array.i64(i).map(Some) })
        .collect()
}

/// The row of statistics: minima, maxima, null counts.
pub(super) fn stats(stats: &SimpleStats) -> Vec<u8> {
    let mut writer = BinaryRowWriter::new(3);
    writer.write_bytes(0, &stats.min_values.to_framed());
    writer.write_bytes(1, &stats.max_values.to_framed());
    write_optional_nested(&mut writer, 2, stats.null_counts.as_deref().map(longs));
    writer.as_bytes().to_vec()
}

pub(super) fn read_stats(bytes: Option<&[u8]>) -> Result<SimpleStats> {
    let row = BinaryRow::from_bytes(3, bytes.ok_or_else(missing)?)?;
    Ok(SimpleStats {
        min_values: framed(&row, 0)?,
        max_values: framed(&row, 1)?,
        null_counts: row.nested(2)?.map(read_longs).transpose()?,
    })
}

/// A row in a column of bytes.
pub(super) fn framed(row: &BinaryRow, position: usize) -> Result<BinaryRow> {
    BinaryRow::from_framed(&bytes(row, position)?.ok_or_else(missing)?)
}

pub(super) fn bytes(row: &BinaryRow, position: usize) -> Result<Option<Vec<u8>>> {
    match row.field(position, &BYTES)? {
        Value::Bytes(bytes) => Ok(Some(bytes)),
        _ => Ok(None),
    }
}

pub(super) fn string(row: &BinaryRow, position: usize) -> Result<Option<String>> {
    bytes(row, position)?.map(|bytes| text(&bytes)).transpose()
}

/// A BIGINT, and narrower integers, whose slots are padded with zeros.
pub(super) fn i64(row: &BinaryRow, position: usize) -> Result<Option<i64>> {
    match row.field(position, &BIGINT)? {
        Value::BigInt(value) => Ok(Some(value)),
        _ => Ok(None),
    }
}

/// What a column that is never null lacks.
pub(super) fn missing() -> Error {
    Error::corrupt("a column that must have a value is null")
}

fn text(bytes: &[u8]) -> Result<String> {
    let text = std::str::from_utf8(bytes);
    let text = text.map_err(|e| Error::corrupt("string is not UTF-8").with_source(e))?;
    Ok(text.to_owned())
}
