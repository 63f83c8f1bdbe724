//! Overwrites, truncations and dropped partitions: Java does the same to the same table.

use std::path::Path;

use arrow::array::{Int32Array, RecordBatch, StringArray};
use futures::future::join_all;
use indexmap::IndexMap;
use rimon_format::arrow_schema::to_arrow_schema;
use rimon_integration_tests::oracle::{Oracle, sorted_lines};
use rimon_spec::{CommitKind, Snapshot};
use rimon_table::Table;
use rimon_table::commit::{BATCH_COMMIT, Overwrite};
use serde_json::{Value, json};
use std::sync::Arc;
use tempfile::TempDir;

use crate::tables::{open, rows, runtime};

const TABLE: &str = "db.t";

fn create(oracle: &mut Oracle, keyed: bool) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let key = if keyed { json!(["p", "id"]) } else { json!([]) };
    let bucket = if keyed { "2" } else { "-1" };
    let columns = json!([
        {"name": "p", "type": "STRING"},
        {"name": "id", "type": "INT NOT NULL"},
        {"name": "v", "type": "STRING"}
    ]);
    let spec = json!({"columns": columns, "primary_keys": key, "partition_keys": ["p"], "options": {"bucket": bucket}});
    oracle.run(folder.path(), TABLE, "create", json!({"spec": spec}));
    for (p, id) in [("a", 1), ("a", 2), ("b", 1), ("c", 7)] {
        let rows = json!([{"p": p, "id": id, "v": "old"}]);
        oracle.run(folder.path(), TABLE, "write", json!({"rows": rows}));
    }
    folder
}

async fn table(folder: &Path) -> Table {
    open(&folder.join("db.db/t")).await.expect("a table")
}

fn batch(table: &Table, rows: &[(&str, i32, &str)]) -> RecordBatch {
    let schema = to_arrow_schema(&table.schema().fields).expect("a schema");
    RecordBatch::try_new(
        schema,
        vec![
            Arc::new(StringArray::from_iter_values(rows.iter().map(|r| r.0))),
            Arc::new(Int32Array::from_iter_values(rows.iter().map(|r| r.1))),
            Arc::new(StringArray::from_iter_values(rows.iter().map(|r| r.2))),
        ],
    )
    .expect("a batch")
}

async fn overwrite(
    table: &Table,
    rows: &[(&str, i32, &str)],
    what: &Overwrite,
) -> Option<Snapshot> {
    let user = table.new_user();
    let mut writer = table.writer(&user).ignore_previous_files().build().expect("a writer");
    writer.write(batch(table, rows)).await.expect("rows");
    let messages = writer.prepare_commit(BATCH_COMMIT).await.expect("files");
    let outcome = table.committer(&user).overwrite(BATCH_COMMIT, messages, what).await;
    outcome.expect("an outcome").into_snapshot().expect("a snapshot")
}

/// What is the same whoever overwrites: kind, counts, and of each file where it is and what it holds.
fn shape(oracle: &mut Oracle, folder: &Path) -> (Value, Vec<String>) {
    let snapshots = oracle.run(folder, TABLE, "snapshots", json!({}));
    let last = snapshots.as_array().and_then(|s| s.last().cloned()).expect("snapshots");
    let picked = |key: &str| last.get(key).cloned().unwrap_or(Value::Null);
    let snapshot = json!([
        picked("id"),
        picked("commitKind"),
        picked("totalRecordCount"),
        picked("deltaRecordCount"),
    ]);
    let files = oracle.run(folder, TABLE, "files", json!({}));
    let mut shapes: Vec<String> = files
        .as_array()
        .expect("files")
        .iter()
        .map(|f| {
            let of = |key: &str| f.get(key).cloned().unwrap_or(Value::Null).to_string();
            [
                "partition",
                "bucket",
                "level",
                "rows",
                "min_key",
                "max_key",
                "min_sequence",
                "max_sequence",
            ]
            .map(of)
            .join(" ")
        })
        .collect();
    shapes.sort();
    (snapshot, shapes)
}

