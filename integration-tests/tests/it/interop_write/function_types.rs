//! Which columns an aggregate function takes: where Java refuses to write or fails to merge, we refuse to make the table and
//! to write it.

use rimon_integration_tests::oracle::Oracle;
use rimon_spec::{ErrorKind, TableSchema};
use serde_json::{Value, json};

use super::case::{Case, Spec, TABLE};
use crate::tables::{open, runtime};

/// One of each kind.
const FUNCTIONS: [&str; 13] = [
    "sum",
    "max",
    "min",
    "listagg",
    "bool_and",
    "collect",
    "merge_map",
    "merge_map_with_keytime",
    "nested_update",
    "nested_partial_update",
    "rbm32",
    "first_value",
    "primary-key",
];

/// Types and a value of each.
fn types() -> [(&'static str, Value); 14] {
    [
        ("STRING", json!("x")),
        ("VARCHAR(9)", json!("x")),
        ("CHAR(1)", json!("x")),
        ("INT", json!(1)),
        ("DECIMAL(9, 2)", json!("1.00")),
        ("BOOLEAN", json!(true)),
        // no bitmap
        ("BYTES", Value::Null),
        ("BINARY(2)", json!("0001")),
        ("DATE", json!("2024-01-01")),
        ("ARRAY<INT>", json!([1])),
        ("ARRAY<ROW<a INT, b INT>>", json!([{"a": 1, "b": 2}])),
        ("MAP<INT, INT>", json!([[1, 2]])),
        ("MAP<INT, ROW<a INT, b STRING>>", json!([[1, {"a": 1, "b": "2024"}]])),
        ("ROW<a INT, b INT>", json!({"a": 1, "b": 2})),
    ]
}

/// Whether Java writes a row twice and reads what it is merged to.
fn java_takes(oracle: &mut Oracle, case: &Case, value: &Value) -> bool {
    let rows = json!({"rows": [{"id": 1, "c": value}]});
    let warehouse = case.warehouse();
    let mut done = |command, arguments| oracle.ask(&warehouse, TABLE, command, arguments).is_ok();
    done("write", rows.clone()) && done("write", rows) && done("read", json!({}))
}

#[test]
fn columns_of_other_types_are_refused_before_java_fails() {
    let Some(mut oracle) = Oracle::shared() else { return };
    let runtime = runtime();
    let (mut wrong, mut refused) = (Vec::new(), 0);
    for function in FUNCTIONS {
        for (data_type, value) in types() {
            let options = format!(
                "bucket=1; write-only=true; merge-engine=aggregation; \
                 fields.c.aggregate-function={function}; fields.c.nested-key=a"
            );
            let columns = format!("id INT NOT NULL; c {data_type}").leak();
            let spec = Spec { columns, key: "id", options: options.leak(), ..Spec::default() };
            let case = Case::javas(&mut oracle, &spec);
            let takes = java_takes(&mut oracle, &case, &value);
            refused += usize::from(!takes);
            let made = TableSchema::create(spec.for_us(), 0).err();
            let directory = case.directory();
            let written = runtime
                .block_on(async { open(&directory).await?.writer("u").build().map(drop) })
                .err();
            for (what, error) in [("made", made), ("written", written)] {
                let fine = match &error {
                    None => takes,
                    Some(e) => {
                        let text = e.to_string();
                        let named = [function, "'c'"].iter().all(|word| text.contains(word));
                        !takes && e.kind() == ErrorKind::Invalid && named
                    }
                };
                if !fine {
                    wrong.push(format!("{function}, {data_type}, {what}: {error:?}, Java {takes}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(refused > 90, "{refused}");
}
