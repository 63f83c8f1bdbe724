//! Paimon types as Arrow types and back.

use crate::variant;
use arrow::datatypes::{
    DataType as ArrowType, Field, FieldRef, Fields, Schema, SchemaRef, TimeUnit,
};
use rimon_spec::{DataField, DataType, Error, MAX_LENGTH, Result, TypeKind};
use std::collections::HashMap;
use std::sync::Arc;

/// Key of the field id in the metadata of Arrow fields.
pub const FIELD_ID_KEY: &str = "paimon.field.id";
/// Key of the comment in the metadata of Arrow fields.
pub const COMMENT_KEY: &str = "paimon.comment";
/// Name of the child of Arrow lists.
pub const ELEMENT: &str = "element";
/// Name of the child of Arrow maps.
pub const ENTRIES: &str = "entries";
/// Name of the key of Arrow maps.
pub const KEY: &str = "key";
/// Name of the value of Arrow maps.
pub const VALUE: &str = "value";
/// Zone of `TIMESTAMP WITH LOCAL TIME ZONE` in Arrow.
pub const UTC: &str = "UTC";

/// The canonical Arrow type of a Paimon type.
///
/// # Errors
/// `Unsupported` for VECTOR and types this build does not know.
pub fn to_arrow_type(data_type: &DataType) -> Result<ArrowType> {
    Ok(match &data_type.kind {
        TypeKind::Boolean => ArrowType::Boolean,
        TypeKind::TinyInt => ArrowType::Int8,
        TypeKind::SmallInt => ArrowType::Int16,
        TypeKind::Int => ArrowType::Int32,
        TypeKind::BigInt => ArrowType::Int64,
        TypeKind::Float => ArrowType::Float32,
        TypeKind::Double => ArrowType::Float64,
        TypeKind::Decimal { precision, scale } => decimal(*precision, *scale)?,
        TypeKind::Date => ArrowType::Date32,
        TypeKind::Time { .. } => ArrowType::Time32(TimeUnit::Millisecond),
        TypeKind::Timestamp { precision } => ArrowType::Timestamp(time_unit(*precision), None),
        TypeKind::LocalZonedTimestamp { precision } => {
            ArrowType::Timestamp(time_unit(*precision), Some(UTC.into()))
        }
        TypeKind::Char { .. } | TypeKind::VarChar { .. } => ArrowType::Utf8,
        TypeKind::Binary { .. } | TypeKind::VarBinary { .. } | TypeKind::Blob => ArrowType::Binary,
        TypeKind::Array(element) => ArrowType::List(child(ELEMENT, element)?),
        TypeKind::Map { key, value } => map_type(key, value)?,
        TypeKind::Multiset(element) => map_type(element, &DataType::not_null(TypeKind::Int))?,
        TypeKind::Row(fields) => ArrowType::Struct(to_arrow_fields(fields)?),
        TypeKind::Variant => variant::arrow_type(),
        other => return Err(Error::unsupported(format!("data type {}", kind_name(other)))),
    })
}

/// The Arrow field of a Paimon field: its id and comment are in the metadata.
///
/// # Errors
/// As [`to_arrow_type`], naming the column.
pub fn to_arrow_field(field: &DataField) -> Result<Field> {
    let data_type = to_arrow_type(&field.data_type).map_err(|e| e.with("column", &field.name))?;
    let mut metadata = HashMap::from([(FIELD_ID_KEY.to_owned(), field.id.to_string())]);
    if let Some(comment) = &field.description {
        metadata.insert(COMMENT_KEY.to_owned(), comment.clone());
    }
    metadata.extend(extension(&field.data_type));
    Ok(Field::new(&field.name, data_type, field.data_type.nullable).with_metadata(metadata))
}

/// The Arrow fields of Paimon fields.
///
/// # Errors
/// As [`to_arrow_field`].
pub fn to_arrow_fields(fields: &[DataField]) -> Result<Fields> {
    fields.iter().map(to_arrow_field).collect()
}

/// The Arrow schema of Paimon fields.
///
/// # Errors
/// As [`to_arrow_field`].
pub fn to_arrow_schema(fields: &[DataField]) -> Result<SchemaRef> {
    Ok(Arc::new(Schema::new(to_arrow_fields(fields)?)))
}

/// The same schema with `Utf8View` for `Utf8`, except inside nested columns.
pub fn with_string_views(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        ArrowType::Utf8 => Arc::new(field.as_ref().clone().with_data_type(ArrowType::Utf8View)),
        _ => Arc::clone(field),
    });
    Arc::new(Schema::new_with_metadata(fields.collect::<Fields>(), schema.metadata().clone()))
}

