//! Types and fields in schema JSON: format.md §3, `DataTypeJsonParser.java`.

use super::{DataField, DataType, TypeKind};
use crate::{Error, Result};
use serde_json::{Map, Value as Json};

impl DataType {
    /// The JSON of a schema: a string for atomic types, an object for nested ones.
    pub fn to_json(&self) -> Json {
        let suffix = if self.nullable { "" } else { " NOT NULL" };
        let (name, members) = match &self.kind {
            TypeKind::Array(element) => ("ARRAY", vec![("element", element.to_json())]),
            TypeKind::Multiset(element) => ("MULTISET", vec![("element", element.to_json())]),
            TypeKind::Map { key, value } => {
                ("MAP", vec![("key", key.to_json()), ("value", value.to_json())])
            }
            TypeKind::Vector { element, length } => {
                ("VECTOR", vec![("element", element.to_json()), ("length", Json::from(*length))])
            }
            TypeKind::Row(fields) => {
                let fields = fields.iter().map(field_to_json).collect();
                ("ROW", vec![("fields", Json::Array(fields))])
            }
            _ => return Json::String(self.to_string()),
        };
        let mut object = Map::new();
        object.insert("type".into(), Json::String(format!("{name}{suffix}")));
        object.extend(members.into_iter().map(|(k, v)| (k.to_owned(), v)));
        Json::Object(object)
    }

    /// The reverse of [`Self::to_json`]. [`crate::ErrorKind::Corrupt`] for what is not a type.
    pub fn from_json(json: &Json) -> Result<Self> {
        match json {
            Json::String(text) => text.parse().map_err(|e: Error| Error::corrupt(e.message())),
            Json::Object(object) => nested_from_json(object),
            other => Err(Error::corrupt(format!("{other} is not a type"))),
        }
    }
}

fn nested_from_json(object: &Map<String, Json>) -> Result<DataType> {
    let text = object.get("type").and_then(Json::as_str);
    let text = text.ok_or_else(|| Error::corrupt("type object without 'type'"))?;
    let child = |name: &str| -> Result<Box<DataType>> {
        let json = object.get(name);
        let json = json.ok_or_else(|| Error::corrupt(format!("{text} without '{name}'")))?;
        Ok(Box::new(DataType::from_json(json)?))
    };
    // VECTOR, MULTISET and MAP in Java's order of tests; each only looks at the beginning.
    let kind = if text.starts_with("ARRAY") {
        TypeKind::Array(child("element")?)
    } else if text.starts_with("VECTOR") {
        let length = object.get("length").and_then(Json::as_u64).and_then(|n| n.try_into().ok());
        let length = length.ok_or_else(|| Error::corrupt("VECTOR without 'length'"))?;
        TypeKind::Vector { element: child("element")?, length }
    } else if text.starts_with("MULTISET") {
        TypeKind::Multiset(child("element")?)
    } else if text.starts_with("MAP") {
        TypeKind::Map { key: child("key")?, value: child("value")? }
    } else if text.starts_with("ROW") {
        let fields = object.get("fields").and_then(Json::as_array);
        let fields = fields.ok_or_else(|| Error::corrupt("ROW without 'fields'"))?;
        TypeKind::Row(fields.iter().map(field_from_json).collect::<Result<_>>()?)
    } else {
        return Err(Error::corrupt(format!("'{text}' is not a nested type")));
    };
    Ok(DataType { nullable: !text.contains("NOT NULL"), kind })
}

/// One field of a schema or ROW.
pub(crate) fn field_to_json(field: &DataField) -> Json {
    let mut object = Map::new();
    object.insert("id".into(), Json::from(field.id));
    object.insert("name".into(), Json::from(field.name.as_str()));
    object.insert("type".into(), field.data_type.to_json());
    if let Some(description) = &field.description {
        object.insert("description".into(), Json::from(description.as_str()));
    }
    if let Some(default) = &field.default_value {
        object.insert("defaultValue".into(), Json::from(default.as_str()));
    }
    Json::Object(object)
}

/// The reverse of [`field_to_json`].
pub(crate) fn field_from_json(json: &Json) -> Result<DataField> {
    let name = json.get("name").and_then(Json::as_str);
    let name = name.ok_or_else(|| Error::corrupt("field without 'name'"))?;
    let id = json.get("id").and_then(Json::as_i64).and_then(|id| i32::try_from(id).ok());
    let id = id.ok_or_else(|| Error::corrupt("field without 'id'").with("column", name))?;
    let data_type = json.get("type");
    let data_type =
        data_type.ok_or_else(|| Error::corrupt("field without 'type'").with("column", name))?;
    let data_type = DataType::from_json(data_type).map_err(|e| e.with("column", name))?;
    let text = |key: &str| json.get(key).filter(|j| !j.is_null()).map(text_of);
    Ok(DataField {
        id,
        name: name.to_owned(),
        data_type,
        description: text("description"),
        default_value: text("defaultValue"),
    })
}

/// Jackson's `asText`: strings as they are, other scalars as written.
pub(crate) fn text_of(json: &Json) -> String {
    match json {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}
