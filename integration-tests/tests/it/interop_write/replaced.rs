//! Overwrites of tables whose indexes know the buckets of keys, Java and Rimon writing in turn.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use rimon_format::arrow_schema::to_arrow_schema;
use rimon_integration_tests::oracle::Oracle;
use rimon_integration_tests::random::Random;
use rimon_integration_tests::row::Rows;
use rimon_table::commit::{BATCH_COMMIT, Overwrite};
use serde_json::{Value, json};

use super::case::{Case, Spec, TABLE};
use crate::tables::{difference, open, runtime};

type Model = BTreeMap<(i32, i32), Value>;

fn overwrite(case: &Case, rows: &[Value], what: &Overwrite) {
    runtime().block_on(async {
        let table = open(&case.directory()).await.expect("a table");
        let schema = to_arrow_schema(&table.schema().fields).expect("Arrow types");
        let rows = Rows::from_json(rows, &schema);
        let mut writer = table.writer("r").ignore_previous_files().build().expect("a writer");
        writer.write(rows.batch.clone()).await.expect("rows");
        let messages = writer.prepare_commit(BATCH_COMMIT).await.expect("files");
        let outcome = table.committer("r").overwrite(BATCH_COMMIT, messages, what).await;
        outcome.expect("an outcome").into_snapshot().expect("a snapshot");
    });
}

fn drop_partition(case: &Case, p: i32) {
    runtime().block_on(async {
        let table = open(&case.directory()).await.expect("a table");
        let values: IndexMap<String, String> = [("p".to_owned(), p.to_string())].into();
        table.drop_partitions(&[values]).await.expect("dropped");
    });
}

/// Rows of partitions 0 to 2.
fn some_rows(random: &mut Random, round: u64) -> Vec<Value> {
    let row = |random: &mut Random| {
        let v = format!("{round} {}", random.below(1000));
        json!({"p": random.below(3), "id": random.below(40), "v": v})
    };
    (0..random.below(25) + 1).map(|_| row(random)).collect()
}

fn upsert(model: &mut Model, rows: &[Value]) {
    for row in rows {
        let number = |name: &str| row[name].as_i64().expect("a number") as i32;
        let line = json!({"_kind": "+I", "p": row["p"], "id": row["id"], "v": row["v"]});
        model.insert((number("p"), number("id")), line);
    }
}

#[test]
fn keys_of_replaced_rows_are_forgotten() {
    let Some(mut oracle) = Oracle::shared() else { return };
    let mut random = Random::new("replaced_keys");
    let case = Case::ours(&Spec {
        columns: "p INT NOT NULL; id INT NOT NULL; v STRING",
        key: "p,id",
        partitions: "p",
        options: "bucket=-1; dynamic-bucket.target-row-num=6",
    });
    let mut model = Model::new();
    for round in 1..=20 {
        let rows = some_rows(&mut random, round);
        let p = random.below(3) as i32;
        match random.below(6) {
            0 => case.write(&rows),
            1 => case.java_writes(&mut oracle, &rows),
            2 => {
                let gone: Vec<i64> = rows.iter().filter_map(|row| row["p"].as_i64()).collect();
                model.retain(|(p, _), _| !gone.contains(&i64::from(*p)));
                overwrite(&case, &rows, &Overwrite::Dynamic);
            }
            3 => {
                model.clear();
                overwrite(&case, &rows, &Overwrite::Table);
            }
            4 => {
                model.retain(|(partition, _), _| *partition != p);
                drop_partition(&case, p);
            }
            _ => {
                model.retain(|(partition, _), _| *partition != p);
                let partitions = json!({"partitions": [{"p": p.to_string()}]});
                oracle.run(&case.warehouse(), TABLE, "truncate", partitions);
                oracle.run(&case.warehouse(), TABLE, "compact", json!({}));
            }
        }
        // what was dropped is written again, by either side
        upsert(&mut model, &rows);
        match random.one_in(2) {
            true => case.write(&rows),
            false => case.java_writes(&mut oracle, &rows),
        }
        let mut expected: Vec<String> = model.values().map(Value::to_string).collect();
        expected.sort();
        for (who, got) in [("we", case.read()), ("Java", case.java_reads(&mut oracle))] {
            if let Some(how) = difference(&got, &expected) {
                panic!("round {round}: {who} read {how}");
            }
        }
    }
}