/// The Paimon type of an Arrow type, for tables created from Arrow data. Types without a Paimon twin that loses
/// nothing are refused; ids of nested fields come from the metadata or are 0.
///
/// # Errors
/// `Unsupported` naming the Arrow type.
pub fn from_arrow_type(arrow: &ArrowType, nullable: bool) -> Result<DataType> {
    let kind = match arrow {
        ArrowType::Boolean => TypeKind::Boolean,
        ArrowType::Int8 => TypeKind::TinyInt,
        ArrowType::Int16 | ArrowType::UInt8 => TypeKind::SmallInt,
        ArrowType::Int32 | ArrowType::UInt16 => TypeKind::Int,
        ArrowType::Int64 | ArrowType::UInt32 => TypeKind::BigInt,
        ArrowType::UInt64 => TypeKind::Decimal { precision: 20, scale: 0 },
        ArrowType::Float16 | ArrowType::Float32 => TypeKind::Float,
        ArrowType::Float64 => TypeKind::Double,
        ArrowType::Decimal32(p, s)
        | ArrowType::Decimal64(p, s)
        | ArrowType::Decimal128(p, s)
        | ArrowType::Decimal256(p, s) => from_decimal(arrow, *p, *s)?,
        ArrowType::Date32 => TypeKind::Date,
        ArrowType::Time32(TimeUnit::Second) => TypeKind::Time { precision: 0 },
        ArrowType::Time32(_) => TypeKind::Time { precision: 3 },
        ArrowType::Timestamp(unit, None) => TypeKind::Timestamp { precision: digits(*unit) },
        ArrowType::Timestamp(unit, Some(_)) => {
            TypeKind::LocalZonedTimestamp { precision: digits(*unit) }
        }
        ArrowType::Utf8 | ArrowType::LargeUtf8 | ArrowType::Utf8View => {
            TypeKind::VarChar { length: MAX_LENGTH }
        }
        ArrowType::Binary | ArrowType::LargeBinary | ArrowType::BinaryView => {
            TypeKind::VarBinary { length: MAX_LENGTH }
        }
        ArrowType::FixedSizeBinary(n) => {
            TypeKind::Binary { length: u32::try_from(*n).unwrap_or(MAX_LENGTH) }
        }
        ArrowType::List(item)
        | ArrowType::LargeList(item)
        | ArrowType::ListView(item)
        | ArrowType::LargeListView(item)
        | ArrowType::FixedSizeList(item, _) => TypeKind::Array(Box::new(from_child(item)?)),
        ArrowType::Map(entries, _) => from_map(entries)?,
        ArrowType::Struct(fields) => {
            TypeKind::Row(fields.iter().map(|f| from_arrow_field(f)).collect::<Result<_>>()?)
        }
        ArrowType::Dictionary(_, value) => return from_arrow_type(value, nullable),
        other => return Err(Error::unsupported(format!("Arrow type {other} in a table"))),
    };
    Ok(DataType { nullable, kind })
}

/// The Paimon field of an Arrow field; the id is the metadata's [`FIELD_ID_KEY`], or 0.
///
/// # Errors
/// As [`from_arrow_type`], naming the column.
pub fn from_arrow_field(field: &Field) -> Result<DataField> {
    let data_type = from_child(field).map_err(|e| e.with("column", field.name()))?;
    let mut result = DataField::new(field_id(field).unwrap_or(0), field.name(), data_type);
    result.description = field.metadata().get(COMMENT_KEY).cloned();
    Ok(result)
}

/// The field id in the metadata of an Arrow field.
pub fn field_id(field: &Field) -> Option<i32> {
    field.metadata().get(FIELD_ID_KEY)?.parse().ok()
}

/// The Arrow unit of timestamps with `precision` digits of the second.
pub fn time_unit(precision: u8) -> TimeUnit {
    match precision {
        0..=3 => TimeUnit::Millisecond,
        4..=6 => TimeUnit::Microsecond,
        _ => TimeUnit::Nanosecond,
    }
}

fn digits(unit: TimeUnit) -> u8 {
    match unit {
        TimeUnit::Second => 0,
        TimeUnit::Millisecond => 3,
        TimeUnit::Microsecond => 6,
        TimeUnit::Nanosecond => 9,
    }
}

