//! Avro schemas, parsed from a file's header. Names of records serve references only.

use rimon_spec::{Error, Result};
use serde_json::Value as Json;
use std::collections::HashMap;

/// Types in a schema, references resolved; a bound against headers that unfold without end.
const MAX_NODES: usize = 50_000;

/// What the numbers or bytes of a type mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Logical {
    None,
    Date,
    TimeMillis,
    TimeMicros,
    /// `timestamp-millis` or `local-timestamp-millis`: which of them is the schema's word in Avro, but Paimon takes it
    /// from the column's type.
    Millis,
    Micros,
    Nanos,
    Decimal {
        scale: i64,
    },
}

/// A type.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Schema {
    Null,
    Boolean,
    Int(Logical),
    Long(Logical),
    Float,
    Double,
    Bytes(Logical),
    String,
    Fixed(usize, Logical),
    Enum,
    Array(Box<Schema>),
    Map(Box<Schema>),
    Union(Vec<Schema>),
    Record(Vec<Field>),
}

/// A field of a record.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) schema: Schema,
}

impl Schema {
    /// Parses the JSON of a header.
    pub(super) fn parse(json: &str) -> Result<Self> {
        let json: Json = serde_json::from_str(json)
            .map_err(|e| Error::corrupt("Avro schema is not JSON").with_source(e))?;
        Parser::default().schema(&json, "")
    }

    /// Fewest bytes of a value.
    pub(super) fn least_size(&self) -> usize {
        match self {
            Self::Null => 0,
            Self::Float => 4,
            Self::Double => 8,
            Self::Fixed(size, _) => *size,
            Self::Record(fields) => {
                fields.iter().fold(0, |n, f| n.saturating_add(f.schema.least_size()))
            }
            _ => 1,
        }
    }

    /// The word for it in messages.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Int(_) => "int",
            Self::Long(_) => "long",
            Self::Float => "float",
            Self::Double => "double",
            Self::Bytes(_) => "bytes",
            Self::String => "string",
            Self::Fixed(..) => "fixed",
            Self::Enum => "enum",
            Self::Array(_) => "array",
            Self::Map(_) => "map",
            Self::Union(_) => "union",
            Self::Record(_) => "record",
        }
    }

    fn nodes(&self) -> usize {
        1 + match self {
            Self::Array(item) | Self::Map(item) => item.nodes(),
            Self::Union(branches) => branches.iter().map(Self::nodes).sum(),
            Self::Record(fields) => fields.iter().map(|f| f.schema.nodes()).sum(),
            _ => 0,
        }
    }
}

#[derive(Default)]
struct Parser {
    /// Full names of the types seen; `None` while a record is being read.
    named: HashMap<String, Option<Schema>>,
    nodes: usize,
}

impl Parser {
    fn schema(&mut self, json: &Json, namespace: &str) -> Result<Schema> {
        self.count(1)?;
        match json {
            Json::String(name) => self.named(name, Logical::None, namespace),
            Json::Array(branches) => {
                let branches = branches.iter().map(|b| self.schema(b, namespace));
                Ok(Schema::Union(branches.collect::<Result<_>>()?))
            }
            Json::Object(object) => match object.get("type") {
                Some(Json::String(name)) => self.complex(name, json, namespace),
                Some(inner) => self.schema(inner, namespace),
                None => Err(Error::corrupt("Avro schema without type")),
            },
            _ => Err(Error::corrupt("Avro schema that is no type")),
        }
    }

    fn count(&mut self, nodes: usize) -> Result<()> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > MAX_NODES {
            return Err(Error::corrupt(format!("Avro schema of more than {MAX_NODES} types")));
        }
        Ok(())
    }

    fn named(&mut self, name: &str, logical: Logical, namespace: &str) -> Result<Schema> {
        if let Some(primitive) = primitive(name, logical) {
            return Ok(primitive);
        }
        let found = self.named.get(&full_name(name, namespace)).or_else(|| self.named.get(name));
        match found.cloned() {
            Some(Some(schema)) => {
                self.count(schema.nodes())?;
                Ok(schema)
            }
            Some(None) => Err(Error::unsupported("Avro record that contains itself")),
            None => Err(Error::corrupt("Avro schema with an unknown type")),
        }
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
                let inner = full.rsplit_once('.').map_or("", |(space, _)| space).to_owned();
                self.named.insert(full.clone(), None);
                let schema = match type_name {
                    "enum" => Schema::Enum,
                    "fixed" => {
                        let size = member("size")?.as_u64().and_then(|n| usize::try_from(n).ok());
                        let size = size.ok_or_else(|| Error::corrupt("Avro fixed without size"))?;
                        Schema::Fixed(size, logical(json)?)
                    }
                    _ => self.record(member("fields")?, &inner)?,
                };
                self.named.insert(full, Some(schema.clone()));
                Ok(schema)
            }
            name => self.named(name, logical(json)?, namespace),
        }
    }

    fn record(&mut self, fields: &Json, namespace: &str) -> Result<Schema> {
        let fields = fields.as_array().ok_or_else(|| Error::corrupt("Avro record fields"))?;
        let read = |field: &Json| {
            let name = field.get("name").and_then(Json::as_str);
            let name = name.ok_or_else(|| Error::corrupt("Avro field without name"))?.to_owned();
            let schema = field.get("type");
            let schema = schema.ok_or_else(|| Error::corrupt("Avro field without type"))?;
            Ok(Field { name, schema: self.schema(schema, namespace)? })
        };
        Ok(Schema::Record(fields.iter().map(read).collect::<Result<_>>()?))
    }
}

/// Logical types that are not known mean nothing, as Avro says.
fn logical(json: &Json) -> Result<Logical> {
    Ok(match json.get("logicalType").and_then(Json::as_str).unwrap_or_default() {
        "date" => Logical::Date,
        "time-millis" => Logical::TimeMillis,
        "time-micros" => Logical::TimeMicros,
        "timestamp-millis" | "local-timestamp-millis" => Logical::Millis,
        "timestamp-micros" | "local-timestamp-micros" => Logical::Micros,
        "timestamp-nanos" | "local-timestamp-nanos" => Logical::Nanos,
        "decimal" => {
            let scale = json.get("scale").map_or(Some(0), Json::as_i64);
            Logical::Decimal { scale: scale.ok_or_else(|| Error::corrupt("Avro decimal scale"))? }
        }
        _ => Logical::None,
    })
}

fn primitive(name: &str, logical: Logical) -> Option<Schema> {
    Some(match name {
        "null" => Schema::Null,
        "boolean" => Schema::Boolean,
        "int" => Schema::Int(logical),
        "long" => Schema::Long(logical),
        "float" => Schema::Float,
        "double" => Schema::Double,
        "bytes" => Schema::Bytes(logical),
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
