//! Columns whose type, name or place changed: old files read as Java reads them, in all formats, and filters on them
//! lose nothing.

use futures::TryStreamExt;
use rimon_integration_tests::oracle::Oracle;
use rimon_integration_tests::random::Random;
use rimon_integration_tests::row::lines;
use rimon_spec::{DataField, DataType, ErrorKind, Predicate, Result, TypeKind};
use rimon_table::Table;
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;

use crate::interop_filter::questions;
use crate::tables::{difference, open, runtime};

const TABLE: &str = "db.t";

const TYPES: [&str; 21] = [
    "BOOLEAN",
    "TINYINT",
    "SMALLINT",
    "INT",
    "BIGINT",
    "FLOAT",
    "DOUBLE",
    "DECIMAL(9, 2)",
    "DECIMAL(38, 10)",
    "CHAR(5)",
    "VARCHAR(7)",
    "STRING",
    "BINARY(4)",
    "VARBINARY(20)",
    "BYTES",
    "DATE",
    "TIME(3)",
    "TIMESTAMP(0)",
    "TIMESTAMP(3)",
    "TIMESTAMP(6)",
    "TIMESTAMP_LTZ(3)",
];

fn parse(text: &str) -> DataType {
    text.parse().expect("a type")
}

/// Conversions that Java permits.
fn conversions() -> Vec<(&'static str, &'static str)> {
    let pairs = TYPES.iter().flat_map(|from| TYPES.iter().map(move |to| (*from, *to)));
    pairs.filter(|(from, to)| from != to && parse(from).can_become(&parse(to), true)).collect()
}

/// Texts that are values of a type, where text becomes one.
fn texts(to: &DataType) -> &'static [&'static str] {
    match to.kind {
        TypeKind::Boolean => &["true", "F", "1", "no"],
        TypeKind::TinyInt => &["7", "-128", "+5", "3.9"],
        TypeKind::SmallInt | TypeKind::Int | TypeKind::BigInt => &["7", "-128", "12.99", "+5"],
        TypeKind::Float | TypeKind::Double => &["1.5", "-0.0", "1e5", "NaN", " 7 "],
        TypeKind::Decimal { .. } => &["1.5", "-99.999", "1E2", "0.005"],
        TypeKind::Date => &["1969-12-31", "2024-02-29", "19000"],
        TypeKind::Time { .. } => &["23:59:59.999", "00:00:00", "12:30:00.5", "1000"],
        TypeKind::Timestamp { .. } => &["1969-12-31 23:59:59.999", "2024-02-29 12:00:00", "12345"],
        _ => &["", "a", "é漢😀", "longer than seven"],
    }
}

fn value(random: &mut Random, from: &DataType, to: &DataType) -> Value {
    if random.one_in(6) {
        return Value::Null;
    }
    match (&from.kind, &to.kind) {
        (TypeKind::Char { length } | TypeKind::VarChar { length }, _) => {
            let texts: Vec<_> =
                texts(to).iter().filter(|t| t.chars().count() <= *length as usize).collect();
            json!(texts[random.below(texts.len())])
        }
        // Others are no text, and Java prints what it makes of them.
        (TypeKind::Binary { .. } | TypeKind::VarBinary { .. }, k) if parse_text(k) => {
            json!(["61626364", "c3a97a7a", "7a797877"][random.below(3)])
        }
        // What Java prints of years beyond those of LocalDate says little, and microseconds end at year 294247.
        (TypeKind::BigInt, TypeKind::Timestamp { .. }) => {
            let seconds = random.value(&from.clone().with_nullable(false));
            json!(seconds.as_i64().expect("a number") % 9_000_000_000_000)
        }
        // Before 1970 Java makes a negative TIME of it, which it prints as the time of the day.
        (TypeKind::Timestamp { .. }, TypeKind::Time { .. }) => {
            json!(["1970-01-01T00:00:00", "2024-02-29T23:59:59"][random.below(2)])
        }
        _ => random.value(&from.clone().with_nullable(false)),
    }
}

fn parse_text(kind: &TypeKind) -> bool {
    matches!(kind, TypeKind::Char { .. } | TypeKind::VarChar { .. })
}

async fn read(table: &Table, column: &str, predicate: Predicate) -> Result<Vec<String>> {
    let names = ["id", column].map(str::to_owned).to_vec();
    let fields: Vec<DataField> =
        names.iter().map(|n| table.schema().field(n).expect("a column").clone()).collect();
    let stream = table.scan().filter(predicate).select(names).stream().await?;
    let batches: Vec<_> = stream.try_collect().await?;
    let mut rows: Vec<String> = batches.iter().flat_map(|b| lines(b, &fields)).collect();
    rows.sort();
    Ok(rows)
}

/// Compares one column with Java; what is wrong, if anything, or whether it was refused as Java refuses it.
async fn compare(
    oracle: &mut Oracle,
    folder: &Path,
    table: &Table,
    column: &str,
    filters: bool,
) -> std::result::Result<&'static str, String> {
    let arguments = json!({"projection": ["id", column]});
    let javas = oracle.ask(folder, TABLE, "read", arguments);
    let ours = read(table, column, Predicate::True).await;
    let (expected, got) = match (javas, ours) {
        (Err(_), Err(_)) => return Ok("refused by both"),
        (Ok(_), Err(e)) if e.kind() == ErrorKind::Unsupported => return Ok("refused by us"),
        (Ok(_), Err(e)) => return Err(format!("we fail: {e:?}")),
        (Err(e), Ok(rows)) => return Err(format!("Java fails, we read {rows:?}: {}", e.error)),
        (Ok(javas), Ok(got)) => (rimon_integration_tests::oracle::sorted_lines(&javas), got),
    };
    if let Some(how) = difference(&got, &expected) {
        return Err(how);
    }
    if !filters {
        return Ok("equal");
    }
    let rows: Vec<Value> =
        expected.iter().map(|l| serde_json::from_str(l).expect("a row")).collect();
    let field = table.schema().field(column).expect("a column").clone();
    for (test, expected) in questions(&field, &rows) {
        let what = format!("{test:?}");
        let got = read(table, column, Predicate::leaf(column, test)).await;
        let got = got.map_err(|e| format!("{what}: {e:?}"))?;
        // Rows that do not match may come; those that match must.
        if let Some(lost) = expected.iter().find(|l| !got.contains(l)) {
            return Err(format!("{what} loses {lost}"));
        }
    }
    Ok("equal")
}

