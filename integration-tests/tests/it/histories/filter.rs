//! Random filters, in Java's form and in ours, and what they say of a row.

use rimon_integration_tests::random::Random;
use rimon_spec::predicate::Test;
use rimon_spec::{DataField, DataType, Predicate, TypeKind, Value};
use serde_json::{Map, Value as Json, json};

/// One filter in both forms.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    /// What the oracle is asked.
    pub(super) java: Json,
    /// What we are asked.
    pub(super) ours: Predicate,
}

impl Filter {
    /// A filter on columns of a table, with literals that some of its rows have.
    pub(super) fn any(
        random: &mut Random,
        fields: &[DataField],
        rows: &[Map<String, Json>],
    ) -> Option<Self> {
        let parts = [1, 1, 1, 2, 3][random.below(5)];
        let parts: Vec<Self> =
            (0..parts).filter_map(|_| Self::leaf(random, fields, rows)).collect();
        let java: Vec<&Json> = parts.iter().map(|p| &p.java).collect();
        let ours = parts.iter().map(|p| p.ours.clone()).collect();
        match parts.len() {
            0 => None,
            1 => parts.into_iter().next(),
            _ if random.one_in(2) => {
                Some(Self { java: json!({"and": java}), ours: Predicate::and(ours) })
            }
            _ => Some(Self { java: json!({"or": java}), ours: Predicate::or(ours) }),
        }
    }

    fn leaf(random: &mut Random, fields: &[DataField], rows: &[Map<String, Json>]) -> Option<Self> {
        let field = &fields[random.below(fields.len())];
        if nested(&field.data_type) {
            return None;
        }
        let name = field.name.as_str();
        let cells: Vec<&Json> = rows
            .iter()
            .filter_map(|r| r.get(name))
            .filter(|c| literal(c, &field.data_type).is_some())
            .collect();
        let made = |java: Json, test: Test| Some(Self { java, ours: Predicate::leaf(name, test) });
        if cells.is_empty() || random.one_in(8) {
            return match random.one_in(2) {
                true => made(json!([name, "is-null"]), Test::IsNull),
                false => made(json!([name, "is-not-null"]), Test::IsNotNull),
            };
        }
        let cell = cells[random.below(cells.len())];
        let value = literal(cell, &field.data_type)?;
        let at = |op: &str| json!([name, op, cell]);
        match random.below(8) {
            0 | 1 => made(at("="), Test::Eq(value)),
            2 => made(at("!="), Test::NotEq(value)),
            3 => made(at("<"), Test::Lt(value)),
            4 => made(at("<="), Test::LtEq(value)),
            5 => made(at(">"), Test::Gt(value)),
            6 => made(at(">="), Test::GtEq(value)),
            _ => match (&value, random.one_in(2)) {
                (Value::String(text), true) => {
                    let prefix: String = text.chars().take(1 + random.below(3)).collect();
                    made(json!([name, "starts-with", prefix]), Test::StartsWith(prefix.clone()))
                }
                _ => {
                    let picks: Vec<&Json> = (0..1 + random.below(5))
                        .map(|_| cells[random.below(cells.len())])
                        .collect();
                    let values = picks.iter().filter_map(|c| literal(c, &field.data_type));
                    made(json!([name, "in", picks]), Test::In(values.collect()))
                }
            },
        }
    }

    /// Whether Java can be asked, too: bytes it compares as objects, or with signs.
    pub(super) fn for_java(&self, fields: &[DataField]) -> bool {
        self.ours.columns().into_iter().all(|name| {
            let kind = &data_type(fields, name).kind;
            !matches!(kind, TypeKind::Binary { .. } | TypeKind::VarBinary { .. })
        })
    }

    /// Whether a row of Java passes; `None` when a value of it is none that filters speak of.
    pub(super) fn passes(&self, fields: &[DataField], row: &Map<String, Json>) -> Option<bool> {
        for name in self.ours.columns() {
            value_of(&row[name], data_type(fields, name))?;
        }
        let value =
            |name: &str| value_of(&row[name], data_type(fields, name)).unwrap_or(Value::Null);
        Some(self.ours.eval(&value) == Some(true))
    }
}

fn data_type<'a>(fields: &'a [DataField], name: &str) -> &'a DataType {
    &fields.iter().find(|f| f.name == name).expect("a column of the filter").data_type
}

fn nested(data_type: &DataType) -> bool {
    matches!(
        data_type.kind,
        TypeKind::Array(_)
            | TypeKind::Map { .. }
            | TypeKind::Row(_)
            | TypeKind::Multiset(_)
            | TypeKind::Variant
    )
}

/// A value that can stand in a filter: no null, and no number that compares in its own way.
fn literal(cell: &Json, data_type: &DataType) -> Option<Value> {
    match value_of(cell, data_type)? {
        Value::Null => None,
        Value::Float(v) if v.is_nan() || v == 0.0 => None,
        Value::Double(v) if v.is_nan() || v == 0.0 => None,
        value => Some(value),
    }
}

/// A value of a row line; `None` when it has no form here.
fn value_of(cell: &Json, data_type: &DataType) -> Option<Value> {
    let text = match cell {
        Json::Null => return Some(Value::Null),
        Json::String(text) => text.clone(),
        Json::Number(_) | Json::Bool(_) => cell.to_string(),
        _ => return None,
    };
    match data_type.kind {
        TypeKind::Binary { .. } | TypeKind::VarBinary { .. } => {
            let pairs = text.as_bytes().chunks(2).map(|p| std::str::from_utf8(p).ok());
            let bytes = pairs.map(|p| u8::from_str_radix(p?, 16).ok());
            Some(Value::Bytes(bytes.collect::<Option<_>>()?))
        }
        TypeKind::Timestamp { .. } | TypeKind::LocalZonedTimestamp { .. } => {
            let text = text.trim_end_matches('Z').replacen('T', " ", 1);
            Value::parse(&text, data_type).ok()
        }
        TypeKind::Char { .. } | TypeKind::VarChar { .. } => Some(Value::String(text)),
        _ => Value::parse(&text, data_type).ok(),
    }
}
