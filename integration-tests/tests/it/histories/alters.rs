//! Random schema changes. Java decides whether they are allowed.

use rimon_integration_tests::random::Random;
use rimon_spec::{DataField, TypeKind};
use serde_json::{Value, json};

use super::shape::VALUES;

/// One change to a table of these columns. `number` makes new names.
pub(super) fn change(random: &mut Random, fields: &[DataField], number: usize) -> Value {
    // a change of a key or a partition column is refused, most are of others
    let others: Vec<&DataField> =
        fields.iter().filter(|f| !f.name.starts_with(['k', 'p'])).collect();
    let field = if others.is_empty() || random.one_in(10) {
        &fields[random.below(fields.len())]
    } else {
        others[random.below(others.len())]
    };
    let name = field.name.as_str();
    match random.below(12) {
        0..=2 => add(random, fields, number),
        3 => json!({"op": "drop-column", "name": name}),
        4 | 5 => {
            // a name that was dropped or renamed before is a name like any other
            let to = match random.one_in(3) {
                true => format!("c{}", random.below(6)),
                false => format!("n{number}"),
            };
            json!({"op": "rename-column", "name": name, "to": to})
        }
        6..=8 => json!({"op": "update-type", "name": name, "type": wider(random, field)}),
        9 => json!({"op": "update-nullability", "name": name, "nullable": true}),
        10 => {
            let other = &fields[random.below(fields.len())].name;
            let place = random.pick(&["after", "before"]);
            json!({"op": "update-position", "name": name, place: other})
        }
        _ => nested(random, fields, number)
            .unwrap_or_else(|| json!({"op": "update-position", "name": name, "first": true})),
    }
}

fn add(random: &mut Random, fields: &[DataField], number: usize) -> Value {
    let name = match random.one_in(3) {
        true => format!("c{}", random.below(6)),
        false => format!("n{number}"),
    };
    let mut change = json!({"op": "add-column", "name": name, "type": random.pick(&VALUES)});
    match random.below(4) {
        0 => change["first"] = json!(true),
        1 => change["after"] = json!(fields[random.below(fields.len())].name),
        _ => {}
    }
    change
}

/// A type that values of the column can be cast to.
fn wider(random: &mut Random, field: &DataField) -> &'static str {
    match &field.data_type.kind {
        TypeKind::TinyInt => random.pick(&["SMALLINT", "INT", "BIGINT", "DOUBLE", "STRING"]),
        TypeKind::SmallInt => random.pick(&["INT", "BIGINT", "FLOAT", "DECIMAL(12, 2)", "STRING"]),
        TypeKind::Int => random.pick(&["BIGINT", "BIGINT", "DOUBLE", "SMALLINT", "DECIMAL(12, 0)"]),
        TypeKind::BigInt => random.pick(&["DOUBLE", "INT", "DECIMAL(25, 3)", "STRING", "FLOAT"]),
        TypeKind::Float => random.pick(&["DOUBLE", "STRING", "INT"]),
        TypeKind::Double => random.pick(&["FLOAT", "BIGINT", "DECIMAL(38, 10)", "STRING"]),
        TypeKind::Decimal { .. } => {
            random.pick(&["DECIMAL(38, 10)", "DECIMAL(10, 1)", "DOUBLE", "BIGINT", "STRING"])
        }
        TypeKind::Boolean => random.pick(&["INT", "STRING", "TINYINT"]),
        TypeKind::Char { .. } => random.pick(&["STRING", "CHAR(8)", "CHAR(2)"]),
        TypeKind::VarChar { .. } => random.pick(&["STRING", "VARCHAR(3)", "CHAR(6)", "BYTES"]),
        TypeKind::Binary { .. } => random.pick(&["BYTES", "BINARY(6)", "BINARY(2)"]),
        TypeKind::VarBinary { .. } => random.pick(&["BYTES", "VARBINARY(2)"]),
        TypeKind::Date => random.pick(&["TIMESTAMP(3)", "STRING", "TIMESTAMP(6)"]),
        TypeKind::Time { .. } => random.pick(&["STRING", "TIME(3)", "TIME(0)"]),
        TypeKind::Timestamp { .. } => {
            // not TIME: before 1970 that is a negative one in Java
            random.pick(&["TIMESTAMP(9)", "TIMESTAMP(0)", "TIMESTAMP(6)", "DATE", "STRING"])
        }
        TypeKind::LocalZonedTimestamp { .. } => {
            random.pick(&["TIMESTAMP_LTZ(6)", "TIMESTAMP_LTZ(0)"])
        }
        _ => "STRING",
    }
}

/// A change inside a ROW column.
fn nested(random: &mut Random, fields: &[DataField], number: usize) -> Option<Value> {
    let rows: Vec<&DataField> =
        fields.iter().filter(|f| matches!(f.data_type.kind, TypeKind::Row(_))).collect();
    let field = rows.get(random.below(rows.len().max(1)))?;
    let TypeKind::Row(members) = &field.data_type.kind else { return None };
    let member = &members[random.below(members.len())].name;
    Some(match random.below(4) {
        0 => {
            json!({"op": "add-column", "name": [field.name, format!("m{number}")], "type": "BIGINT"})
        }
        1 => json!({"op": "drop-column", "name": [field.name, member]}),
        2 => {
            json!({"op": "rename-column", "name": [field.name, member], "to": format!("m{number}")})
        }
        _ => json!({"op": "update-type", "name": [field.name, member], "type": "STRING"}),
    })
}
