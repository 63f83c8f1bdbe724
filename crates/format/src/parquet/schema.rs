//! The Parquet schema of Paimon columns, exactly as `ParquetSchemaConverter.java` makes it: names, repetition, field
//! ids (also of list elements and map entries), physical and logical types.

use crate::arrow_schema::kind_name;
use crate::variant;
use parquet::basic::{ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::errors::ParquetError;
use parquet::schema::types::{SchemaDescriptor, Type, TypePtr};
use rimon_spec::{DataField, DataType, Error, MAX_LENGTH, Result, TypeKind};
use std::sync::Arc;

const ROOT: &str = "paimon_schema";
/// Base of the ids of list elements and map entries (`SpecialFields.STRUCTURED_TYPE_FIELD_ID_BASE`).
const STRUCTURED_ID_BASE: i32 = i32::MAX / 4;
/// Distance of those ids from column to column.
const STRUCTURED_ID_STEP: i32 = 1 << 10;
/// Bytes of an INT96.
pub(super) const INT96_LENGTH: i32 = 12;

/// The schema of a file with `fields`.
///
/// # Errors
/// `Unsupported` naming the column whose type this build does not write.
pub(super) fn schema_of(fields: &[DataField]) -> Result<SchemaDescriptor> {
    Ok(SchemaDescriptor::new(root_of(fields.iter().map(column).collect::<Result<_>>()?)?))
}

fn root_of(columns: Vec<TypePtr>) -> Result<TypePtr> {
    built(Type::group_type_builder(ROOT).with_fields(columns).build())
}

/// `schema` with every INT96 as twelve plain bytes, which are the same bytes in a page: the Arrow side of the
/// `parquet` crate cannot write INT96 and reads it only as nanoseconds, silently beyond their range. `None` when
/// there is no INT96.
pub(super) fn without_int96(schema: &SchemaDescriptor) -> Result<Option<SchemaDescriptor>> {
    if !schema.columns().iter().any(|c| c.physical_type() == Physical::INT96) {
        return Ok(None);
    }
    Ok(Some(SchemaDescriptor::new(replace_int96(&schema.root_schema_ptr())?)))
}

fn replace_int96(node: &TypePtr) -> Result<TypePtr> {
    let info = node.get_basic_info();
    let id = info.has_id().then(|| info.id());
    if node.is_primitive() {
        if node.get_physical_type() != Physical::INT96 {
            return Ok(Arc::clone(node));
        }
        let bytes = Type::primitive_type_builder(node.name(), Physical::FIXED_LEN_BYTE_ARRAY)
            .with_repetition(info.repetition())
            .with_length(INT96_LENGTH)
            .with_id(id);
        return built(bytes.build());
    }
    let fields = node.get_fields().iter().map(replace_int96).collect::<Result<_>>()?;
    let mut group = Type::group_type_builder(node.name())
        .with_fields(fields)
        .with_logical_type(info.logical_type_ref().cloned())
        .with_converted_type(info.converted_type())
        .with_id(id);
    if info.has_repetition() {
        group = group.with_repetition(info.repetition());
    }
    built(group.build())
}

fn column(field: &DataField) -> Result<TypePtr> {
    node(&field.name, &field.data_type, field.id, field.id, 0)
        .map_err(|e| e.with("column", &field.name))
}

/// A node called `name` with the id `id`; `owner` and `depth` are the column's (or ROW field's) id and how deep
/// below it in lists and maps the node is, from which the ids of its children come.
fn node(name: &str, data_type: &DataType, id: i32, owner: i32, depth: i32) -> Result<TypePtr> {
    let repetition = if data_type.nullable { Repetition::OPTIONAL } else { Repetition::REQUIRED };
    let group = |fields, logical| {
        built(
            Type::group_type_builder(name)
                .with_repetition(repetition)
                .with_fields(fields)
                .with_logical_type(logical)
                .with_id(Some(id))
                .build(),
        )
    };
    match &data_type.kind {
        TypeKind::Row(fields) => group(fields.iter().map(column).collect::<Result<_>>()?, None),
        TypeKind::Array(element) => {
            let element = node("element", element, child_id(owner, depth + 1), owner, depth + 1)?;
            group(
                vec![repeated("list", vec![element], ConvertedType::NONE)?],
                Some(LogicalType::List),
            )
        }
        TypeKind::Map { key, value } => {
            group(vec![entries(key, value, owner, depth)?], Some(LogicalType::Map))
        }
        TypeKind::Multiset(element) => {
            let count = DataType::not_null(TypeKind::Int);
            group(vec![entries(element, &count, owner, depth)?], Some(LogicalType::Map))
        }
        TypeKind::Variant => {
            let bytes = DataType::not_null(TypeKind::VarBinary { length: MAX_LENGTH });
            let part = |name, id| node(name, &bytes, id, id, 0);
            group(vec![part(variant::VALUE, 0)?, part(variant::METADATA, 1)?], None)
        }
        kind => {
            let (physical, logical) = scalar(kind)?;
            let mut leaf = Type::primitive_type_builder(name, physical)
                .with_repetition(repetition)
                .with_logical_type(logical)
                .with_id(Some(id));
            if let TypeKind::Decimal { precision, scale } = kind {
                leaf = leaf.with_precision(i32::from(*precision)).with_scale(i32::from(*scale));
                if physical == Physical::FIXED_LEN_BYTE_ARRAY {
                    leaf = leaf.with_length(decimal_length(*precision));
                }
            }
            built(leaf.build())
        }
    }
}

fn entries(key: &DataType, value: &DataType, owner: i32, depth: i32) -> Result<TypePtr> {
    let depth = depth + 1;
    // Parquet has no null keys.
    let key_type = key.clone().with_nullable(false);
    let key_id =
        STRUCTURED_ID_BASE.wrapping_sub(owner.wrapping_mul(STRUCTURED_ID_STEP)).wrapping_sub(depth);
    let key = node("key", &key_type, key_id, owner, depth)?;
    let value = node("value", value, child_id(owner, depth), owner, depth)?;
    repeated("key_value", vec![key, value], ConvertedType::MAP_KEY_VALUE)
}

fn child_id(owner: i32, depth: i32) -> i32 {
    STRUCTURED_ID_BASE.wrapping_add(owner.wrapping_mul(STRUCTURED_ID_STEP)).wrapping_add(depth)
}

fn repeated(name: &str, fields: Vec<TypePtr>, converted: ConvertedType) -> Result<TypePtr> {
    let group = Type::group_type_builder(name)
        .with_repetition(Repetition::REPEATED)
        .with_converted_type(converted)
        .with_fields(fields);
    built(group.build())
}

fn scalar(kind: &TypeKind) -> Result<(Physical, Option<LogicalType>)> {
    Ok(match kind {
        TypeKind::Boolean => (Physical::BOOLEAN, None),
        TypeKind::TinyInt => (Physical::INT32, Some(LogicalType::integer(8, true))),
        TypeKind::SmallInt => (Physical::INT32, Some(LogicalType::integer(16, true))),
        TypeKind::Int => (Physical::INT32, None),
        TypeKind::BigInt => (Physical::INT64, None),
        TypeKind::Float => (Physical::FLOAT, None),
        TypeKind::Double => (Physical::DOUBLE, None),
        TypeKind::Decimal { precision, scale } => {
            let physical = match precision {
                0..=9 => Physical::INT32,
                10..=18 => Physical::INT64,
                _ => Physical::FIXED_LEN_BYTE_ARRAY,
            };
            let logical = LogicalType::decimal(i32::from(*scale), i32::from(*precision));
            (physical, Some(logical))
        }
        TypeKind::Date => (Physical::INT32, Some(LogicalType::Date)),
        TypeKind::Time { .. } => (Physical::INT32, Some(LogicalType::time(true, TimeUnit::MILLIS))),
        TypeKind::Timestamp { precision } => timestamp(*precision, false),
        TypeKind::LocalZonedTimestamp { precision } => timestamp(*precision, true),
        TypeKind::Char { .. } | TypeKind::VarChar { .. } => {
            (Physical::BYTE_ARRAY, Some(LogicalType::String))
        }
        TypeKind::Binary { .. } | TypeKind::VarBinary { .. } | TypeKind::Blob => {
            (Physical::BYTE_ARRAY, None)
        }
        other => {
            return Err(Error::unsupported(format!(
                "writing type {} to Parquet",
                kind_name(other)
            )));
        }
    })
}

fn timestamp(precision: u8, utc: bool) -> (Physical, Option<LogicalType>) {
    match precision {
        0..=3 => (Physical::INT64, Some(LogicalType::timestamp(utc, TimeUnit::MILLIS))),
        4..=6 => (Physical::INT64, Some(LogicalType::timestamp(utc, TimeUnit::MICROS))),
        _ => (Physical::INT96, None),
    }
}

/// Least number of bytes whose two's complement holds `precision` digits.
fn decimal_length(precision: u8) -> i32 {
    let limit = 10_u128.saturating_pow(u32::from(precision));
    (1..16).find(|bytes| (1_u128 << (8 * bytes - 1)) >= limit).unwrap_or(16)
}

fn built(node: std::result::Result<Type, ParquetError>) -> Result<TypePtr> {
    node.map(Arc::new).map_err(|e| Error::internal("a Parquet schema").with_source(e))
}
