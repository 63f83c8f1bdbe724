//! Wrong requests through the command: one line of cause, the right exit code, and the table as it was.

use std::path::Path;
use std::process::Output;

use rimon_integration_tests::command::{rimon, sql, sql_ok};
use rimon_integration_tests::fixture::Fixture;
use tempfile::TempDir;

use super::contents;

/// A warehouse with one table of three rows.
fn warehouse() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    sql_ok(
        folder.path(),
        "csv",
        "CREATE TABLE t (id INT PRIMARY KEY, v STRING NOT NULL) WITH ('bucket' = '1');
         INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')",
    );
    folder
}

/// What a failed command must look like: exit code, one `error:` line that holds all `words`, nothing on stdout.
fn assert_refused(out: &Output, code: i32, words: &[&str], what: &str) {
    let errors = String::from_utf8_lossy(&out.stderr);
    let results = String::from_utf8_lossy(&out.stdout);
    assert_eq!(out.status.code(), Some(code), "{what}\n{results}\n{errors}");
    let causes: Vec<_> = errors.lines().filter(|l| l.starts_with("error: ")).collect();
    assert_eq!(causes.len(), 1, "{what}: one line of cause in\n{errors}");
    for word in words {
        let word = word.to_lowercase();
        assert!(errors.to_lowercase().contains(&word), "{what}: no '{word}' in\n{errors}");
    }
    assert!(!errors.contains("panicked"), "{what}\n{errors}");
    assert!(results.is_empty(), "{what}: stdout has\n{results}");
}

#[test]
fn wrong_sql_changes_nothing() {
    let folder = warehouse();
    let before = contents(folder.path());
    for (text, words) in [
        ("SELEC 1", &["selec"][..]),
        ("SELECT * FROM nothere", &["nothere"]),
        ("SELECT * FROM nodb.t", &["nodb"]),
        ("SELECT nocolumn FROM t", &["nocolumn"]),
        ("INSERT INTO nothere VALUES (1)", &["nothere"]),
        ("INSERT INTO t VALUES (1)", &[]),
        ("INSERT INTO t VALUES ('x', 'y')", &["x"]),
        ("INSERT INTO t VALUES (4, NULL)", &["v"]),
        ("INSERT INTO t (id) VALUES (4)", &["v"]),
        ("INSERT INTO t VALUES (9999999999, 'y')", &["9999999999"]),
        ("DROP TABLE nothere", &["nothere"]),
        ("CREATE TABLE t (id INT)", &["default.t", "already"]),
        ("SELECT * FROM t VERSION AS OF 77", &["77"]),
        ("SELECT * FROM \"t$nosuch\"", &["nosuch"]),
    ] {
        let out = sql(folder.path(), "csv", text);
        assert_refused(&out, 1, words, text);
        assert!(before == contents(folder.path()), "{text} changed the warehouse");
    }
    assert_eq!(sql_ok(folder.path(), "csv", "SELECT count(*) AS n FROM t"), "n\n3\n");
}

#[test]
fn wrong_options_are_named() {
    let folder = warehouse();
    let before = contents(folder.path());
    for (columns, options, words) in [
        ("id INT", "'bucket' = 'four'", &["bucket", "four"][..]),
        ("id INT", "'bucket' = '-7'", &["bucket", "-7"]),
        ("id INT", "'bucket' = '4'", &["bucket-key"]),
        ("id INT", "'buckt' = '4'", &["buckt"]),
        ("id INT", "'file.format' = 'xls'", &["file.format", "xls"]),
        ("id INT", "'target-file-size' = 'big'", &["target-file-size", "big"]),
        (
            "id INT PRIMARY KEY",
            "'bucket' = '1', 'merge-engine' = 'nosuch'",
            &["merge-engine", "nosuch"],
        ),
        ("id INT PRIMARY KEY", "'bucket' = '1', 'sequence.field' = 'nosuch'", &["nosuch"]),
        ("id INT", "'bucket' = '1', 'bucket-key' = 'nosuch'", &["nosuch"]),
        ("id INT, id INT", "'bucket' = '-1'", &["id"]),
        ("id INT, p INT, PRIMARY KEY (nosuch)", "'bucket' = '1'", &["nosuch"]),
        ("id NOSUCHTYPE", "'bucket' = '-1'", &["nosuchtype"]),
    ] {
        let text = format!("CREATE TABLE bad ({columns}) WITH ({options})");
        let out = sql(folder.path(), "csv", &text);
        assert_refused(&out, 1, words, &text);
        assert!(before == contents(folder.path()), "{text} changed the warehouse");
    }
}

#[test]
fn writes_that_this_build_cannot_do_are_refused() {
    for (name, feature, row) in [
        ("pk_aggregation_none", "merge-engine", ""),
        ("pk_dynamic", "bucket", ""),
        ("pk_deduplicate_lookup", "changelog-producer", ""),
        ("pk_dv_v1", "deletion", ""),
    ] {
        let _ = row;
        let table = Fixture::named(name).unpack();
        let before = contents(&table.warehouse());
        let text = "INSERT INTO db.t SELECT * FROM db.t LIMIT 0";
        let out = sql(&table.warehouse(), "csv", text);
        assert_refused(&out, 1, &[feature], name);
        assert!(before == contents(&table.warehouse()), "{name} was changed");
    }
}

#[test]
fn a_corrupt_table_has_its_own_exit_code() {
    let table = Fixture::named("append_two_files_parquet").unpack();
    let latest = table.table().join("schema/schema-0");
    std::fs::write(&latest, "{").expect("damaged");
    let out = sql(&table.warehouse(), "csv", "SELECT * FROM db.t");
    assert_refused(&out, 5, &["schema-0"], "a damaged schema");
}

#[test]
fn wrong_usage_has_its_own_exit_code() {
    let folder = TempDir::new().expect("a folder");
    for arguments in [&["nosuchcommand"][..], &["sql", "--format", "xls"], &["table", "describe"]] {
        let out = rimon(folder.path()).args(arguments).output().expect("rimon starts");
        assert_eq!(out.status.code(), Some(2), "{arguments:?}");
        assert!(out.stdout.is_empty() && !out.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_warehouse_that_cannot_be_used_is_named() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("a-file");
    std::fs::write(&file, "not a folder").expect("a file");
    let below = file.join("warehouse");
    for (text, place) in [
        ("SELECT * FROM t", folder.path().join("nothere")),
        ("CREATE TABLE t (id INT)", below.clone()),
        ("SELECT * FROM t", below.clone()),
    ] {
        let out = sql(&place, "csv", text);
        assert_refused(&out, 1, &[], &format!("{text} in {}", place.display()));
        assert!(!Path::new(&place).exists(), "{} was made by {text}", place.display());
    }
    assert_eq!(std::fs::read(&file).expect("it is there"), b"not a folder");
}
