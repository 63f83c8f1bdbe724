//! Chain tables that Java writes, branch by branch: the same rows as in Java after every write.

use futures::TryStreamExt;
use rimon_integration_tests::oracle::{Oracle, sorted_lines};
use rimon_integration_tests::random::Random;
use rimon_integration_tests::row::lines;
use rimon_spec::{Predicate, Test, Value as Cell};
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;

use crate::tables::{difference, open, runtime};

const TABLE: &str = "db.t";
const DAYS: [&str; 5] = ["20240101", "20240102", "20240103", "20240104", "20240105"];

/// A chain table over days; `grouped`: with a chain of its own in each region.
fn create(oracle: &mut Oracle, grouped: bool) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let columns = json!([
        {"name": "region", "type": "STRING NOT NULL"},
        {"name": "dt", "type": "STRING NOT NULL"},
        {"name": "id", "type": "INT NOT NULL"},
        {"name": "seq", "type": "INT"},
        {"name": "v", "type": "STRING"}
    ]);
    let partition = if grouped { json!(["region", "dt"]) } else { json!(["dt"]) };
    let key = if grouped { json!(["region", "dt", "id"]) } else { json!(["dt", "id"]) };
    let mut options = json!({
        "bucket": "2", "bucket-key": "id", "sequence.field": "seq", "write-only": "true",
        "partition.timestamp-pattern": "$dt", "partition.timestamp-formatter": "yyyyMMdd",
    });
    if grouped {
        options["chain-table.chain-partition-keys"] = json!("dt");
    }
    let spec = json!({"columns": columns, "primary_keys": key, "partition_keys": partition, "options": options});
    oracle.run(folder.path(), TABLE, "create", json!({"spec": spec}));
    for branch in ["snap", "delta"] {
        oracle.run(folder.path(), TABLE, "create-branch", json!({"name": branch}));
    }
    let set = |key: &str, value: &str| json!({"op": "set-option", "key": key, "value": value});
    let changes = json!([
        set("chain-table.enabled", "true"),
        set("scan.fallback-snapshot-branch", "snap"),
        set("scan.fallback-delta-branch", "delta"),
    ]);
    for branch in [None, Some("snap"), Some("delta")] {
        let mut arguments = json!({"changes": changes});
        if let Some(branch) = branch {
            arguments["branch"] = json!(branch);
        }
        oracle.run(folder.path(), TABLE, "alter", arguments);
    }
    folder
}

async fn read(directory: &Path, filter: Predicate) -> Vec<String> {
    let table = open(directory).await.expect("a table");
    let fields = table.schema().fields.clone();
    let stream = table.scan().filter(filter).stream().await.expect("a stream");
    let batches: Vec<_> = stream.try_collect().await.expect("rows");
    let mut rows: Vec<String> = batches.iter().flat_map(|b| lines(b, &fields)).collect();
    rows.sort();
    rows
}

