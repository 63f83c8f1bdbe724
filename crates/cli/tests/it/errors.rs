//! Exit codes, causes and hints.

use std::fs;

use crate::process::Place;

fn with_table() -> Place {
    let place = Place::new();
    let sql = "CREATE TABLE t (id INT NOT NULL, v STRING, PRIMARY KEY (id)) WITH ('bucket' = '1'); \
               INSERT INTO t VALUES (1, 'a')";
    place.run(&["sql", "-c", sql]).ok();
    place
}

#[test]
fn wrong_usage_is_2() {
    let place = Place::new();
    for args in [
        &["sql", "--format", "xml"][..],
        &["sql", "surplus"],
        &["--catalog-option", "noequals", "sql", "-c", "SELECT 1"],
        &["table"],
        &["nonsense"],
        &[],
    ] {
        let run = place.run(args);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{args:?} {run:?}");
    }
    for args in
        [&["--help"][..], &["--version"], &["sql", "--help"], &["table", "create", "--help"]]
    {
        assert!(!place.run(args).ok().stdout.is_empty());
    }
    assert!(place.run(&["--help"]).stdout.contains("4 whether a commit took place is unknown"));
}

#[test]
fn wrong_sql_is_1_with_a_cause() {
    let place = with_table();
    for (sql, cause) in [
        ("SELEC 1", "SELEC"),
        ("SELECT", ""),
        ("SELECT nope FROM t", "nope"),
        ("SELECT * FROM missing", "missing"),
        ("SELECT * FROM nodb.t", "nodb"),
        ("SELECT 1 + 'x'", "x"),
        ("SELECT 1 / 0", "ivide by zero"),
        ("INSERT INTO t VALUES (1)", "1 values"),
        ("INSERT INTO t VALUES (NULL, 'x')", "null"),
        ("CREATE TABLE t (a INT)", "t"),
        ("CREATE TABLE u (a NOTYPE)", "NOTYPE"),
        ("CREATE TABLE u (a INT) WITH ('buket' = '1')", "buket"),
        ("CREATE TABLE u (a INT) WITH ('bucket' = 'many')", "bucket"),
        ("CREATE TABLE u (a INT NOT NULL, PRIMARY KEY (b))", "b"),
        ("DROP TABLE missing", "missing"),
        ("CREATE DATABASE \"a/b\"", "a/b"),
        ("SELECT * FROM t VERSION AS OF 99", "99"),
        ("SELECT * FROM \"t$nonsense\"", "nonsense"),
        ("SELECT 1; SELECT 'open", "nterminated"),
    ] {
        place.run(&["sql", "-c", sql]).fails_after_output(1, cause);
    }
    assert_eq!(place.csv("SELECT * FROM t"), "id,v\n1,a\n");
}

#[test]
fn a_missing_table_has_a_hint() {
    let place = with_table();
    place.run(&["sql", "-c", "SELECT * FROM missing"]).fails(1, "missing").hints("table list");
    place.run(&["table", "describe", "missing"]).fails(1, "missing").hints("table list");
    place.run(&["table", "files", "a.b.c.d"]).fails(2, "a.b.c.d");
}

#[test]
fn a_corrupt_table_is_5() {
    let place = with_table();
    let table = place.path("warehouse/default.db/t");
    let snapshot = table.join("snapshot/snapshot-1");
    let whole = fs::read(&snapshot).unwrap();
    fs::write(&snapshot, &whole[..whole.len() / 2]).unwrap();
    place.run(&["sql", "-c", "SELECT * FROM t"]).fails(5, "snapshot-1");
    place.run(&["table", "snapshots", "t"]).fails(5, "snapshot-1");
    place.run(&["sql", "-c", "INSERT INTO t VALUES (2, 'b')"]).fails(5, "snapshot-1");
    fs::write(&snapshot, &whole).unwrap();

    let manifest = fs::read_dir(table.join("manifest"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.file_name().unwrap().to_string_lossy().starts_with("manifest-list-"))
        .unwrap();
    let bytes = fs::read(&manifest).unwrap();
    fs::write(&manifest, b"nonsense").unwrap();
    let name = manifest.file_name().unwrap().to_string_lossy().into_owned();
    let run = place.run(&["sql", "-c", "SELECT * FROM t"]);
    assert_eq!(run.code, Some(5), "{run:?}");
    assert!(run.stderr.contains("manifest-list-"), "{name} {run:?}");
    fs::write(&manifest, bytes).unwrap();

    let schema = table.join("schema/schema-0");
    fs::write(&schema, "{").unwrap();
    place.run(&["table", "describe", "t"]).fails(5, "schema-0");
}

#[test]
fn an_unsupported_table_names_the_feature() {
    let place = with_table();
    let schema = place.path("warehouse/default.db/t/schema/schema-0");
    let text = fs::read_to_string(&schema).unwrap();
    let changed =
        text.replacen("\"options\" : {", "\"options\" : { \"query-auth.enabled\" : \"true\",", 1);
    assert_ne!(text, changed);
    fs::write(&schema, changed).unwrap();
    place.run(&["sql", "-c", "SELECT * FROM t"]).fails(1, "query-auth.enabled");
    place.run(&["sql", "-c", "INSERT INTO t VALUES (2, 'b')"]).fails(1, "query-auth.enabled");
}
