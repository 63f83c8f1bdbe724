//! The schema of a file, exactly as `AvroSchemaConverter.java` makes it.

use crate::arrow_schema::kind_name;
use rimon_spec::{DataField, DataType, Error, Result, TypeKind};
use serde_json::{Map, Value as Json, json};
use std::collections::HashSet;

const NAMESPACE: &str = "org.apache.paimon.avro.generated";
const ROOT: &str = "record";

/// The JSON of a file with the columns `fields`.
///
/// # Errors
/// `Unsupported` naming the column that Avro cannot hold.
pub(super) fn schema_of(fields: &[DataField]) -> Result<String> {
    let mut names = HashSet::new();
    let mut record = record(fields, ROOT, &mut names)?;
    if let Some(object) = record.as_object_mut() {
        object.shift_insert(2, "namespace".to_owned(), json!(NAMESPACE));
    }
    Ok(record.to_string())
}

/// The items of maps with other keys than text are records in an array.
pub(super) fn is_array_map(key: &DataType) -> bool {
    !matches!(key.kind, TypeKind::Char { .. } | TypeKind::VarChar { .. })
}

fn record(fields: &[DataField], name: &str, names: &mut HashSet<String>) -> Result<Json> {
    let columns = fields.iter().map(|field| {
        let inner = format!("{name}_{}", field.name);
        check_name(&field.name)?;
        let data_type = &field.data_type;
        let schema = schema(data_type, &inner, names).map_err(|e| e.with("column", &field.name))?;
        Ok(column(&field.name, schema, data_type.nullable))
    });
    let columns: Vec<Json> = columns.collect::<Result<_>>()?;
    named(name, columns, names)
}

fn named(name: &str, columns: Vec<Json>, names: &mut HashSet<String>) -> Result<Json> {
    if !names.insert(name.to_owned()) {
        return Err(Error::unsupported(format!("two rows that are both called '{name}' in Avro")));
    }
    Ok(json!({"type": "record", "name": name, "fields": columns}))
}

fn column(name: &str, schema: Json, with_default: bool) -> Json {
    let mut column = Map::new();
    column.insert("name".to_owned(), json!(name));
    column.insert("type".to_owned(), schema);
    if with_default {
        column.insert("default".to_owned(), Json::Null);
    }
    Json::Object(column)
}

/// Avro's names; Java's library refuses others too.
fn check_name(name: &str) -> Result<()> {
    let mut chars = name.chars();
    let first = chars.next().is_some_and(|c| c.is_alphabetic() || c == '_');
    if first && chars.all(|c| c.is_alphanumeric() || c == '_') {
        return Ok(());
    }
    Err(Error::unsupported(format!("a column called '{name}' in an Avro file")))
}

fn schema(data_type: &DataType, name: &str, names: &mut HashSet<String>) -> Result<Json> {
    let refused = || Error::unsupported(format!("{} in Avro files", kind_name(&data_type.kind)));
    let inner = match &data_type.kind {
        TypeKind::Boolean => json!("boolean"),
        TypeKind::TinyInt | TypeKind::SmallInt | TypeKind::Int => json!("int"),
        TypeKind::BigInt => json!("long"),
        TypeKind::Float => json!("float"),
        TypeKind::Double => json!("double"),
        TypeKind::Char { .. } | TypeKind::VarChar { .. } => json!("string"),
        TypeKind::Binary { .. } | TypeKind::VarBinary { .. } | TypeKind::Blob => json!("bytes"),
        TypeKind::Date => json!({"type": "int", "logicalType": "date"}),
        TypeKind::Time { precision: 0..=3 } => {
            json!({"type": "int", "logicalType": "time-millis"})
        }
        // The reverse of what Avro means by these names.
        TypeKind::Timestamp { precision: 0..=3 } => long("timestamp-millis"),
        TypeKind::Timestamp { precision: 4..=6 } => long("timestamp-micros"),
        TypeKind::LocalZonedTimestamp { precision: 0..=3 } => long("local-timestamp-millis"),
        TypeKind::LocalZonedTimestamp { precision: 4..=6 } => long("local-timestamp-micros"),
        TypeKind::Decimal { precision, scale } => json!({
            "type": "bytes", "logicalType": "decimal", "precision": precision, "scale": scale,
        }),
        TypeKind::Row(fields) => record(fields, name, names)?,
        TypeKind::Array(element) => {
            json!({"type": "array", "items": schema(element, name, names)?})
        }
        TypeKind::Map { key, value } => map(key, value, name, names)?,
        TypeKind::Multiset(key) => map(key, &DataType::new(TypeKind::Int), name, names)?,
        _ => return Err(refused()),
    };
    Ok(if data_type.nullable { json!(["null", inner]) } else { inner })
}

fn long(logical: &str) -> Json {
    json!({"type": "long", "logicalType": logical})
}

fn map(key: &DataType, value: &DataType, name: &str, names: &mut HashSet<String>) -> Result<Json> {
    if !is_array_map(key) {
        return Ok(json!({"type": "map", "values": schema(value, name, names)?}));
    }
    let keys = schema(key, &format!("{name}_key"), names)?;
    let values = schema(value, &format!("{name}_value"), names)?;
    let columns = vec![column("key", keys, false), column("value", values, value.nullable)];
    let items = named(name, columns, names)?;
    Ok(json!({"type": "array", "items": items, "logicalType": "map"}))
}