fn decimal(precision: u8, scale: u8) -> Result<ArrowType> {
    match i8::try_from(scale) {
        Ok(s) if (1..=38).contains(&precision) && scale <= precision => {
            Ok(ArrowType::Decimal128(precision, s))
        }
        _ => Err(Error::invalid(format!("DECIMAL({precision}, {scale}) is out of range"))),
    }
}

fn from_decimal(arrow: &ArrowType, precision: u8, scale: i8) -> Result<TypeKind> {
    match u8::try_from(scale) {
        Ok(scale) if precision <= 38 && scale <= precision => {
            Ok(TypeKind::Decimal { precision, scale })
        }
        _ => Err(Error::unsupported(format!("Arrow type {arrow} in a table"))),
    }
}

fn child(name: &str, data_type: &DataType) -> Result<FieldRef> {
    let field = Field::new(name, to_arrow_type(data_type)?, data_type.nullable);
    Ok(Arc::new(field.with_metadata(extension(data_type).into_iter().collect())))
}

/// What the metadata of an Arrow field says of the type beside its Arrow type.
fn extension(data_type: &DataType) -> Option<(String, String)> {
    let (key, name) = variant::EXTENSION;
    (data_type.kind == TypeKind::Variant).then(|| (key.to_owned(), name.to_owned()))
}

/// The type of a column, element, key or value.
fn from_child(field: &Field) -> Result<DataType> {
    if variant::is_variant(field) {
        return Ok(DataType { nullable: field.is_nullable(), kind: TypeKind::Variant });
    }
    from_arrow_type(field.data_type(), field.is_nullable())
}

fn map_type(key: &DataType, value: &DataType) -> Result<ArrowType> {
    let key = child(KEY, &key.clone().with_nullable(false))?;
    let entries = ArrowType::Struct(Fields::from(vec![key, child(VALUE, value)?]));
    Ok(ArrowType::Map(Arc::new(Field::new(ENTRIES, entries, false)), false))
}

fn from_map(entries: &Field) -> Result<TypeKind> {
    let ArrowType::Struct(fields) = entries.data_type() else {
        return Err(Error::invalid("an Arrow map without key and value"));
    };
    let (Some(key), Some(value)) = (fields.first(), fields.get(1)) else {
        return Err(Error::invalid("an Arrow map without key and value"));
    };
    Ok(TypeKind::Map {
        key: Box::new(from_arrow_type(key.data_type(), false)?),
        value: Box::new(from_child(value)?),
    })
}

/// The word for a type in messages.
pub(crate) fn kind_name(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Variant => "VARIANT".to_owned(),
        TypeKind::Vector { length, .. } => format!("VECTOR of length {length}"),
        TypeKind::Opaque(text) => text.clone(),
        TypeKind::Array(_) => "ARRAY".to_owned(),
        TypeKind::Map { .. } => "MAP".to_owned(),
        TypeKind::Multiset(_) => "MULTISET".to_owned(),
        TypeKind::Row(_) => "ROW".to_owned(),
        TypeKind::Boolean => "BOOLEAN".to_owned(),
        TypeKind::TinyInt => "TINYINT".to_owned(),
        TypeKind::SmallInt => "SMALLINT".to_owned(),
        TypeKind::Int => "INT".to_owned(),
        TypeKind::BigInt => "BIGINT".to_owned(),
        TypeKind::Float => "FLOAT".to_owned(),
        TypeKind::Double => "DOUBLE".to_owned(),
        TypeKind::Decimal { precision, scale } => format!("DECIMAL({precision}, {scale})"),
        TypeKind::Date => "DATE".to_owned(),
        TypeKind::Time { precision } => format!("TIME({precision})"),
        TypeKind::Timestamp { precision } => format!("TIMESTAMP({precision})"),
        TypeKind::LocalZonedTimestamp { precision } => {
            format!("TIMESTAMP({precision}) WITH LOCAL TIME ZONE")
        }
        TypeKind::Char { length } => format!("CHAR({length})"),
        TypeKind::VarChar { length: MAX_LENGTH } => "STRING".to_owned(),
        TypeKind::VarChar { length } => format!("VARCHAR({length})"),
        TypeKind::Binary { length } => format!("BINARY({length})"),
        TypeKind::VarBinary { length: MAX_LENGTH } => "BYTES".to_owned(),
        TypeKind::VarBinary { length } => format!("VARBINARY({length})"),
        TypeKind::Blob => "BLOB".to_owned(),
        _ => "of a kind unknown to this build".to_owned(),
    }
}