fn same(oracle: &mut Oracle, ours: &Path, javas: &Path, what: &str) {
    assert_eq!(shape(oracle, ours), shape(oracle, javas), "{what}");
    let expected = oracle.read(javas, TABLE, json!({}));
    assert_eq!(oracle.read(ours, TABLE, json!({})), expected, "{what}: Java reads ours");
    let read = runtime().block_on(async { rows(&table(ours).await).await }).expect("rows");
    assert_eq!(read, expected, "{what}: we read ours");
}

#[test]
fn overwrites_are_as_java_makes_them() {
    let Some(mut oracle) = Oracle::shared() else { return };
    let runtime = runtime();
    for keyed in [true, false] {
        let (ours, javas) = (create(&mut oracle, keyed), create(&mut oracle, keyed));
        let new = [("a", 5, "new"), ("d", 6, "new"), ("d", 7, "new")];
        let json_rows: Vec<Value> =
            new.iter().map(|(p, id, v)| json!({"p": p, "id": id, "v": v})).collect();
        // the partitions of the rows
        runtime.block_on(async {
            let table = table(ours.path()).await;
            let snapshot = overwrite(&table, &new, &Overwrite::default_of(&table)).await;
            assert_eq!(snapshot.expect("a snapshot").commit_kind, CommitKind::Overwrite);
        });
        oracle.run(javas.path(), TABLE, "write", json!({"rows": json_rows, "overwrite": {}}));
        same(&mut oracle, ours.path(), javas.path(), "dynamic");
        // one partition
        let spec: IndexMap<String, String> = [("p".to_owned(), "d".to_owned())].into();
        runtime.block_on(async {
            let table = table(ours.path()).await;
            table.drop_partitions(std::slice::from_ref(&spec)).await.expect("dropped");
        });
        oracle.run(javas.path(), TABLE, "truncate", json!({"partitions": [{"p": "d"}]}));
        same(&mut oracle, ours.path(), javas.path(), "dropped partition");
        // the table, with rows
        runtime.block_on(async {
            overwrite(&table(ours.path()).await, &new, &Overwrite::Table).await;
        });
        let fixed = json!({"dynamic-partition-overwrite": "false"});
        let arguments = json!({"rows": json_rows, "overwrite": {}, "options": fixed});
        oracle.run(javas.path(), TABLE, "write", arguments);
        same(&mut oracle, ours.path(), javas.path(), "whole table");
        // and without, twice: there is a snapshot though nothing changes
        for _ in 0..2 {
            runtime
                .block_on(async { table(ours.path()).await.truncate().await })
                .expect("truncated");
            oracle.run(javas.path(), TABLE, "truncate", json!({}));
            same(&mut oracle, ours.path(), javas.path(), "truncated");
        }
        let left = oracle.ask(ours.path(), TABLE, "read", json!({"snapshot": 4})).expect("rows");
        assert_eq!(sorted_lines(&left).len(), 4);
    }
}

/// Overwrites of several writers at once: each sees all rows of its partition go, and none is lost.
#[test]
fn concurrent_overwrites_replace_each_other() {
    let Some(mut oracle) = Oracle::shared() else { return };
    let folder = create(&mut oracle, true);
    let runtime = runtime();
    let path = folder.path().to_owned();
    runtime.block_on(async {
        let jobs = (0..8).map(|job| {
            let path = path.clone();
            tokio::spawn(async move {
                let table = table(&path).await;
                let partition = if job % 2 == 0 { "a" } else { "b" };
                let value = format!("job {job}");
                let rows =
                    [(partition, job, value.as_str()), (partition, 100 + job, value.as_str())];
                overwrite(&table, &rows, &Overwrite::Dynamic).await.expect("a snapshot").id
            })
        });
        let mut ids: Vec<i64> =
            join_all(jobs).await.into_iter().map(|id| id.expect("a job")).collect();
        ids.sort_unstable();
        assert_eq!(ids, (5..13).collect::<Vec<i64>>());
    });
    let read = oracle.read(folder.path(), TABLE, json!({}));
    assert_eq!(
        read.len(),
        5,
        "two rows of one job in each of two partitions, and one row: {read:?}"
    );
    let jobs: std::collections::BTreeSet<&str> = read
        .iter()
        .filter_map(|l| l.split("\"v\":\"job ").nth(1).and_then(|rest| rest.split('"').next()))
        .collect();
    assert_eq!(jobs.len(), 2, "{read:?}");
}
