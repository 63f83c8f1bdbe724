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

/// What is wrong with the answer to a wrong request: it must have the exit code, one `error:` line, all `words`, and
/// nothing on stdout.
fn complaint(out: &Output, code: i32, words: &[&str], what: &str) -> Option<String> {
    let errors = String::from_utf8_lossy(&out.stderr);
    let results = String::from_utf8_lossy(&out.stdout);
    let causes = errors.lines().filter(|l| l.starts_with("error: ")).count();
    let missing: Vec<_> =
        words.iter().filter(|w| !errors.to_lowercase().contains(&w.to_lowercase())).collect();
    let why = if out.status.code() != Some(code) {
        format!("{} instead of exit code {code}", out.status)
    } else if causes != 1 {
        format!("{causes} lines of cause")
    } else if !missing.is_empty() {
        format!("does not say {missing:?}")
    } else if errors.contains("panicked") {
        "a panic".into()
    } else if !results.is_empty() {
        format!("stdout has {results:?}")
    } else {
        return None;
    };
    Some(format!("{what}: {why}\n{errors}"))
}

fn assert_refused(out: &Output, code: i32, words: &[&str], what: &str) {
    if let Some(complaint) = complaint(out, code, words, what) {
        panic!("{complaint}");
    }
}

/// Runs statements that must fail and leave the warehouse as it is; fails with all that do not.
fn assert_all_refused(warehouse: &Path, requests: &[(String, &[&str])]) {
    let mut wrong = Vec::new();
    for (text, words) in requests {
        let before = contents(warehouse);
        wrong.extend(complaint(&sql(warehouse, "csv", text), 1, words, text));
        if before != contents(warehouse) {
            wrong.push(format!("{text}: changed the warehouse"));
        }
    }
    assert!(wrong.is_empty(), "{} requests:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn wrong_sql_changes_nothing() {
    let folder = warehouse();
    let requests = [
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
    ];
    assert_all_refused(folder.path(), &requests.map(|(text, words)| (text.to_owned(), words)));
    assert_eq!(sql_ok(folder.path(), "csv", "SELECT count(*) AS n FROM t"), "n\n3\n");
}

#[test]
fn wrong_options_are_named() {
    let folder = warehouse();
    let requests = [
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
    ];
    let mut number = 0;
    let requests = requests.map(|(columns, options, words)| {
        number += 1;
        (format!("CREATE TABLE bad{number} ({columns}) WITH ({options})"), words)
    });
    assert_all_refused(folder.path(), &requests);
}

#[test]
fn writes_that_this_build_cannot_do_are_refused() {
    for (name, feature) in [
        ("pk_aggregation_sketches", "aggregate-function"),
        ("data_evolution", "row-tracking"),
        ("pk_deduplicate_lookup", "changelog-producer"),
        ("pk_dv_v1", "deletion"),
    ] {
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
