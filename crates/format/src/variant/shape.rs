//! The columns of a shredded variant, as the Parquet reader gives them (`PaimonShreddingUtils.buildVariantSchema`).

use super::{TYPED_VALUE, VALUE, malformed};
use arrow::array::cast::AsArray;
use arrow::array::types::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
};
use arrow::array::{
    Array, ArrayRef, BinaryArray, BooleanArray, FixedSizeBinaryArray, ListArray, PrimitiveArray,
    StringArray, StructArray,
};
use arrow::datatypes::{DataType as ArrowType, TimeUnit};
use rimon_spec::{Error, Result};

/// One place of a variant: what is left encoded, and what is shredded. Both may be null: then the field is missing.
pub(super) struct Place<'a> {
    pub(super) value: Option<&'a BinaryArray>,
    pub(super) typed: Option<Typed<'a>>,
}

/// The shredded part.
pub(super) enum Typed<'a> {
    Object { rows: &'a StructArray, fields: Vec<(&'a str, &'a StructArray, Place<'a>)> },
    List { lists: &'a ListArray, rows: &'a StructArray, element: Box<Place<'a>> },
    Boolean(&'a BooleanArray),
    Int8(&'a PrimitiveArray<Int8Type>),
    Int16(&'a PrimitiveArray<Int16Type>),
    Int32(&'a PrimitiveArray<Int32Type>),
    Int64(&'a PrimitiveArray<Int64Type>),
    Float(&'a PrimitiveArray<Float32Type>),
    Double(&'a PrimitiveArray<Float64Type>),
    Decimal { numbers: &'a PrimitiveArray<Decimal128Type>, scale: u8 },
    Date(&'a PrimitiveArray<Date32Type>),
    Millis { instants: &'a PrimitiveArray<TimestampMillisecondType>, zoned: bool },
    Micros { instants: &'a PrimitiveArray<TimestampMicrosecondType>, zoned: bool },
    Text(&'a StringArray),
    Binary(&'a BinaryArray),
    Uuid(&'a FixedSizeBinaryArray),
}

impl<'a> Place<'a> {
    /// The place whose columns are those of `rows`.
    pub(super) fn new(rows: &'a StructArray) -> Result<Self> {
        let value = rows.column_by_name(VALUE).map(|column| {
            column.as_binary_opt::<i32>().ok_or_else(|| malformed("'value' is not binary"))
        });
        let typed = rows.column_by_name(TYPED_VALUE).map(Typed::new);
        Ok(Self { value: value.transpose()?, typed: typed.transpose()? })
    }

    /// The encoded bytes of `row`.
    pub(super) fn encoded(&self, row: usize) -> Option<&'a [u8]> {
        self.value.filter(|v| v.is_valid(row)).map(|v| v.value(row))
    }

    /// The shredded part of `row`.
    pub(super) fn shredded(&self, row: usize) -> Option<&Typed<'a>> {
        self.typed.as_ref().filter(|t| t.array().is_valid(row))
    }

    pub(super) fn is_missing(&self, row: usize) -> bool {
        self.encoded(row).is_none() && self.shredded(row).is_none()
    }
}

impl<'a> Typed<'a> {
    fn new(column: &'a ArrayRef) -> Result<Self> {
        let zoned = |zone: &Option<_>| zone.is_some();
        Ok(match column.data_type() {
            ArrowType::Struct(_) => Self::object(column.as_struct())?,
            ArrowType::List(_) => {
                let lists = column.as_list::<i32>();
                let rows = group(lists.values())?;
                Self::List { lists, rows, element: Box::new(Place::new(rows)?) }
            }
            ArrowType::Boolean => Self::Boolean(column.as_boolean()),
            ArrowType::Int8 => Self::Int8(column.as_primitive()),
            ArrowType::Int16 => Self::Int16(column.as_primitive()),
            ArrowType::Int32 => Self::Int32(column.as_primitive()),
            ArrowType::Int64 => Self::Int64(column.as_primitive()),
            ArrowType::Float32 => Self::Float(column.as_primitive()),
            ArrowType::Float64 => Self::Double(column.as_primitive()),
            ArrowType::Decimal128(_, scale) => {
                let scale = u8::try_from(*scale).map_err(|_| malformed("a negative scale"))?;
                Self::Decimal { numbers: column.as_primitive(), scale }
            }
            ArrowType::Date32 => Self::Date(column.as_primitive()),
            ArrowType::Timestamp(TimeUnit::Millisecond, zone) => {
                Self::Millis { instants: column.as_primitive(), zoned: zoned(zone) }
            }
            ArrowType::Timestamp(TimeUnit::Microsecond, zone) => {
                Self::Micros { instants: column.as_primitive(), zoned: zoned(zone) }
            }
            ArrowType::Utf8 => Self::Text(column.as_string()),
            ArrowType::Binary => Self::Binary(column.as_binary()),
            ArrowType::FixedSizeBinary(16) => Self::Uuid(column.as_fixed_size_binary()),
            other => {
                return Err(Error::unsupported(format!("a VARIANT shredded into {other}")));
            }
        })
    }

    fn object(rows: &'a StructArray) -> Result<Self> {
        let pairs = rows.fields().iter().zip(rows.columns());
        let fields = pairs.map(|(field, column)| {
            let inner = group(column)?;
            Ok((field.name().as_str(), inner, Place::new(inner)?))
        });
        Ok(Self::Object { rows, fields: fields.collect::<Result<_>>()? })
    }

    fn array(&self) -> &'a dyn Array {
        match self {
            Self::Object { rows, .. } => *rows,
            Self::List { lists, .. } => *lists,
            Self::Boolean(a) => *a,
            Self::Int8(a) => *a,
            Self::Int16(a) => *a,
            Self::Int32(a) => *a,
            Self::Int64(a) => *a,
            Self::Float(a) => *a,
            Self::Double(a) => *a,
            Self::Decimal { numbers, .. } => *numbers,
            Self::Date(a) => *a,
            Self::Millis { instants, .. } => *instants,
            Self::Micros { instants, .. } => *instants,
            Self::Text(a) => *a,
            Self::Binary(a) => *a,
            Self::Uuid(a) => *a,
        }
    }
}

fn group(column: &ArrayRef) -> Result<&StructArray> {
    column.as_struct_opt().ok_or_else(|| malformed("a shredded field that is not a group"))
}
