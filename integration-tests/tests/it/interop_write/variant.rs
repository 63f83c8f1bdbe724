//! VARIANT: what Java writes, whole and shredded, we read; what we write, Java reads.

use rimon_integration_tests::oracle::Oracle;
use serde_json::{Value, json};

use super::case::{Case, Spec};
use crate::tables::difference;

/// The shredding of the column `v`, as in Java's option.
fn shredding(parts: &Value) -> String {
    let schema = json!({"type": "ROW", "fields": [{"id": 0, "name": "v", "type": parts}]});
    schema.to_string().replace(';', ",")
}

fn rows() -> Vec<Value> {
    let long = "a string of more than sixty-three bytes, which has its length in four bytes after";
    let values = [
        json!({"a": 1, "s": "text", "n": null, "list": [1, 300, 70_000], "o": {"z": 1, "y": "in"}}),
        json!({"a": "not an int", "s": 5, "list": {"no": "list"}, "o": [1]}),
        json!({"a": 5_000_000_000_i64, "s": long, "list": [1, "x", null], "o": {"y": 2}}),
        json!({"d": 12.34, "f": 1.5e300, "b": true, "list": [], "o": {}}),
        json!({"d": 1, "f": -0.0, "b": "yes", "more": [{"k": [1, {"l": 2}]}], "a": null}),
        json!({"d": "123456789012345.678", "o": {"y": "in", "z": 70_000, "x": {"deep": [true]}}}),
        json!({}),
        json!([1, {"a": 1}]),
        json!("text"),
        json!(12),
        json!(false),
        json!(-99_999.125),
    ];
    let all = values.into_iter().enumerate();
    let mut rows: Vec<Value> = all.map(|(id, v)| json!({"id": id, "v": v})).collect();
    rows.push(json!({"id": 100}));
    rows.push(json!({"id": 101, "v": {"json": "null"}}));
    rows
}

fn java_writes(oracle: &mut Oracle, parts: Option<&Value>) -> Case {
    let options = match parts {
        // Java 1.4 hears this key only; under its new name it writes whole variants.
        Some(parts) => format!("parquet.variant.shreddingSchema={}", shredding(parts)),
        None => String::new(),
    };
    let options: &'static str = options.leak();
    let spec = Spec { columns: "id INT; v VARIANT", options, ..Spec::default() };
    let case = Case::javas(oracle, &spec);
    case.java_writes(oracle, &rows());
    case
}

fn row(fields: &[(&str, Value)]) -> Value {
    let fields = fields.iter().enumerate();
    let fields: Vec<Value> =
        fields.map(|(id, (name, t))| json!({"id": id + 1, "name": name, "type": t})).collect();
    json!({"type": "ROW", "fields": fields})
}

#[test]
fn shredded_variants_are_those_of_java() {
    let Some(mut oracle) = Oracle::shared() else { return };
    let list = json!({"type": "ARRAY", "element": "INT"});
    let inner = row(&[("y", json!("STRING")), ("z", json!("INT"))]);
    let scalars = row(&[
        ("d", json!("DECIMAL(10, 2)")),
        ("f", json!("DOUBLE")),
        ("b", json!("BOOLEAN")),
        ("a", json!("BIGINT")),
    ]);
    let objects = row(&[("s", json!("STRING")), ("list", list.clone()), ("o", inner)]);
    for parts in [scalars, objects, list, json!("STRING"), json!("INT"), json!("BOOLEAN")] {
        let case = java_writes(&mut oracle, Some(&parts));
        let expected = case.java_reads(&mut oracle);
        assert_eq!(expected.len(), rows().len());
        if let Some(how) = difference(&case.read(), &expected) {
            panic!("shredded into {parts}: {how}");
        }
        let written = std::fs::read_dir(case.directory().join("bucket-0")).expect("the bucket");
        let shredded = written.map(|f| std::fs::read(f.expect("a file").path()).expect("bytes"));
        assert!(shredded.into_iter().any(|b| b.windows(11).any(|w| w == b"typed_value")));
    }
}

#[test]
fn java_reads_our_variants() {
    let Some(mut oracle) = Oracle::shared() else { return };
    let javas = java_writes(&mut oracle, None);
    let expected = javas.java_reads(&mut oracle);
    let lines = expected.iter().map(|l| serde_json::from_str(l).expect("JSON"));
    let encoded: Vec<Value> = lines.collect();
    for key in ["", "id"] {
        let options = if key.is_empty() { "" } else { "bucket=1" };
        let columns = if key.is_empty() {
            "id INT; v VARIANT"
        } else {
            "id INT NOT NULL; v VARIANT; a ARRAY<VARIANT>; m MAP<STRING, VARIANT>"
        };
        let ours = Case::ours(&Spec { columns, key, options, ..Spec::default() });
        let rows = encoded.iter().map(|row| {
            let mut row = row.clone();
            if !key.is_empty() {
                row["a"] = json!([row["v"], null]);
                row["m"] = json!([["k", row["v"]]]);
            }
            row
        });
        let rows: Vec<Value> = rows.collect();
        ours.write(&rows);
        let expected: Vec<String> = rows.iter().map(Value::to_string).collect();
        for got in [ours.java_reads(&mut oracle), ours.read()] {
            if let Some(how) = difference(&got, &expected) {
                panic!("key '{key}': {how}");
            }
        }
    }
}
