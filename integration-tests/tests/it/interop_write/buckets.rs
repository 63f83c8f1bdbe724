//! Every way of giving rows their buckets, between us and Java.

use rimon_integration_tests::oracle::Oracle;
use rimon_integration_tests::random::Random;
use serde_json::{Value, json};

use super::case::{Case, Spec, TABLE, row};
use super::ping_pong::{COLUMNS, play};
use super::rows::compare;
use crate::tables::difference;

#[test]
fn dynamic_buckets_pass_between_us_and_java() {
    let options = "bucket=-1; dynamic-bucket.target-row-num=9";
    play("ping_pong_dynamic", &Spec { columns: COLUMNS, key: "id,p", options, ..Spec::default() });
}

#[test]
fn dynamic_buckets_of_partitions_pass_between_us_and_java() {
    let options = "bucket=-1; dynamic-bucket.target-row-num=5; dynamic-bucket.max-buckets=3";
    let spec = Spec { columns: COLUMNS, key: "id,p", partitions: "p", options };
    play("ping_pong_dynamic_partitions", &spec);
}

#[test]
fn keys_move_between_partitions_as_in_java() {
    let options = "bucket=-1; dynamic-bucket.target-row-num=8";
    play("ping_pong_moving", &Spec { columns: COLUMNS, key: "id", partitions: "p", options });
}

/// Rows of `columns`, where `id` repeats.
fn some_row(random: &mut Random, fields: &[rimon_spec::DataField]) -> Value {
    let mut made = random.row(fields);
    made.insert("id".into(), json!(random.below(60)));
    row(made, "+I")
}

const KV: &str = "id INT NOT NULL; v STRING; p INT NOT NULL";

/// The same keys in the same buckets as in Java, with the same index files.
#[test]
fn dynamic_buckets_are_those_of_java() {
    let options = "bucket=-1; dynamic-bucket.target-row-num=7; write-only=true";
    let spec = Spec { columns: KV, key: "id", options, ..Spec::default() };
    compare("dynamic_buckets", &spec, 4, some_row);
    let Some(mut oracle) = Oracle::shared() else { return };
    let (ours, javas) = (Case::ours(&spec), Case::javas(&mut oracle, &spec));
    for from in [0, 5, 40] {
        let rows: Vec<Value> = (from..from + 20).map(|id| json!({"id": id, "p": 0})).collect();
        ours.write(&rows);
        javas.java_writes(&mut oracle, &rows);
    }
    let files: Vec<Vec<String>> = [&ours, &javas]
        .into_iter()
        .map(|case| {
            let files = oracle.run(&case.warehouse(), TABLE, "index-files", json!({}));
            let mut lines: Vec<String> = Vec::new();
            for file in files.as_array().expect("index files") {
                let mut file = file.clone();
                let fields = file.as_object_mut().expect("an object");
                assert!(fields.shift_remove("file").is_some());
                lines.push(file.to_string());
            }
            lines.sort();
            lines
        })
        .collect();
    assert_eq!(files[0], files[1]);
    assert!(files[0].len() > 5, "{files:?}");
}

/// Rows are written by both in turn and get their buckets from Java: then both see them, before that nobody.
#[test]
fn postponed_rows_pass_to_java() {
    let Some(mut oracle) = Oracle::shared() else { return };
    let mut random = Random::new("postponed_rows");
    let options = "bucket=-2";
    let case = Case::ours(&Spec { columns: KV, key: "id,p", partitions: "p", options });
    let mut model = std::collections::BTreeMap::new();
    let mut visible: Vec<String> = Vec::new();
    for round in 1..=20 {
        for _ in 0..2 {
            let rows: Vec<Value> = (0..random.below(30) + 1)
                .map(|_| {
                    let (id, p) = (random.below(25), random.below(2));
                    let kind = if random.one_in(5) { "-D" } else { "+I" };
                    let v = format!("{round} {}", random.below(1000));
                    json!({"_kind": kind, "id": id, "v": v, "p": p})
                })
                .collect();
            if random.one_in(2) {
                case.write(&rows);
            } else {
                case.java_writes(&mut oracle, &rows);
            }
            for row in rows {
                let key = (row["p"].as_u64(), row["id"].as_u64());
                match row["_kind"] == "-D" {
                    true => model.remove(&key),
                    false => model.insert(key, row),
                };
            }
            // The order of writers is that of the times of their files.
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        for compacted in [false, true] {
            if compacted {
                oracle.run(&case.warehouse(), TABLE, "compact", json!({"buckets": 3}));
                visible = model.values().map(Value::to_string).collect();
                visible.sort();
            }
            for (who, got) in [("we", case.read()), ("Java", case.java_reads(&mut oracle))] {
                if let Some(how) = difference(&got, &visible) {
                    panic!("round {round}, compacted: {compacted}: {who} read {how}");
                }
            }
        }
    }
}

const KEYS: &str = "k0 BOOLEAN; k1 TINYINT; k2 SMALLINT; k3 INT; k4 BIGINT; k5 FLOAT; k6 DOUBLE; \
    k7 DECIMAL(9, 2); k8 DECIMAL(30, 4); k9 CHAR(3); k10 VARCHAR(20); k11 STRING; k12 BYTES; k13 DATE; \
    k14 TIMESTAMP(3); k15 TIMESTAMP(6); k16 TIME(3); k17 TIMESTAMP_LTZ(6); id INT";

/// The buckets that Java gives to rows it does not write.
fn assert_buckets(test: &str, options: &str, columns: &str) {
    let Some(mut oracle) = Oracle::shared() else { return };
    let mut random = Random::new(test);
    for name in columns.split(',') {
        let options: &'static str = format!("{options}; bucket-key={name}").leak();
        let case = Case::ours(&Spec { columns: KEYS, options, ..Spec::default() });
        let fields = case.fields();
        let rows: Vec<Value> = (0..60i32)
            .map(|id| {
                let mut made = random.row(&fields);
                made.insert("id".into(), json!(id));
                if options.contains("mod") && made[name].is_null() {
                    made.insert(name.into(), json!(-7));
                }
                row(made, "+I")
            })
            .collect();
        let expected = oracle.run(&case.warehouse(), TABLE, "bucket", json!({"rows": rows}));
        case.write(&rows);
        let found = case.buckets_of_ids();
        for (id, java) in expected.as_array().expect("rows").iter().enumerate() {
            let ours = found.get(&(id as i32)).copied().map(i64::from);
            assert_eq!(ours, java["bucket"].as_i64(), "{test}: {name} in {}", rows[id]);
        }
    }
}

#[test]
fn buckets_of_random_keys_are_those_of_java() {
    let all = "k0,k1,k2,k3,k4,k5,k6,k7,k8,k9,k10,k11,k12,k13,k14,k15,k16,k17";
    assert_buckets("buckets_default", "bucket=7", all);
    assert_buckets("buckets_mod", "bucket=7; bucket-function.type=mod", "k3,k4");
    let hive = "k0,k1,k2,k3,k4,k5,k6,k7,k8,k9,k10,k11,k12,k13";
    assert_buckets("buckets_hive", "bucket=7; bucket-function.type=hive", hive);
}
