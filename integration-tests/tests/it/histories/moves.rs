//! What happens to a table next, at random.

use rimon_integration_tests::random::Random;
use rimon_spec::DataField;
use serde_json::{Map, Value, json};

use super::alters;
use super::filter::Filter;
use super::rows::Roles;
use super::shape::Shape;

/// One command to the oracle.
#[derive(Debug, Clone)]
pub(super) struct Move {
    /// For the history.
    pub(super) text: String,
    /// The oracle's command.
    pub(super) command: &'static str,
    /// Its arguments.
    pub(super) arguments: Value,
}

/// What is known of the table.
#[derive(Debug)]
pub(super) struct State {
    /// How it was made.
    pub(super) shape: Shape,
    /// What its columns are for.
    pub(super) roles: Roles,
    /// Its columns now.
    pub(super) fields: Vec<DataField>,
    /// Snapshots that exist.
    pub(super) snapshots: Vec<i64>,
    /// Tags that exist.
    pub(super) tags: Vec<String>,
    /// Branches that exist, with their columns.
    pub(super) branches: Vec<(String, Vec<DataField>)>,
    /// Rows of the latest snapshot, for filters that meet some.
    pub(super) rows: Vec<Map<String, Value>>,
    /// Makes new names and identifiers.
    pub(super) number: usize,
}

impl State {
    fn made(&self, command: &'static str, arguments: Value) -> Move {
        Move { text: format!("{command} {arguments}"), command, arguments }
    }

    /// The next move.
    pub(super) fn next(&mut self, random: &mut Random) -> Move {
        self.number += 1;
        let number = self.number;
        if self.snapshots.is_empty() {
            return self.write(random);
        }
        match random.below(100) {
            0..=44 => self.write(random),
            45..=58 => self.compact(random),
            59..=72 => {
                let change = alters::change(random, &self.fields, number);
                self.made("alter", json!({"changes": [change]}))
            }
            73..=76 => self.option(random),
            77..=80 => self.tag(random),
            81..=83 => self.overwrite(random),
            84..=85 => self.truncate(random),
            86..=88 => self.branch(random),
            89..=91 => {
                let keep = 1 + random.below(4);
                self.made("expire-snapshots", json!({"retain_max": keep, "retain_min": 1}))
            }
            92 => self.rollback(random),
            93 => self.made("compact-manifest", json!({})),
            94 => self.made("analyze", json!({})),
            _ => self.delete(random),
        }
    }

    fn write(&mut self, random: &mut Random) -> Move {
        let most = [3, 20, 60, 60, 200][random.below(5)];
        let rows = self.roles.rows(random, &self.fields, most);
        let mut arguments = json!({});
        if random.one_in(6) {
            arguments["compact"] = json!(random.pick(&["full", "minor"]));
        }
        if random.one_in(6) {
            arguments["commit_user"] = json!("stream");
            arguments["commit_id"] = json!(self.number);
            arguments["watermark"] = json!(self.number * 1000);
        }
        let text = format!("write {} rows {arguments}", rows.len());
        arguments["rows"] = json!(rows);
        Move { text, command: "write", arguments }
    }

    fn compact(&self, random: &mut Random) -> Move {
        let mode = random.pick(&["full", "full", "minor"]);
        let mut arguments = json!({"mode": mode});
        if self.shape.option("bucket") == "-2" {
            arguments["buckets"] = json!(1 + random.below(2));
        }
        self.made("compact", arguments)
    }

    /// An option that may be changed at any time.
    fn option(&self, random: &mut Random) -> Move {
        let choices = [
            ("file.format", "parquet"),
            ("file.format", "orc"),
            ("file.format", "avro"),
            ("metadata.stats-mode", "none"),
            ("metadata.stats-mode", "full"),
            ("num-sorted-run.compaction-trigger", "2"),
            ("target-file-size", "2 kb"),
            ("source.split.target-size", "1 kb"),
            ("write-only", "true"),
            ("write-only", "false"),
            ("bucket", "3"),
        ];
        let (mut key, mut value) = choices[random.below(choices.len())];
        if key == "bucket" && self.shape.option("bucket") == "-2" {
            // Java shows postponed rows of such a table as they were written, deletes included.
            (key, value) = ("write-only", "false");
        }
        let change = json!({"op": "set-option", "key": key, "value": value});
        self.made("alter", json!({"changes": [change]}))
    }

