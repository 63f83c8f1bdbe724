//! The bucket of a row is Java's, for keys of every type and every bucket function.

use rimon_format::arrow_schema::to_arrow_schema;
use rimon_integration_tests::oracle::Oracle;
use rimon_integration_tests::random::Random;
use rimon_integration_tests::row::Rows;
use rimon_spec::ErrorKind;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::play::{DIRECTORY, TABLE};
use super::read::seeds;
use crate::tables::{open, runtime};

const TYPES: [&str; 26] = [
    "BOOLEAN",
    "TINYINT",
    "SMALLINT",
    "INT",
    "BIGINT",
    "FLOAT",
    "DOUBLE",
    "DECIMAL(9, 2)",
    "DECIMAL(18, 0)",
    "DECIMAL(19, 4)",
    "DECIMAL(38, 10)",
    "CHAR(1)",
    "CHAR(9)",
    "VARCHAR(30)",
    "STRING",
    "BINARY(4)",
    "VARBINARY(20)",
    "BYTES",
    "DATE",
    "TIME(3)",
    "TIMESTAMP(0)",
    "TIMESTAMP(3)",
    "TIMESTAMP(6)",
    "TIMESTAMP(9)",
    "TIMESTAMP_LTZ(3)",
    "TIMESTAMP_LTZ(6)",
];

const ROWS: usize = 60;

/// A table with this key; `None` when Java has no such table.
fn check(oracle: &mut Oracle, random: &mut Random, types: &[&str], function: &str) -> Option<bool> {
    let folder = TempDir::new().expect("a folder");
    // in half of the tables the key is a bucket key of an append table, which may be null
    let keyed = random.one_in(2);
    let null = if keyed { " NOT NULL" } else { "" };
    let names: Vec<String> = (0..types.len()).map(|i| format!("k{i}")).collect();
    let columns: Vec<Value> = names
        .iter()
        .zip(types)
        .map(|(name, data_type)| json!({"name": name, "type": format!("{data_type}{null}")}))
        .collect();
    let count = random.pick(&["2", "7", "64"]);
    let mut options = json!({"bucket": count, "bucket-function.type": function});
    if !keyed {
        options["bucket-key"] = json!(names.join(","));
    }
    let keys: &[String] = if keyed { &names } else { &[] };
    let spec = json!({"columns": columns, "primary_keys": keys, "options": options});
    oracle.ask(folder.path(), TABLE, "create", json!({"spec": spec})).ok()?;
    runtime().block_on(async {
        let table = open(&folder.path().join(DIRECTORY)).await.expect("a table");
        let fields = table.schema().fields.clone();
        let rows: Vec<Value> = (0..ROWS).map(|_| Value::Object(random.row(&fields))).collect();
        let javas = oracle.ask(folder.path(), TABLE, "bucket", json!({"rows": rows}));
        let schema = to_arrow_schema(&fields).expect("Arrow types");
        let ours = table.buckets_of(&Rows::from_json(&rows, &schema).batch);
        match (ours, javas) {
            (Ok(ours), Ok(javas)) => {
                for ((row, ours), javas) in rows.iter().zip(ours).zip(javas.as_array()?) {
                    assert_eq!(json!(ours), javas["bucket"], "{function} of {row} in {spec}");
                }
                Some(true)
            }
            (Err(error), Err(_)) => {
                assert_ne!(error.kind(), ErrorKind::Internal, "{error:?}");
                Some(false)
            }
            (ours, javas) => panic!("{function} of {types:?}: {ours:?}, in Java {javas:?}"),
        }
    })
}

#[test]
fn buckets_are_those_of_java() {
    let Some(mut oracle) = Oracle::shared() else { return };
    let mut compared = 0;
    for seed in seeds() {
        let mut random = Random::seeded(seed);
        for function in ["default", "default", "mod", "hive"] {
            let columns = if function == "mod" { 1 } else { 1 + random.below(3) };
            let types: Vec<&str> = (0..columns).map(|_| random.pick(&TYPES)).collect();
            let compare = check(&mut oracle, &mut random, &types, function);
            compared += usize::from(compare == Some(true));
        }
    }
    for key in TYPES {
        let compare = check(&mut oracle, &mut Random::seeded(0), &[key], "default");
        assert_eq!(compare, Some(true), "{key} is the key of a table");
    }
    for key in ["INT", "BIGINT"] {
        let compare = check(&mut oracle, &mut Random::seeded(0), &[key], "mod");
        assert_eq!(compare, Some(true), "{key} has a bucket by mod");
    }
    assert!(compared > 0, "no random key was compared");
}
