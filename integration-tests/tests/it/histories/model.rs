//! What a table must hold, row by row: the merge engines in their simplest words.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// A merge engine, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    /// All rows, no key.
    Append,
    /// The last row of a key.
    Deduplicate,
    /// The row of a key with the greatest `s`, of equal ones the last.
    Sequence,
    /// The last value of each column that is not null.
    PartialUpdate,
    /// `n` summed up, `m` the greatest, others the last value that is not null.
    Aggregation,
    /// The first row of a key.
    FirstRow,
}

/// All engines.
pub(super) const ENGINES: [Engine; 6] = [
    Engine::Append,
    Engine::Deduplicate,
    Engine::Sequence,
    Engine::PartialUpdate,
    Engine::Aggregation,
    Engine::FirstRow,
];

impl Engine {
    /// Table options.
    pub(super) fn options(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Append => &[],
            Self::Deduplicate => &[("merge-engine", "deduplicate")],
            Self::Sequence => &[("sequence.field", "s")],
            Self::PartialUpdate => &[("merge-engine", "partial-update")],
            Self::Aggregation => &[
                ("merge-engine", "aggregation"),
                ("fields.n.aggregate-function", "sum"),
                ("fields.m.aggregate-function", "max"),
            ],
            Self::FirstRow => &[("merge-engine", "first-row")],
        }
    }

    /// Row kinds that it takes.
    pub(super) fn kinds(self) -> &'static [&'static str] {
        match self {
            Self::Deduplicate | Self::Sequence => &["+I", "+I", "+U", "-D"],
            _ => &["+I"],
        }
    }
}

type Row = Map<String, Value>;

/// The rows of a table by key.
#[derive(Debug)]
pub(super) struct Model {
    engine: Engine,
    appended: Vec<Row>,
    /// The row of a key; a deleted one is kept for its sequence value.
    keyed: BTreeMap<String, (Row, bool)>,
    /// Keys whose row came late, with a sequence below that of a delete: hidden, unless a compaction dropped the delete.
    late: BTreeSet<String>,
}

impl Model {
    pub(super) fn new(engine: Engine) -> Self {
        Self { engine, appended: Vec::new(), keyed: BTreeMap::new(), late: BTreeSet::new() }
    }

    /// A row is written; `keys` are the columns of the primary key.
    pub(super) fn write(&mut self, keys: &[String], row: &Value) {
        let mut row = row.as_object().expect("a row").clone();
        let kind = row.shift_remove("_kind");
        let deleted = kind.is_some_and(|k| k == "-D");
        if self.engine == Engine::Append {
            self.appended.push(row);
            return;
        }
        let key = key(keys, &row);
        let Some((old, gone)) = self.keyed.get_mut(&key) else {
            self.keyed.insert(key, (row, deleted));
            return;
        };
        match self.engine {
            Engine::FirstRow | Engine::Append => {}
            Engine::Deduplicate => {
                self.keyed.insert(key, (row, deleted));
            }
            Engine::Sequence => {
                if row["s"].as_i64() >= old["s"].as_i64() {
                    self.late.remove(&key);
                    self.keyed.insert(key, (row, deleted));
                } else if *gone {
                    self.late.insert(key);
                }
            }
            Engine::PartialUpdate | Engine::Aggregation => {
                let aggregate = self.engine == Engine::Aggregation;
                for (name, value) in row {
                    if !value.is_null() {
                        let merged = match (name.as_str(), old[&name].as_i64(), value.as_i64()) {
                            ("n", Some(a), Some(b)) if aggregate => json!(a.wrapping_add(b)),
                            ("m", Some(a), Some(b)) if aggregate => json!(a.max(b)),
                            _ => value,
                        };
                        old.insert(name, merged);
                    }
                }
            }
        }
    }

    /// Whether a line that a read gave is of a key of which this model knows no better.
    pub(super) fn open(&self, keys: &[String], line: &str) -> bool {
        let Ok(Value::Object(row)) = serde_json::from_str(line) else { return false };
        self.late.contains(&key(keys, &row))
    }

    /// The lines that a read gives, but those of open keys.
    pub(super) fn lines(&self, columns: &[String]) -> Vec<String> {
        let kept = self.keyed.values().filter(|(_, deleted)| !deleted).map(|(row, _)| row);
        let mut lines: Vec<String> = self
            .appended
            .iter()
            .chain(kept)
            .map(|row| {
                let mut line = Map::new();
                line.insert("_kind".into(), json!("+I"));
                line.extend(columns.iter().map(|c| (c.clone(), row[c].clone())));
                Value::Object(line).to_string()
            })
            .collect();
        lines.sort();
        lines
    }
}

fn key(keys: &[String], row: &Row) -> String {
    let key: Vec<&Value> = keys.iter().map(|k| &row[k]).collect();
    json!(key).to_string()
}
