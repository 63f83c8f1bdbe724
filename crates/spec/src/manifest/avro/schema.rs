//! Avro schemas, parsed from a file's header.

use crate::{Error, Result};
use serde_json::Value as Json;
use std::collections::HashMap;

/// Types in a schema, references resolved; a bound against headers that unfold without end.
const MAX_NODES: usize = 10_000;

/// A type, without names and logical types.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::manifest) enum Schema {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
    Fixed(usize),
    Enum,
    Array(Box<Schema>),
    Map(Box<Schema>),
    Union(Vec<Schema>),
    Record(Vec<Field>),
}

/// A field of a record.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::manifest) struct Field {
    pub(in crate::manifest) name: String,
    pub(in crate::manifest) schema: Schema,
    /// Index in the [`Shape`] that the schema was bound to; `None`: read over.
    pub(in crate::manifest) slot: Option<usize>,
}

/// The fields that a record is read for.
#[derive(Debug)]
pub(in crate::manifest) struct Shape(pub(in crate::manifest) &'static [ShapeField]);

/// One of them; its slot is its index in the shape.
#[derive(Debug)]
pub(in crate::manifest) struct ShapeField {
    pub(in crate::manifest) name: &'static str,
    /// Whether a file without it is corrupt.
    pub(in crate::manifest) required: bool,
    /// Shape of the record that it is, or is an array of.
    pub(in crate::manifest) shape: Option<&'static Shape>,
}

impl Schema {
    /// Parses the JSON of a header.
    pub(in crate::manifest) fn parse(json: &str) -> Result<Self> {
        let json: Json = serde_json::from_str(json)
            .map_err(|e| Error::corrupt("Avro schema is not JSON").with_source(e))?;
        Parser::default().schema(&json, "")
    }

    /// Fewest bytes of a value.
    pub(in crate::manifest) fn least_size(&self) -> usize {
        match self {
            Self::Null => 0,
            Self::Float => 4,
            Self::Double => 8,
            Self::Fixed(size) => *size,
            Self::Record(fields) => {
                fields.iter().fold(0, |n, f| n.saturating_add(f.schema.least_size()))
            }
            _ => 1,
        }
    }

    /// Gives the fields of the record in this schema the slots of `shape`, and so on inside.
    pub(in crate::manifest) fn bind(&mut self, shape: &'static Shape) -> Result<()> {
        let Some(fields) = self.record_mut() else {
            return Err(Error::corrupt("Avro schema has no record where one must be"));
        };
        for (slot, wanted) in shape.0.iter().enumerate() {
            let found = fields.iter_mut().find(|f| f.name == wanted.name);
            match (found, wanted.shape) {
                (Some(field), inner) => {
                    field.slot = Some(slot);
                    if let Some(inner) = inner {
                        field.schema.bind(inner).map_err(|e| e.with("field", wanted.name))?;
                    }
                }
                (None, _) if wanted.required => {
                    return Err(Error::corrupt(format!("Avro schema lacks field {}", wanted.name)));
                }
                (None, _) => {}
            }
        }
        Ok(())
    }

    fn record_mut(&mut self) -> Option<&mut Vec<Field>> {
        match self {
            Self::Record(fields) => Some(fields),
            Self::Array(item) => item.record_mut(),
            Self::Union(branches) => branches.iter_mut().find_map(Self::record_mut),
            _ => None,
        }
    }
}

#[derive(Default)]
struct Parser {
    /// Full and short names of the types seen; `None` while a record is being read.
    named: HashMap<String, Option<Schema>>,
    nodes: usize,
}

impl Parser {
    fn schema(&mut self, json: &Json, namespace: &str) -> Result<Schema> {
        self.count(1)?;
        match json {
            Json::String(name) => self.named_or_primitive(name, namespace),
            Json::Array(branches) => {
                let branches = branches.iter().map(|b| self.schema(b, namespace));
                Ok(Schema::Union(branches.collect::<Result<_>>()?))
            }
            Json::Object(object) => match object.get("type") {
                Some(Json::String(name)) => self.complex(name, json, namespace),
                Some(inner) => self.schema(inner, namespace),
                None => Err(Error::corrupt("Avro schema without type")),
            },
            other => Err(Error::corrupt(format!("{other} is not an Avro schema"))),
        }
    }

    fn count(&mut self, nodes: usize) -> Result<()> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES {
            return Err(Error::corrupt(format!("Avro schema of more than {MAX_NODES} types")));
        }
        Ok(())
    }

    fn named_or_primitive(&mut self, name: &str, namespace: &str) -> Result<Schema> {
        if let Some(primitive) = primitive(name) {
            return Ok(primitive);
        }
        let found = self
            .named
            .get(&full_name(name, namespace))
            .or_else(|| self.named.get(name))
            .ok_or_else(|| Error::corrupt(format!("unknown Avro type '{name}'")))?;
        let schema = found.clone();
        let schema =
            schema.ok_or_else(|| Error::corrupt(format!("Avro type '{name}' in itself")))?;
        self.count(nodes_of(&schema))?;
        Ok(schema)
    }

    fn complex(&mut self, type_name: &str, json: &Json, namespace: &str) -> Result<Schema> {
        let member = |name: &str| {
            json.get(name)
                .ok_or_else(|| Error::corrupt(format!("Avro {type_name} without '{name}'")))
        };
        match type_name {
            "array" => Ok(Schema::Array(Box::new(self.schema(member("items")?, namespace)?))),
            "map" => Ok(Schema::Map(Box::new(self.schema(member("values")?, namespace)?))),
            "record" | "enum" | "fixed" => {
                let name = member("name")?.as_str().unwrap_or_default();
                let own = json.get("namespace").and_then(Json::as_str).unwrap_or(namespace);
                let full = full_name(name, own);
                let inner = full.rsplit_once('.').map_or("", |(namespace, _)| namespace).to_owned();
                self.named.insert(full.clone(), None);
                let schema = match type_name {
                    "enum" => Schema::Enum,
                    "fixed" => {
                        let size = member("size")?.as_u64().and_then(|n| usize::try_from(n).ok());
                        Schema::Fixed(size.ok_or_else(|| Error::corrupt("Avro fixed size"))?)
                    }
                    _ => self.record(member("fields")?, &inner)?,
                };
                self.named.insert(full, Some(schema.clone()));
                Ok(schema)
            }
            primitive => self.named_or_primitive(primitive, namespace),
        }
    }

    fn record(&mut self, fields: &Json, namespace: &str) -> Result<Schema> {
        let fields = fields.as_array().ok_or_else(|| Error::corrupt("Avro record fields"))?;
        let read = |field: &Json| {
            let name = field.get("name").and_then(Json::as_str);
            let name = name.ok_or_else(|| Error::corrupt("Avro field without name"))?.to_owned();
            let schema = field.get("type");
            let schema = schema.ok_or_else(|| Error::corrupt("Avro field without type"))?;
            Ok(Field { name, schema: self.schema(schema, namespace)?, slot: None })
        };
        Ok(Schema::Record(fields.iter().map(read).collect::<Result<_>>()?))
    }
}

fn primitive(name: &str) -> Option<Schema> {
    Some(match name {
        "null" => Schema::Null,
        "boolean" => Schema::Boolean,
        "int" => Schema::Int,
        "long" => Schema::Long,
        "float" => Schema::Float,
        "double" => Schema::Double,
        "bytes" => Schema::Bytes,
        "string" => Schema::String,
        _ => return None,
    })
}

fn full_name(name: &str, namespace: &str) -> String {
    if name.contains('.') || namespace.is_empty() {
        name.to_owned()
    } else {
        format!("{namespace}.{name}")
    }
}

fn nodes_of(schema: &Schema) -> usize {
    1 + match schema {
        Schema::Array(item) | Schema::Map(item) => nodes_of(item),
        Schema::Union(branches) => branches.iter().map(nodes_of).sum(),
        Schema::Record(fields) => fields.iter().map(|f| nodes_of(&f.schema)).sum(),
        _ => 0,
    }
}