fn create(oracle: &mut Oracle, format: &str, columns: &[Value]) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let options = json!({"file.format": format, "write-only": "true"});
    let spec = json!({"spec": {"columns": columns, "options": options}});
    oracle.run(folder.path(), TABLE, "create", spec);
    folder
}

fn check_conversions(format: &str) {
    let Some(mut oracle) = Oracle::shared() else { return };
    let mut random = Random::new(&format!("conversions in {format}"));
    let pairs = conversions();
    assert!(pairs.len() > 150, "{} conversions", pairs.len());
    let column =
        |(i, (from, _)): (usize, &(&str, &str))| json!({"name": format!("c{i}"), "type": from});
    let mut columns = vec![json!({"name": "id", "type": "INT"})];
    columns.extend(pairs.iter().enumerate().map(column));
    let folder = create(&mut oracle, format, &columns);
    let mut id = 0;
    let mut rows = |random: &mut Random, new: bool| -> Vec<Value> {
        let row = |_| {
            id += 1;
            let mut row = json!({"id": id});
            for (i, (from, to)) in pairs.iter().enumerate() {
                let (from, to) = (parse(from), parse(to));
                let cell = if new { value(random, &to, &to) } else { value(random, &from, &to) };
                row[format!("c{i}")] = cell;
            }
            row
        };
        (0..12).map(row).collect()
    };
    let old = rows(&mut random, false);
    oracle.run(folder.path(), TABLE, "write", json!({"rows": old}));
    let change = |(i, (_, to)): (usize, &(&str, &str))| json!({"op": "update-type", "name": format!("c{i}"), "type": to});
    let changes: Vec<Value> = pairs.iter().enumerate().map(change).collect();
    oracle.run(folder.path(), TABLE, "alter", json!({"changes": changes}));
    let new = rows(&mut random, true);
    oracle.run(folder.path(), TABLE, "write", json!({"rows": new}));

    let (mut wrong, mut counts) = (Vec::new(), std::collections::BTreeMap::new());
    runtime().block_on(async {
        let table = open(&folder.path().join("db.db/t")).await.expect("a table");
        for (i, (from, to)) in pairs.iter().enumerate() {
            // In ORC Java reads other old timestamps than it writes, outside the bounds of the file, and CHAR
            // without blanks.
            let odd =
                ["TIMESTAMP", "CHAR("].iter().any(|t| from.starts_with(t) || to.starts_with(t));
            // A TIMESTAMP(0) with the milliseconds of the TIME that it was cannot be asked for.
            let finer = from.starts_with("TIME(") && *to == "TIMESTAMP(0)";
            let filters = (format != "orc" || !odd) && !finer;
            let column = format!("c{i}");
            match compare(&mut oracle, folder.path(), &table, &column, filters).await {
                Ok(outcome) => {
                    counts.entry(outcome).or_insert_with(Vec::new).push(format!("{from}→{to}"));
                }
                Err(how) => wrong.push(format!("{from} → {to}: {how}")),
            }
        }
    });
    for (outcome, pairs) in &counts {
        let some = if *outcome == "equal" { String::new() } else { pairs.join(", ") };
        eprintln!("{format}: {} {outcome} {some}", pairs.len());
    }
    assert!(wrong.is_empty(), "{format}, {} wrong:\n  {}", wrong.len(), wrong.join("\n  "));
    let refused = counts.get("refused by us").cloned().unwrap_or_default();
    let zoned = |pair: &&String| !pair.contains("LTZ");
    assert_eq!(refused.iter().find(zoned), None, "only what needs a time zone is refused");
}

#[test]
fn columns_become_what_they_become_in_java() {
    let Some(mut oracle) = Oracle::shared() else { return };
    // To itself: Java refuses what has no executor, we let it be.
    let pairs = TYPES.iter().flat_map(|from| TYPES.iter().map(move |to| (*from, *to)));
    let pairs: Vec<_> = pairs.filter(|(from, to)| from != to).collect();
    let column =
        |(i, (from, _)): (usize, &(&str, &str))| json!({"name": format!("c{i}"), "type": from});
    let columns: Vec<Value> = pairs.iter().enumerate().map(column).collect();
    let folder = create(&mut oracle, "parquet", &columns);
    let mut wrong = Vec::new();
    for (i, (from, to)) in pairs.iter().enumerate() {
        let change = json!({"op": "update-type", "name": format!("c{i}"), "type": to});
        let java = oracle.ask(folder.path(), TABLE, "alter", json!({"changes": [change]}));
        let ours = parse(from).can_become(&parse(to), true);
        match java {
            Ok(_) if !ours => wrong.push(format!("{from} → {to}: Java permits it")),
            Err(e) if ours => wrong.push(format!("{from} → {to}: {}", e.error)),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n  {}", wrong.len(), wrong.join("\n  "));
}

#[test]
fn every_conversion_in_parquet() {
    check_conversions("parquet");
}

#[test]
fn every_conversion_in_orc() {
    check_conversions("orc");
}

#[test]
fn every_conversion_in_avro() {
    check_conversions("avro");
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
