//! Random rows that meet: keys, partitions and sequence values come from small pools.

use std::collections::{HashMap, HashSet};

use rimon_integration_tests::random::Random;
use rimon_spec::{DataField, TypeKind};
use serde_json::{Map, Value, json};

use super::shape::Shape;

/// What the columns of a table are for. Columns are known by id, so that renaming them changes nothing.
#[derive(Debug, Default)]
pub(super) struct Roles {
    pools: HashMap<i32, Vec<Value>>,
    kind_column: Option<i32>,
    /// Columns that are summed up or multiplied: what overflows is an error here and wraps around in Java 1.4.
    small: HashSet<i32>,
    /// Columns of lists: Java 1.4 lists blank texts, later releases do not.
    filled: HashSet<i32>,
    sparse: bool,
    kinds: Vec<&'static str>,
}

impl Roles {
    /// The roles in the first schema of a table.
    pub(super) fn new(random: &mut Random, shape: &Shape, fields: &[DataField]) -> Self {
        let mut roles =
            Self { sparse: shape.sparse, kinds: shape.kinds.clone(), ..Self::default() };
        let keys = shape.key.iter().filter(|k| !shape.partitions.contains(k)).count();
        for field in fields {
            match shape.option(&format!("fields.{}.aggregate-function", field.name)) {
                "sum" | "product" => _ = roles.small.insert(field.id),
                "listagg" => _ = roles.filled.insert(field.id),
                _ => {}
            }
            let size = if shape.partitions.contains(&field.name) {
                3
            } else if shape.key.contains(&field.name) {
                if keys > 1 { 6 } else { 24 }
            } else if shape.sequence.contains(&field.name) {
                8
            } else {
                if shape.kind_column.as_ref() == Some(&field.name) {
                    roles.kind_column = Some(field.id);
                }
                continue;
            };
            roles.pools.insert(field.id, pool(random, field, size));
        }
        roles
    }

    /// A row of these fields.
    pub(super) fn row(&self, random: &mut Random, fields: &[DataField]) -> Value {
        let mut row = Map::new();
        for field in fields {
            let value = if let Some(pool) = self.pools.get(&field.id) {
                pool[random.below(pool.len())].clone()
            } else if self.kind_column == Some(field.id) {
                json!(random.pick(&["+I", "+I", "+U", "-D", "-U"]))
            } else if self.sparse && field.data_type.nullable && random.one_in(2) {
                Value::Null
            } else if self.small.contains(&field.id) {
                small(random, &field.data_type.kind)
            } else {
                match random.value(&field.data_type) {
                    Value::String(text) if text.is_empty() && self.filled.contains(&field.id) => {
                        json!("blank")
                    }
                    value => value,
                }
            };
            row.insert(field.name.clone(), value);
        }
        let kind = self.kinds[random.below(self.kinds.len())];
        if kind != "+I" && self.kind_column.is_none() {
            row.insert("_kind".into(), json!(kind));
        }
        Value::Object(row)
    }

    /// Some rows, in one commit; the same key may come several times.
    pub(super) fn rows(
        &self,
        random: &mut Random,
        fields: &[DataField],
        most: usize,
    ) -> Vec<Value> {
        (0..1 + random.below(most)).map(|_| self.row(random, fields)).collect()
    }

    /// A partition as strings, as Java's commands take it.
    pub(super) fn partition(
        &self,
        random: &mut Random,
        fields: &[&DataField],
    ) -> Option<Map<String, Value>> {
        let mut out = Map::new();
        for field in fields {
            let simple = matches!(
                field.data_type.kind,
                TypeKind::Int
                    | TypeKind::BigInt
                    | TypeKind::SmallInt
                    | TypeKind::Date
                    | TypeKind::Boolean
                    | TypeKind::VarChar { .. }
            );
            let pool = self.pools.get(&field.id).filter(|_| simple)?;
            let text = match &pool[random.below(pool.len())] {
                Value::Null => return None,
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            if text.trim().is_empty() {
                return None;
            }
            out.insert(field.name.clone(), json!(text));
        }
        Some(out)
    }
}

/// A number that can be added and multiplied many times.
fn small(random: &mut Random, kind: &TypeKind) -> Value {
    let sign = random.pick(&["", "-"]);
    match kind {
        TypeKind::Decimal { scale: 0, .. } => json!(format!("{sign}1")),
        TypeKind::Decimal { scale, .. } => {
            json!(format!("{sign}1.{:0>width$}", 0, width = usize::from(*scale)))
        }
        TypeKind::Float | TypeKind::Double => json!(format!("{sign}1.5e0")),
        _ => json!(random.below(3) as i64 - 1),
    }
}

fn pool(random: &mut Random, field: &DataField, size: usize) -> Vec<Value> {
    let mut pool: Vec<Value> = Vec::new();
    for _ in 0..size * 4 {
        let value = random.value(&field.data_type);
        // a key that equals its neighbours is nobody's
        let value = if value == json!("NaN") { json!("1.5e0") } else { value };
        if pool.len() < size && !pool.contains(&value) {
            pool.push(value);
        }
    }
    pool
}
