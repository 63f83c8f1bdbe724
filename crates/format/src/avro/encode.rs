//! Rows of a batch in Avro's binary encoding.

use super::declare::is_array_map;
use arrow::array::cast::AsArray;
use arrow::array::types::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, Time32MillisecondType, TimestampMicrosecondType, TimestampMillisecondType,
};
use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, BinaryArray, BooleanArray, PrimitiveArray, StringArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType as ArrowType, TimeUnit};
use rimon_spec::{DataType, Error, Result, TypeKind};

/// A column of a batch being written.
pub(super) struct Encoder<'a> {
    nullable: bool,
    nulls: Option<&'a NullBuffer>,
    values: Values<'a>,
}

enum Values<'a> {
    Boolean(&'a BooleanArray),
    TinyInt(&'a PrimitiveArray<Int8Type>),
    SmallInt(&'a PrimitiveArray<Int16Type>),
    Int(&'a [i32]),
    Long(&'a [i64]),
    Float(&'a [f32]),
    Double(&'a [f64]),
    Decimal(&'a [i128]),
    Text(&'a StringArray),
    Bytes(&'a BinaryArray),
    List {
        offsets: &'a OffsetBuffer<i32>,
        item: Box<Encoder<'a>>,
    },
    /// Keys of maps of Avro are text without a union around.
    Map {
        offsets: &'a OffsetBuffer<i32>,
        key: Box<Encoder<'a>>,
        value: Box<Encoder<'a>>,
    },
    Row(Vec<Encoder<'a>>),
}

impl<'a> Encoder<'a> {
    /// For `array`, which has the canonical Arrow type of `data_type`.
    ///
    /// # Errors
    /// `Internal` when it has another.
    pub(super) fn new(array: &'a ArrayRef, data_type: &DataType) -> Result<Self> {
        let values = Values::new(array, data_type)?;
        Ok(Self { nullable: data_type.nullable, nulls: array.nulls(), values })
    }

    /// Appends the value of `row`.
    ///
    /// # Errors
    /// `Invalid` for a null where none may be.
    pub(super) fn put(&self, row: usize, out: &mut Vec<u8>) -> Result<()> {
        let null = self.nulls.is_some_and(|n| n.is_null(row));
        if self.nullable {
            long(i64::from(!null), out);
            if null {
                return Ok(());
            }
        } else if null {
            return Err(Error::invalid("a null where the type says NOT NULL"));
        }
        self.values.put(row, out)
    }
}

fn numbers<T: ArrowPrimitiveType>(array: &ArrayRef) -> Option<&[T::Native]> {
    Some(array.as_primitive_opt::<T>()?.values())
}

impl<'a> Values<'a> {
    fn new(array: &'a ArrayRef, data_type: &DataType) -> Result<Self> {
        let wrong = || Error::internal(format!("an array of {} to write", array.data_type()));
        let made = match &data_type.kind {
            TypeKind::Boolean => array.as_boolean_opt().map(Self::Boolean),
            TypeKind::TinyInt => array.as_primitive_opt().map(Self::TinyInt),
            TypeKind::SmallInt => array.as_primitive_opt().map(Self::SmallInt),
            TypeKind::Int => numbers::<Int32Type>(array).map(Self::Int),
            TypeKind::Date => numbers::<Date32Type>(array).map(Self::Int),
            TypeKind::Time { .. } => numbers::<Time32MillisecondType>(array).map(Self::Int),
            TypeKind::BigInt => numbers::<Int64Type>(array).map(Self::Long),
            TypeKind::Float => numbers::<Float32Type>(array).map(Self::Float),
            TypeKind::Double => numbers::<Float64Type>(array).map(Self::Double),
            TypeKind::Decimal { .. } => numbers::<Decimal128Type>(array).map(Self::Decimal),
            TypeKind::Timestamp { .. } | TypeKind::LocalZonedTimestamp { .. } => {
                match array.data_type() {
                    ArrowType::Timestamp(TimeUnit::Millisecond, _) => {
                        numbers::<TimestampMillisecondType>(array).map(Self::Long)
                    }
                    ArrowType::Timestamp(TimeUnit::Microsecond, _) => {
                        numbers::<TimestampMicrosecondType>(array).map(Self::Long)
                    }
                    _ => None,
                }
            }
            TypeKind::Char { .. } | TypeKind::VarChar { .. } => {
                array.as_string_opt().map(Self::Text)
            }
            TypeKind::Binary { .. } | TypeKind::VarBinary { .. } | TypeKind::Blob => {
                array.as_binary_opt().map(Self::Bytes)
            }
            TypeKind::Array(element) => {
                let lists = array.as_list_opt::<i32>().ok_or_else(wrong)?;
                let item = Box::new(Encoder::new(lists.values(), element)?);
                Some(Self::List { offsets: lists.offsets(), item })
            }
            TypeKind::Map { key, value } => Some(map(array, key, value)?),
            TypeKind::Multiset(key) => Some(map(array, key, &DataType::new(TypeKind::Int))?),
            TypeKind::Row(fields) => {
                let rows = array.as_struct_opt().ok_or_else(wrong)?;
                let columns = rows.columns().iter().zip(fields);
                let columns = columns.map(|(column, f)| Encoder::new(column, &f.data_type));
                Some(Self::Row(columns.collect::<Result<_>>()?))
            }
            _ => None,
        };
        made.ok_or_else(wrong)
    }

    fn put(&self, row: usize, out: &mut Vec<u8>) -> Result<()> {
        let gone = || Error::internal("a row beyond its array");
        match self {
            Self::Boolean(values) => out.push(u8::from(values.value(row))),
            Self::TinyInt(values) => long(i64::from(values.value(row)), out),
            Self::SmallInt(values) => long(i64::from(values.value(row)), out),
            Self::Int(values) => long(i64::from(*values.get(row).ok_or_else(gone)?), out),
            Self::Long(values) => long(*values.get(row).ok_or_else(gone)?, out),
            Self::Float(values) => {
                out.extend_from_slice(&values.get(row).ok_or_else(gone)?.to_le_bytes());
            }
            Self::Double(values) => {
                out.extend_from_slice(&values.get(row).ok_or_else(gone)?.to_le_bytes());
            }
            Self::Decimal(values) => decimal(*values.get(row).ok_or_else(gone)?, out),
            Self::Text(values) => bytes(values.value(row).as_bytes(), out),
            Self::Bytes(values) => bytes(values.value(row), out),
            Self::List { offsets, item } => items(offsets, row, out, |i, out| item.put(i, out))?,
            Self::Map { offsets, key, value } => items(offsets, row, out, |i, out| {
                key.put(i, out)?;
                value.put(i, out)
            })?,
            Self::Row(columns) => columns.iter().try_for_each(|column| column.put(row, out))?,
        }
        Ok(())
    }
}

fn map<'a>(array: &'a ArrayRef, key: &DataType, value: &DataType) -> Result<Values<'a>> {
    let wrong = || Error::internal(format!("an array of {} to write", array.data_type()));
    let maps = array.as_map_opt().ok_or_else(wrong)?;
    let mut keys = Encoder::new(maps.keys(), key)?;
    keys.nullable = keys.nullable && is_array_map(key);
    let value = Box::new(Encoder::new(maps.values(), value)?);
    Ok(Values::Map { offsets: maps.offsets(), key: Box::new(keys), value })
}

/// One block of items and the end.
fn items(
    offsets: &OffsetBuffer<i32>,
    row: usize,
    out: &mut Vec<u8>,
    mut put: impl FnMut(usize, &mut Vec<u8>) -> Result<()>,
) -> Result<()> {
    let at = |i: usize| offsets.get(i).and_then(|o| usize::try_from(*o).ok()).unwrap_or_default();
    let (start, end) = (at(row), at(row + 1));
    if start < end {
        long((end - start) as i64, out);
        (start..end).try_for_each(|i| put(i, out))?;
    }
    long(0, out);
    Ok(())
}

/// A number in zigzag order, seven bits a byte.
#[inline]
pub(super) fn long(value: i64, out: &mut Vec<u8>) {
    let mut rest = ((value << 1) ^ (value >> 63)) as u64;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

/// Bytes behind their length.
pub(super) fn bytes(value: &[u8], out: &mut Vec<u8>) {
    long(value.len() as i64, out);
    out.extend_from_slice(value);
}

/// The shortest two's complement, big endian (`BigInteger.toByteArray`).
fn decimal(value: i128, out: &mut Vec<u8>) {
    let wide = value.to_be_bytes();
    let sign = if value < 0 { 0xff } else { 0 };
    let extra = wide.iter().zip(wide.iter().skip(1));
    let extra = extra.take_while(|(a, b)| **a == sign && (**b ^ sign) & 0x80 == 0).count();
    bytes(wide.get(extra..).unwrap_or_default(), out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_as_short_as_in_java() {
        let written = |value| {
            let mut out = Vec::new();
            decimal(value, &mut out);
            out
        };
        assert_eq!(written(0), [2, 0]);
        assert_eq!(written(-1), [2, 0xff]);
        assert_eq!(written(127), [2, 0x7f]);
        assert_eq!(written(128), [4, 0x00, 0x80]);
        assert_eq!(written(-128), [2, 0x80]);
        assert_eq!(written(-129), [4, 0xff, 0x7f]);
        assert_eq!(written(i128::MIN).len(), 17);
    }
}
