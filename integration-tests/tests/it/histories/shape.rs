//! Random tables: columns, keys, partitions and options of every kind that Java creates.

use std::collections::BTreeMap;

use rimon_integration_tests::random::Random;
use serde_json::{Value, json};

use super::options::options;

/// How a table is made, before Java has said that it can be.
#[derive(Debug, Clone, Default)]
pub(super) struct Shape {
    /// Names and types.
    pub(super) columns: Vec<(String, String)>,
    /// Columns of the primary key; none for append tables.
    pub(super) key: Vec<String>,
    /// Partition columns.
    pub(super) partitions: Vec<String>,
    /// Columns whose values should repeat, because rows meet by them: sequence fields.
    pub(super) sequence: Vec<String>,
    /// The column with row kinds, if there is one.
    pub(super) kind_column: Option<String>,
    /// Table options.
    pub(super) options: BTreeMap<String, String>,
    /// Row kinds that writes may have without poisoning the table.
    pub(super) kinds: Vec<&'static str>,
    /// Null in every other value, as partial updates have.
    pub(super) sparse: bool,
}

const KEYS: [&str; 17] = [
    "INT",
    "INT",
    "BIGINT",
    "STRING",
    "STRING",
    "DATE",
    "TINYINT",
    "SMALLINT",
    "DECIMAL(9, 2)",
    "DECIMAL(30, 5)",
    "TIMESTAMP(3)",
    "TIMESTAMP(6)",
    "TIMESTAMP_LTZ(6)",
    "CHAR(4)",
    "BOOLEAN",
    "VARBINARY(12)",
    "TIME(3)",
];

const PARTITIONS: [&str; 9] =
    ["INT", "INT", "STRING", "STRING", "DATE", "BIGINT", "BOOLEAN", "SMALLINT", "VARCHAR(20)"];

const SEQUENCES: [&str; 6] =
    ["INT", "BIGINT", "TIMESTAMP(3)", "TIMESTAMP(6)", "DECIMAL(12, 3)", "DATE"];

/// Types of columns that are no keys.
pub(super) const VALUES: [&str; 36] = [
    "BOOLEAN",
    "TINYINT",
    "SMALLINT",
    "INT",
    "INT",
    "BIGINT",
    "BIGINT",
    "FLOAT",
    "DOUBLE",
    "DOUBLE",
    "DECIMAL(9, 2)",
    "DECIMAL(18, 4)",
    "DECIMAL(38, 10)",
    "CHAR(5)",
    "VARCHAR(30)",
    "STRING",
    "STRING",
    "STRING",
    "BINARY(4)",
    "VARBINARY(20)",
    "BYTES",
    "DATE",
    "TIME(0)",
    "TIME(3)",
    "TIMESTAMP(0)",
    "TIMESTAMP(3)",
    "TIMESTAMP(6)",
    "TIMESTAMP(9)",
    "TIMESTAMP_LTZ(3)",
    "TIMESTAMP_LTZ(6)",
    "ARRAY<INT>",
    "MAP<STRING, BIGINT>",
    "ROW<x INT, y STRING>",
    "ARRAY<ROW<k STRING, v ARRAY<DATE>>>",
    "MAP<INT, ROW<a DECIMAL(10, 2), b TIMESTAMP(3)>>",
    "MULTISET<STRING>",
];

impl Shape {
    /// Any table; two thirds have a primary key.
    pub(super) fn any(random: &mut Random) -> Self {
        let keyed = !random.one_in(3);
        let mut shape = Self::default();
        let partitions = [0, 0, 0, 1, 1, 2][random.below(6)];
        for i in 0..partitions {
            shape.partitions.push(format!("p{i}"));
            shape.add(random, &format!("p{i}"), &PARTITIONS, keyed);
        }
        if keyed {
            let cross = partitions > 0 && random.one_in(8);
            for i in 0..1 + random.below(8) / 5 {
                shape.key.push(format!("k{i}"));
                shape.add(random, &format!("k{i}"), &KEYS, true);
            }
            if cross {
                shape.options.insert("bucket".into(), "-1".into());
            } else {
                shape.key.extend(shape.partitions.clone());
            }
            random.shuffle(&mut shape.key);
        }
        for i in 0..1 + random.below(9) {
            let filled = random.one_in(8) && !keyed;
            shape.add(random, &format!("c{i}"), &VALUES, filled);
        }
        options(random, &mut shape);
        random.shuffle(&mut shape.columns);
        shape
    }

    /// Adds a column of one of these types.
    pub(super) fn add(&mut self, random: &mut Random, name: &str, types: &[&str], filled: bool) {
        let null = if filled { " NOT NULL" } else { "" };
        self.columns.push((name.into(), format!("{}{null}", random.pick(types))));
    }

    /// Adds a column whose values repeat.
    pub(super) fn add_sequence(&mut self, random: &mut Random, name: &str) {
        self.sequence.push(name.into());
        self.add(random, name, &SEQUENCES, false);
    }

    pub(super) fn set(&mut self, key: &str, value: impl Into<String>) {
        self.options.insert(key.into(), value.into());
    }

    pub(super) fn option(&self, key: &str) -> &str {
        self.options.get(key).map_or("", String::as_str)
    }

    pub(super) fn keyed(&self) -> bool {
        !self.key.is_empty()
    }

    /// Arguments of the oracle's `create`.
    pub(super) fn for_java(&self) -> Value {
        let columns: Vec<Value> =
            self.columns.iter().map(|(n, t)| json!({"name": n, "type": t})).collect();
        json!({"spec": {
            "columns": columns,
            "primary_keys": self.key,
            "partition_keys": self.partitions,
            "options": self.options,
        }})
    }
}