fn check(grouped: bool) {
    let Some(mut oracle) = Oracle::shared() else { return };
    let mut random = Random::new(if grouped { "chains in regions" } else { "one chain" });
    let folder = create(&mut oracle, grouped);
    let directory = folder.path().join("db.db/t");
    let mut seen = 0;
    for round in 0..14 {
        let branch = ["snap", "delta", "delta"][random.below(3)];
        // One whole partition: with several Java 1.4 compares each with itself, see the test of those.
        let day = if branch == "snap" { DAYS[1] } else { DAYS[random.below(5)] };
        let region = ["a", "b"][random.below(2)];
        let rows: Vec<Value> = (0..4)
            .map(|_| {
                let kind = if branch == "delta" && random.one_in(4) { "-D" } else { "+I" };
                let (id, seq) = (random.below(6), round * 10 + random.below(10));
                json!({"_kind": kind, "region": region, "dt": day, "id": id, "seq": seq, "v": format!("{branch}{round}")})
            })
            .collect();
        oracle.run(folder.path(), TABLE, "write", json!({"branch": branch, "rows": rows}));
        let javas = sorted_lines(&oracle.run(folder.path(), TABLE, "read", json!({})));
        seen += javas.len();
        runtime().block_on(async {
            let ours = read(&directory, Predicate::True).await;
            let what = format!("round {round}, {rows:?} to {branch}");
            if let Some(how) = difference(&ours, &javas) {
                panic!("{what}: {how}");
            }
            let id = i32::try_from(random.below(6)).expect("a small number");
            for (filter, text) in [
                (Predicate::leaf("id", Test::Eq(Cell::Int(id))), format!("\"id\":{id},")),
                (
                    Predicate::leaf("dt", Test::Eq(Cell::String(day.into()))),
                    format!("\"dt\":\"{day}\""),
                ),
            ] {
                let wanted: Vec<String> =
                    javas.iter().filter(|l| l.contains(&text)).cloned().collect();
                let ours = read(&directory, filter).await;
                if let Some(how) = difference(&ours, &wanted) {
                    panic!("{what}, {text}: {how}");
                }
            }
        });
    }
    assert!(seen > 50, "{seen} rows");
}

#[test]
fn one_chain_is_read_as_in_java() {
    check(false);
}

#[test]
fn chains_of_regions_are_read_as_in_java() {
    check(true);
}

/// Rows of a day, whose ids are `ids`.
fn rows_of(day: &str, ids: &[i32], seq: i32, v: &str) -> Vec<Value> {
    let row = |id: &i32| json!({"region": "a", "dt": day, "id": id, "seq": seq, "v": v});
    ids.iter().map(row).collect()
}

/// A day is shown on top of the nearest whole one before it, as releases after 1.4 show it. Java 1.4 compares whole days
/// by one row that it uses again (`ChainPartitionProjector.chainPartitionForCompare`), so that they are in no order, and
/// takes another one or none. Hence it is asked about tables with only that whole day.
#[test]
fn of_several_whole_days_the_nearest_counts() {
    let Some(mut oracle) = Oracle::shared() else { return };
    let whole = [(DAYS[0], vec![1, 2, 3]), (DAYS[1], vec![2, 4]), (DAYS[3], vec![1, 5, 6])];
    let changes = [(DAYS[1], vec![9]), (DAYS[2], vec![4, 7]), (DAYS[4], vec![5, 8])];
    let folder = create(&mut oracle, false);
    let write = |oracle: &mut Oracle, folder: &TempDir, branch: &str, rows: Vec<Value>| {
        oracle.run(folder.path(), TABLE, "write", json!({"branch": branch, "rows": rows}));
    };
    for (day, ids) in &whole {
        write(&mut oracle, &folder, "snap", rows_of(day, ids, 1, "whole"));
    }
    for (seq, (day, ids)) in (2..).zip(&changes) {
        write(&mut oracle, &folder, "delta", rows_of(day, ids, seq, "changed"));
    }
    for (day, from) in [(DAYS[2], 1), (DAYS[4], 2)] {
        let alone = create(&mut oracle, false);
        let (nearest, ids) = &whole[from];
        write(&mut oracle, &alone, "snap", rows_of(nearest, ids, 1, "whole"));
        for (seq, (changed, ids)) in (2..).zip(&changes) {
            write(&mut oracle, &alone, "delta", rows_of(changed, ids, seq, "changed"));
        }
        let of_day = format!("\"dt\":\"{day}\"");
        let mut javas = sorted_lines(&oracle.run(alone.path(), TABLE, "read", json!({})));
        javas.retain(|line| line.contains(&of_day));
        let filter = Predicate::leaf("dt", Test::Eq(Cell::String(day.into())));
        let ours = runtime().block_on(read(&folder.path().join("db.db/t"), filter));
        assert_eq!(difference(&ours, &javas), None, "{day}");
        assert!(ours.iter().any(|l| l.contains("whole")), "{ours:?}");
    }
}
