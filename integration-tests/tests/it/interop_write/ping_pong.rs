//! One table, two writers in turn: rows, compactions and schema changes, and both read the same after each.

use std::collections::BTreeMap;

use rimon_integration_tests::oracle::Oracle;
use rimon_integration_tests::random::Random;
use serde_json::{Map, Value, json};

use super::case::{Case, Spec, TABLE, row};
use crate::tables::difference;

const ROUNDS: usize = 20;

/// What the table must hold: rows by key, or, without a key, all rows.
enum Model {
    Keyed { key: &'static str, rows: BTreeMap<String, Map<String, Value>> },
    Appended(Vec<Map<String, Value>>),
}

impl Model {
    fn apply(&mut self, rows: &[Value]) {
        for row in rows {
            let mut row = row.as_object().expect("a row").clone();
            let kind = row.shift_remove("_kind");
            match self {
                Self::Appended(all) => all.push(row),
                Self::Keyed { key, rows: all } => {
                    let key = key.split(',').map(|k| row[k].to_string() + " ").collect();
                    if kind.is_some_and(|k| k == "-D" || k == "-U") {
                        all.remove(&key);
                    } else {
                        all.insert(key, row);
                    }
                }
            }
        }
    }

    fn rows(&mut self) -> Vec<&mut Map<String, Value>> {
        match self {
            Self::Keyed { rows, .. } => rows.values_mut().collect(),
            Self::Appended(all) => all.iter_mut().collect(),
        }
    }

    /// The lines a read must give, in the columns of now.
    fn lines(&mut self, columns: &[String]) -> Vec<String> {
        let mut lines: Vec<String> = self
            .rows()
            .into_iter()
            .map(|row| {
                let mut line = Map::new();
                line.insert("_kind".into(), json!("+I"));
                for column in columns {
                    let value = row.get(column).cloned().unwrap_or(Value::Null);
                    line.insert(column.clone(), value);
                }
                Value::Object(line).to_string()
            })
            .collect();
        lines.sort();
        lines
    }
}

fn random_rows(random: &mut Random, case: &Case, keyed: bool) -> Vec<Value> {
    let fields = case.fields();
    (0..random.below(40) + 1)
        .map(|_| {
            let mut fields = random.row(&fields);
            fields.insert("id".into(), json!(random.below(50)));
            fields.insert("p".into(), json!(random.below(2)));
            let kinds = ["+I", "+I", "+U", "-D"];
            row(fields, if keyed { kinds[random.below(4)] } else { "+I" })
        })
        .collect()
}

/// A schema change by Java, and the same in the model.
fn alter(oracle: &mut Oracle, case: &Case, model: &mut Model, round: usize) -> String {
    let change = match round % 4 {
        0 => json!({"op": "add-column", "name": format!("c{round}"), "type": "STRING"}),
        1 => json!({"op": "rename-column", "name": "name", "to": "label"}),
        2 => json!({"op": "update-type", "name": "n", "type": "BIGINT"}),
        _ => json!({"op": "drop-column", "name": "gone"}),
    };
    if oracle.ask(&case.warehouse(), TABLE, "alter", json!({"changes": [change]})).is_ok() {
        for row in model.rows() {
            if round % 4 == 1 {
                if let Some(value) = row.shift_remove("name") {
                    row.insert("label".into(), value);
                }
            } else if round % 4 == 3 {
                row.shift_remove("gone");
            }
        }
        return format!("Java alters: {change}");
    }
    assert!(round > 4, "the first of each kind of change works: {change}");
    "nothing left to alter".into()
}

pub(super) fn play(test: &str, spec: &Spec) {
    let Some(mut oracle) = Oracle::shared() else { return };
    let mut random = Random::new(test);
    let keyed = !spec.key.is_empty();
    let case = Case::ours(spec);
    let mut model = match keyed {
        true => Model::Keyed { key: spec.key, rows: BTreeMap::new() },
        false => Model::Appended(Vec::new()),
    };
    for round in 1..=ROUNDS {
        let mut moves = Vec::new();
        for _ in 0..2 {
            let rows = random_rows(&mut random, &case, keyed);
            if random.one_in(2) {
                moves.push(format!("we write {}", rows.len()));
                case.write(&rows);
            } else {
                moves.push(format!("Java writes {}", rows.len()));
                case.java_writes(&mut oracle, &rows);
            }
            model.apply(&rows);
        }
        if round % 3 == 0 {
            let mode = if random.one_in(2) { "full" } else { "minor" };
            moves.push(format!("Java compacts, {mode}"));
            oracle.run(&case.warehouse(), TABLE, "compact", json!({"mode": mode}));
        }
        if round % 4 == 0 {
            moves.push(alter(&mut oracle, &case, &mut model, round / 4));
        }
        let columns: Vec<String> = case.fields().into_iter().map(|f| f.name).collect();
        let expected = model.lines(&columns);
        for (who, got) in [("we", case.read()), ("Java", case.java_reads(&mut oracle))] {
            if let Some(how) = difference(&got, &expected) {
                panic!("{test}, round {round} ({}): {who} read {how}", moves.join(", "));
            }
        }
    }
}

pub(super) const COLUMNS: &str = "id INT NOT NULL; name STRING; n INT; p INT NOT NULL; gone DATE; \
    d DECIMAL(20, 3); ts TIMESTAMP(6); x DOUBLE; y BYTES; b BOOLEAN; l TIMESTAMP_LTZ(3)";

#[test]
fn a_primary_key_table_passes_between_us_and_java() {
    let options = "bucket=2";
    play("ping_pong", &Spec { columns: COLUMNS, key: "id,p", partitions: "p", options });
}

#[test]
fn an_append_table_passes_between_us_and_java() {
    play("ping_pong_append", &Spec { columns: COLUMNS, ..Spec::default() });
}

#[test]
fn an_append_table_with_buckets_passes_between_us_and_java() {
    let options = "bucket=2; bucket-key=id";
    play("ping_pong_buckets", &Spec { columns: COLUMNS, options, ..Spec::default() });
}
