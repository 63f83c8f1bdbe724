//! Many processes, one table: what was acknowledged is there, once.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use rimon_integration_tests::command::{rimon, sql_ok};
use rimon_integration_tests::oracle::Oracle;
use rimon_table::Travel;
use serde_json::json;
use tempfile::TempDir;

use crate::tables::{difference, open, read, runtime};

const PROCESSES: usize = 8;
const INSERTS: usize = 50;

/// Starts all processes, each with its own file of INSERTs, and waits; how many of the statements were acknowledged.
fn run(warehouse: &Path, insert: impl Fn(usize, usize) -> String) -> usize {
    let scripts = TempDir::new().expect("a folder");
    let children: Vec<_> = (0..PROCESSES)
        .map(|p| {
            let file = scripts.path().join(format!("{p}.sql"));
            let text: String = (0..INSERTS).map(|n| insert(p, n) + ";\n").collect();
            fs::write(&file, text).expect("a script");
            rimon(warehouse)
                .args(["sql", "--format", "csv", "-f"])
                .arg(&file)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("rimon starts")
        })
        .collect();
    let mut acknowledged = 0;
    for child in children {
        let out = child.wait_with_output().expect("it ends");
        let errors = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "{}\n{errors}", out.status);
        acknowledged += INSERTS;
    }
    acknowledged
}

fn snapshot_files(table: &Path) -> usize {
    let entries = fs::read_dir(table.join("snapshot")).expect("snapshots");
    entries
        .filter(|e| {
            let name = e.as_ref().expect("an entry").file_name();
            name.to_string_lossy().starts_with("snapshot-")
        })
        .count()
}

/// Rows, number of snapshots, and Java's view of both.
fn assert_nothing_lost(warehouse: &Path, mut expected: Vec<String>) {
    expected.sort();
    let table = warehouse.join("default.db/t");
    assert_eq!(snapshot_files(&table), PROCESSES * INSERTS, "snapshots");
    let runtime = runtime();
    let rows = runtime.block_on(read(&table, Travel::Latest)).expect("it reads");
    if let Some(how) = difference(&rows, &expected) {
        panic!("{how}");
    }
    let total = runtime.block_on(async {
        let snapshot = open(&table).await.expect("a table").current_snapshot().await;
        snapshot.expect("a snapshot").expect("one").total_record_count
    });
    assert!(total >= expected.len() as i64, "{total} rows in the latest snapshot");
    let Some(mut oracle) = Oracle::shared() else { return };
    let java = oracle.read(warehouse, "default.t", json!({}));
    if let Some(how) = difference(&java, &expected) {
        panic!("Java: {how}");
    }
    let snapshots = oracle.run(warehouse, "default.t", "snapshots", json!({}));
    assert_eq!(snapshots.as_array().expect("snapshots").len(), PROCESSES * INSERTS);
}

#[test]
fn eight_processes_append() {
    let folder = TempDir::new().expect("a folder");
    sql_ok(folder.path(), "csv", "CREATE TABLE t (process INT, n INT, v STRING)");
    let acknowledged =
        run(folder.path(), |p, n| format!("INSERT INTO t VALUES ({p}, {n}, 'v{p}-{n}')"));
    assert_eq!(acknowledged, 400);
    let rows = (0..PROCESSES).flat_map(|p| {
        (0..INSERTS)
            .map(move |n| format!(r#"{{"_kind":"+I","process":{p},"n":{n},"v":"v{p}-{n}"}}"#))
    });
    assert_nothing_lost(folder.path(), rows.collect());
}

/// Each statement adds a key of its own and overwrites the one of its process, whose last value has to stay.
#[test]
fn eight_processes_upsert() {
    let folder = TempDir::new().expect("a folder");
    sql_ok(
        folder.path(),
        "csv",
        "CREATE TABLE t (id INT PRIMARY KEY, n INT) WITH ('bucket' = '2')",
    );
    let acknowledged = run(folder.path(), |p, n| {
        format!("INSERT INTO t VALUES ({}, {n}), ({p}, {n})", 1000 * (p + 1) + n)
    });
    assert_eq!(acknowledged, 400);
    let mut rows = Vec::new();
    for p in 0..PROCESSES {
        rows.push(format!(r#"{{"_kind":"+I","id":{p},"n":{}}}"#, INSERTS - 1));
        for n in 0..INSERTS {
            rows.push(format!(r#"{{"_kind":"+I","id":{},"n":{n}}}"#, 1000 * (p + 1) + n));
        }
    }
    assert_nothing_lost(folder.path(), rows);
}
