//! Columns whose type, name or place changed: old files read as Java reads them, in all formats.

use futures::TryStreamExt;
use rimon_integration_tests::oracle::Oracle;
use rimon_integration_tests::random::Random;
use rimon_integration_tests::row::lines;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::tables::{difference, open, runtime};

const TABLE: &str = "db.t";

fn create(oracle: &mut Oracle, format: &str, columns: &[Value]) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let options = json!({"file.format": format, "write-only": "true"});
    let spec = json!({"spec": {"columns": columns, "options": options}});
    oracle.run(folder.path(), TABLE, "create", spec);
    folder
}

/// One history of nested and renamed columns, with rows written after every step.
fn check_history(format: &str) {
    let Some(mut oracle) = Oracle::shared() else { return };
    let mut random = Random::new(&format!("history in {format}"));
    let columns = [
        ("id", "INT"),
        ("a", "INT"),
        ("b", "STRING"),
        ("r", "ROW<x INT, y STRING, inn ROW<p INT, q DATE>>"),
        ("l", "ARRAY<ROW<u INT, v STRING>>"),
        ("m", "MAP<STRING, ROW<k INT>>"),
        ("e", "ARRAY<INT>"),
    ];
    let columns = columns.map(|(name, t)| json!({"name": name, "type": t}));
    let folder = create(&mut oracle, format, &columns);
    let steps = [
        json!({"op": "rename-column", "name": "a", "to": "old_a"}),
        json!({"op": "add-column", "name": "a", "type": "DOUBLE"}),
        json!({"op": "update-type", "name": "old_a", "type": "BIGINT"}),
        json!({"op": "drop-column", "name": "b"}),
        json!({"op": "add-column", "name": "b", "type": "INT", "first": true}),
        json!({"op": "rename-column", "name": ["r", "x"], "to": "z"}),
        json!({"op": "add-column", "name": ["r", "x"], "type": "STRING"}),
        json!({"op": "update-type", "name": ["r", "z"], "type": "BIGINT"}),
        json!({"op": "drop-column", "name": ["r", "inn", "p"]}),
        json!({"op": "add-column", "name": ["r", "inn", "p"], "type": "DECIMAL(5, 1)"}),
        json!({"op": "update-type", "name": ["r", "inn", "q"], "type": "TIMESTAMP(3)"}),
        json!({"op": "add-column", "name": ["l", "element", "w"], "type": "BOOLEAN"}),
        json!({"op": "drop-column", "name": ["l", "element", "u"]}),
        json!({"op": "rename-column", "name": ["m", "value", "k"], "to": "k2"}),
        json!({"op": "update-type", "name": ["m", "value", "k2"], "type": "STRING"}),
        json!({"op": "update-type", "name": ["e", "element"], "type": "BIGINT"}),
        json!({"op": "update-position", "name": "e", "first": true}),
        json!({"op": "rename-column", "name": "b", "to": "b2"}),
    ];
    let directory = folder.path().join("db.db/t");
    let mut applied = 0;
    for step in [Value::Null].iter().chain(&steps) {
        if !step.is_null() {
            let changed = oracle.ask(folder.path(), TABLE, "alter", json!({"changes": [step]}));
            match changed {
                Ok(_) => applied += 1,
                Err(e) => eprintln!("{format}: Java refuses {step}: {}", e.error),
            }
        }
        let (oracle, random) = (&mut oracle, &mut random);
        runtime().block_on(async {
            let table = open(&directory).await.expect("a table");
            let fields = table.schema().fields.clone();
            let rows: Vec<Value> = (0..8).map(|_| Value::Object(random.row(&fields))).collect();
            oracle.run(folder.path(), TABLE, "write", json!({"rows": rows}));
            let javas = oracle.ask(folder.path(), TABLE, "read", json!({}));
            let stream = table.scan().stream().await;
            let ours = match stream {
                Ok(stream) => stream.try_collect::<Vec<_>>().await,
                Err(e) => Err(e),
            };
            let ours = ours.map(|batches| {
                let mut rows: Vec<String> =
                    batches.iter().flat_map(|b| lines(b, &fields)).collect();
                rows.sort();
                rows
            });
            match (javas, ours) {
                (Ok(javas), Ok(ours)) => {
                    let expected = rimon_integration_tests::oracle::sorted_lines(&javas);
                    if let Some(how) = difference(&ours, &expected) {
                        panic!("{format} after {step}: {how}");
                    }
                }
                (Err(_), Err(_)) => {}
                (Ok(_), Err(e)) => panic!("{format} after {step}: Java reads it, we: {e:?}"),
                (Err(e), Ok(_)) => panic!("{format} after {step}: Java fails: {}", e.error),
            }
        });
    }
    assert!(applied > 12, "Java took {applied} changes");
}

#[test]
fn a_history_in_parquet() {
    check_history("parquet");
}

#[test]
fn a_history_in_orc() {
    check_history("orc");
}

#[test]
fn a_history_in_avro() {
    check_history("avro");
}