    fn tag(&self, random: &mut Random) -> Move {
        if !self.tags.is_empty() && random.one_in(4) {
            let name = &self.tags[random.below(self.tags.len())];
            return self.made("delete-tag", json!({"name": name}));
        }
        let snapshot = self.snapshots[random.below(self.snapshots.len())];
        let name = format!("tag{}", self.number);
        self.made("create-tag", json!({"name": name, "snapshot": snapshot}))
    }

    fn overwrite(&self, random: &mut Random) -> Move {
        let rows = self.roles.rows(random, &self.fields, 30);
        let partition = self.partition(random).filter(|_| random.one_in(2));
        let (rows, overwrite) = match partition {
            Some(partition) => {
                // rows outside the overwritten partition are refused
                let inside = |row: &&Value| {
                    partition.iter().all(|(name, text)| match &row[name.as_str()] {
                        Value::String(value) => json!(value) == *text,
                        other => json!(other.to_string()) == *text,
                    })
                };
                (rows.iter().filter(inside).cloned().collect(), Value::Object(partition.clone()))
            }
            None => (rows, json!({})),
        };
        let text = format!("overwrite {overwrite} with {} rows", rows.len());
        let arguments = json!({"rows": rows, "overwrite": overwrite});
        Move { text, command: "write", arguments }
    }

    fn partition(&self, random: &mut Random) -> Option<Map<String, Value>> {
        let names = &self.shape.partitions;
        let fields: Vec<&DataField> =
            self.fields.iter().filter(|f| names.contains(&f.name)).collect();
        if fields.is_empty() { None } else { self.roles.partition(random, &fields) }
    }

    fn truncate(&self, random: &mut Random) -> Move {
        match self.partition(random) {
            Some(partition) => self.made("truncate", json!({"partitions": [partition]})),
            None => self.made("truncate", json!({})),
        }
    }

    fn branch(&self, random: &mut Random) -> Move {
        if self.branches.is_empty() || random.one_in(4) {
            let mut arguments = json!({"name": format!("b{}", self.number)});
            if !self.tags.is_empty() && random.one_in(2) {
                arguments["tag"] = json!(self.tags[random.below(self.tags.len())]);
            }
            return self.made("create-branch", arguments);
        }
        let (name, fields) = &self.branches[random.below(self.branches.len())];
        if random.one_in(5) {
            return self.made("fast-forward", json!({"name": name}));
        }
        let rows = self.roles.rows(random, fields, 40);
        let text = format!("write {} rows to branch {name}", rows.len());
        Move { text, command: "write", arguments: json!({"rows": rows, "branch": name}) }
    }

    fn rollback(&self, random: &mut Random) -> Move {
        if !self.tags.is_empty() && random.one_in(2) {
            let tag = &self.tags[random.below(self.tags.len())];
            return self.made("rollback", json!({"tag": tag}));
        }
        let snapshot = self.snapshots[random.below(self.snapshots.len())];
        self.made("rollback", json!({"snapshot": snapshot}))
    }

    /// Deletes by filter where Java does it by deletion vectors; elsewhere another write.
    fn delete(&mut self, random: &mut Random) -> Move {
        let vectors = self.shape.option("deletion-vectors.enabled") == "true";
        let filter = Filter::any(random, &self.fields, &self.rows);
        match filter.filter(|f| vectors && !self.shape.keyed() && f.for_java(&self.fields)) {
            Some(filter) => self.made("delete", json!({"filter": filter.java})),
            None => self.write(random),
        }
    }
}
