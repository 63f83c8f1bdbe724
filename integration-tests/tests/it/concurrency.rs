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
    run_some(warehouse, PROCESSES, INSERTS, insert)
}

/// The same with so many processes and statements each.
fn run_some(
    warehouse: &Path,
    processes: usize,
    inserts: usize,
    insert: impl Fn(usize, usize) -> String,
) -> usize {
    let scripts = TempDir::new().expect("a folder");
    let children: Vec<_> = (0..processes)
        .map(|p| {
            let file = scripts.path().join(format!("{p}.sql"));
            let text: String = (0..inserts).map(|n| insert(p, n) + ";\n").collect();
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
        acknowledged += inserts;
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
fn assert_nothing_lost(warehouse: &Path, expected: Vec<String>) {
    assert_all_there(warehouse, PROCESSES * INSERTS, expected);
}

/// The same after so many commits.
fn assert_all_there(warehouse: &Path, commits: usize, mut expected: Vec<String>) {
    expected.sort();
    let table = warehouse.join("default.db/t");
    assert_eq!(snapshot_files(&table), commits, "snapshots");
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
    assert_eq!(snapshots.as_array().expect("snapshots").len(), commits);
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

/// The statement that brings a key of the process, and two that others bring with the same value.
fn own_and_shared_keys(process: usize, n: usize) -> String {
    let own = 1000 * (process + 1) + n;
    format!("INSERT INTO t VALUES ({own}, {n}), ({n}, 7), ({process}, 7)")
}

/// What all these statements leave, each key once.
fn rows_of_own_and_shared_keys(processes: usize, inserts: usize) -> Vec<String> {
    let line = |id: usize, n: usize| format!(r#"{{"_kind":"+I","id":{id},"n":{n}}}"#);
    let shared = (0..inserts).map(|n| line(n, 7));
    let own = |p: usize| (0..inserts).map(move |n| line(1000 * (p + 1) + n, n));
    shared.chain((0..processes).flat_map(own)).collect()
}

/// Every process brings keys of its own and the keys of all: each in one bucket, whoever was first.
#[test]
fn processes_choose_dynamic_buckets() {
    let folder = TempDir::new().expect("a folder");
    let options = "'bucket' = '-1', 'dynamic-bucket.target-row-num' = '6', 'dynamic-bucket.max-buckets' = '4'";
    let table = format!("CREATE TABLE t (id INT PRIMARY KEY, n INT) WITH ({options})");
    sql_ok(folder.path(), "csv", &table);
    let (processes, inserts) = (4, 12);
    let acknowledged = run_some(folder.path(), processes, inserts, own_and_shared_keys);
    assert_eq!(acknowledged, processes * inserts);
    let rows = rows_of_own_and_shared_keys(processes, inserts);
    assert_all_there(folder.path(), processes * inserts, rows);
}

/// Every process brings keys of its own and keys of all to a table that each of them compacts: a key keeps one row, which
/// was the first, and all show.
#[test]
fn processes_compact_first_rows() {
    let folder = TempDir::new().expect("a folder");
    let table = "CREATE TABLE t (id INT PRIMARY KEY, n INT) WITH ('bucket' = '2', 'merge-engine' = 'first-row')";
    sql_ok(folder.path(), "csv", table);
    let (processes, inserts) = (4, 10);
    let acknowledged = run_some(folder.path(), processes, inserts, own_and_shared_keys);
    assert_eq!(acknowledged, processes * inserts);
    let mut expected = rows_of_own_and_shared_keys(processes, inserts);
    expected.sort();
    let path = folder.path().join("default.db/t");
    let found = runtime().block_on(read(&path, Travel::Latest)).expect("it reads");
    assert_eq!(difference(&found, &expected), None, "we read");
    let Some(mut oracle) = Oracle::shared() else { return };
    let java = oracle.read(folder.path(), "default.t", json!({}));
    assert_eq!(difference(&java, &expected), None, "Java reads");
}

/// Every process moves the same keys to a partition of its own: each is in one partition at the end.
#[test]
fn processes_move_keys_between_partitions() {
    let folder = TempDir::new().expect("a folder");
    let table = "CREATE TABLE t (id INT, p INT, PRIMARY KEY (id) NOT ENFORCED) PARTITIONED BY (p) WITH ('bucket' = '-1')";
    sql_ok(folder.path(), "csv", table);
    let (processes, inserts) = (3, 8);
    let acknowledged = run_some(folder.path(), processes, inserts, |p, n| {
        format!("INSERT INTO t VALUES ({n}, {p}), (100, {p}), ({}, {p})", 1000 * (p + 1) + n)
    });
    assert_eq!(acknowledged, processes * inserts);
    let path = folder.path().join("default.db/t");
    let found = runtime().block_on(read(&path, Travel::Latest)).expect("it reads");
    let mut keys: Vec<usize> = found
        .iter()
        .map(|line| {
            let row: serde_json::Value = serde_json::from_str(line).expect("JSON");
            row["id"].as_u64().expect("a key") as usize
        })
        .collect();
    keys.sort_unstable();
    let mut expected: Vec<usize> = (0..inserts).chain([100]).collect();
    expected.extend((0..processes).flat_map(|p| (0..inserts).map(move |n| 1000 * (p + 1) + n)));
    assert_eq!(keys, expected, "every key once");
    let Some(mut oracle) = Oracle::shared() else { return };
    let java = oracle.read(folder.path(), "default.t", json!({}));
    if let Some(how) = difference(&java, &found) {
        panic!("Java: {how}");
    }
}
