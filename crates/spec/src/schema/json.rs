//! The JSON of a schema file: format.md §3, `SchemaSerializer.java`.

use super::TableSchema;
use crate::types::{field_from_json, field_to_json, text_of};
use crate::{Error, Result};
use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

/// The version that is written.
pub(super) const CURRENT_VERSION: i32 = 3;
/// Paimon 0.7 and before: no version in the file, one bucket unless said otherwise.
const VERSION_0_7: i32 = 1;
/// Paimon 0.8: ORC unless said otherwise.
const VERSION_0_8: i32 = 2;

impl TableSchema {
    /// Reads a schema file, putting the defaults of older versions into the options. [`crate::ErrorKind::Corrupt`] for
    /// what is not a schema, [`crate::ErrorKind::Unsupported`] for a version after 3.
    pub fn from_json(bytes: &[u8]) -> Result<Self> {
        let json: Json = serde_json::from_slice(bytes)
            .map_err(|e| Error::corrupt("schema is not JSON").with_source(e))?;
        let version = match json.get("version") {
            None => VERSION_0_7,
            Some(_) => int(&json, "version")?,
        };
        if version > CURRENT_VERSION {
            let message = format!(
                "schema of version {version}; this build reads versions up to {CURRENT_VERSION}"
            );
            return Err(Error::unsupported(message));
        }
        let fields = array(&json, "fields")?.iter().map(field_from_json).collect::<Result<_>>()?;
        let schema = Self {
            version,
            id: i64::from(int(&json, "id")?),
            fields,
            highest_field_id: int(&json, "highestFieldId")?,
            partition_keys: strings(&json, "partitionKeys")?,
            primary_keys: strings(&json, "primaryKeys")?,
            options: options(&json, version)?,
            comment: json.get("comment").filter(|c| !c.is_null()).map(text_of),
            time_millis: json.get("timeMillis").and_then(Json::as_i64).unwrap_or(0),
        };
        schema.check_keys()?;
        Ok(schema)
    }

    /// Every key is a column: what other code relies on.
    fn check_keys(&self) -> Result<()> {
        for key in self.partition_keys.iter().chain(&self.primary_keys) {
            if self.field(key).is_none() {
                return Err(Error::corrupt(format!(
                    "schema names key '{key}' but has no such column"
                )));
            }
        }
        Ok(())
    }

    /// The file's text, as Java writes it.
    pub fn to_json(&self) -> Result<String> {
        let strings = |list: &[String]| Json::from(list.to_vec());
        let mut json = Map::new();
        json.insert("version".into(), self.version.into());
        json.insert("id".into(), self.id.into());
        json.insert("fields".into(), self.fields.iter().map(field_to_json).collect());
        json.insert("highestFieldId".into(), self.highest_field_id.into());
        json.insert("partitionKeys".into(), strings(&self.partition_keys));
        json.insert("primaryKeys".into(), strings(&self.primary_keys));
        let options = self.options.iter().map(|(k, v)| (k.clone(), Json::from(v.as_str())));
        json.insert("options".into(), Json::Object(options.collect()));
        if let Some(comment) = &self.comment {
            json.insert("comment".into(), comment.as_str().into());
        }
        json.insert("timeMillis".into(), self.time_millis.into());
        crate::json::to_pretty(&json)
    }

    /// The fields as compact JSON, as the `$schemas` system table shows them.
    pub fn fields_json(&self) -> Result<String> {
        crate::json::to_compact(&self.fields.iter().map(field_to_json).collect::<Json>())
    }
}

fn lacks(name: &str) -> Error {
    Error::corrupt(format!("schema without '{name}'"))
}

fn int(json: &Json, name: &str) -> Result<i32> {
    let number = json.get(name).and_then(Json::as_i64);
    number.and_then(|n| i32::try_from(n).ok()).ok_or_else(|| lacks(name))
}

fn array<'a>(json: &'a Json, name: &str) -> Result<&'a Vec<Json>> {
    json.get(name).and_then(Json::as_array).ok_or_else(|| lacks(name))
}

fn strings(json: &Json, name: &str) -> Result<Vec<String>> {
    Ok(array(json, name)?.iter().map(text_of).collect())
}

fn options(json: &Json, version: i32) -> Result<IndexMap<String, String>> {
    let object = json.get("options").and_then(Json::as_object).ok_or_else(|| lacks("options"))?;
    let mut options: IndexMap<_, _> =
        object.iter().map(|(key, value)| (key.clone(), text_of(value))).collect();
    if version <= VERSION_0_7 && !options.contains_key("bucket") {
        options.insert("bucket".into(), "1".into());
    }
    if version <= VERSION_0_8 && !options.contains_key("file.format") {
        options.insert("file.format".into(), "orc".into());
    }
    Ok(options)
}
