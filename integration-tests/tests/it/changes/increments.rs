//! Changes between two versions.

use rimon_integration_tests::oracle::{Oracle, sorted_lines};
use serde_json::{Value, json};

use super::case::{Javas, TABLE};
use crate::tables::{difference, rows_with_kinds, runtime};

/// What Java reads with these options, every kind shown.
fn javas_rows(oracle: &mut Oracle, case: &Javas, options: &Value) -> Result<Vec<String>, String> {
    let arguments = json!({"options": options, "raw_kinds": true});
    let rows = oracle.ask(case.warehouse(), TABLE, "read", arguments);
    rows.map(|rows| sorted_lines(&rows)).map_err(|e| e.error)
}

fn compare(oracle: &mut Oracle, case: &Javas, options: &Value, what: &str) {
    let pairs: Vec<(String, String)> = options
        .as_object()
        .expect("options")
        .iter()
        .map(|(k, v)| (k.clone(), v.as_str().expect("text").to_owned()))
        .collect();
    let ours = runtime()
        .block_on(async { rows_with_kinds(&case.table_of().await?.with_options(pairs)?).await });
    match (ours, javas_rows(oracle, case, options)) {
        (Ok(ours), Ok(javas)) => {
            assert_eq!(
                difference(&ours, &javas),
                None,
                "{what}, {options}:\n{ours:#?}\n{javas:#?}"
            );
        }
        (Err(_), Err(_)) => {}
        (ours, javas) => panic!("{what}, {options}: {ours:?} where Java has {javas:?}"),
    }
}

/// Tables of every producer and kind, read between snapshots, tags and times in every mode.
#[test]
fn increments_are_those_of_java() {
    let Some(mut oracle) = Oracle::shared() else { return };
    let kinds = [
        ("no changelog", json!({"bucket": "1"}), None),
        ("input", json!({"bucket": "2", "changelog-producer": "input"}), None),
        ("lookup", json!({"bucket": "1", "changelog-producer": "lookup"}), Some("minor")),
        (
            "full compaction",
            json!({"bucket": "1", "changelog-producer": "full-compaction"}),
            Some("full"),
        ),
        (
            "deletion vectors",
            json!({"bucket": "1", "deletion-vectors.enabled": "true"}),
            Some("minor"),
        ),
    ];
    for (what, options, compact) in kinds {
        let case = Javas::new(&mut oracle, options);
        case.fill(&mut oracle, compact);
        let last = case.latest();
        for (from, to) in [(0, last), (1, 3), (2, last), (3, 3), (1, 100)] {
            for mode in ["auto", "delta", "changelog", "diff"] {
                let options = json!({
                    "incremental-between": format!("{from},{to}"),
                    "incremental-between-scan-mode": mode,
                });
                compare(&mut oracle, &case, &options, what);
            }
        }
        let tags = "2024-12-01,2024-12-04";
        compare(&mut oracle, &case, &json!({"incremental-between": tags}), what);
        let by_snapshot =
            json!({"incremental-between": tags, "incremental-between-tag-to-snapshot": "true"});
        compare(&mut oracle, &case, &by_snapshot, what);
        for tag in ["2024-12-04", "2024-12-03", "2024-12-01", "2024-12-02"] {
            compare(&mut oracle, &case, &json!({"incremental-to-auto-tag": tag}), what);
        }
        let snapshots = runtime()
            .block_on(async { case.table_of().await?.snapshots().all().await })
            .expect("snapshots");
        let times: Vec<i64> = snapshots.iter().map(|s| s.time_millis).collect();
        let (first, last) = (times[0], times[times.len() - 1]);
        for (from, to) in [(0, last), (first, last), (times[2], times[4]), (last + 1, last + 2)] {
            // From before the first snapshot on Java 1.4 leaves out what that one has; the next test.
            let modes = if from == 0 { ["auto", "delta"] } else { ["auto", "diff"] };
            for mode in modes {
                let options = json!({
                    "incremental-between-timestamp": format!("{from},{to}"),
                    "incremental-between-scan-mode": mode,
                });
                compare(&mut oracle, &case, &options, what);
            }
        }
        compare(&mut oracle, &case, &json!({"scan.mode": "compacted-full"}), what);
    }
}

/// All rows have come since a time before the first snapshot, as in Java after 1.4.
#[test]
fn the_difference_from_before_the_first_snapshot_is_every_row() {
    let Some(mut oracle) = Oracle::shared() else { return };
    let case = Javas::new(&mut oracle, json!({"bucket": "1"}));
    case.fill(&mut oracle, None);
    let javas = javas_rows(&mut oracle, &case, &json!({})).expect("Java reads it");
    let ours = runtime().block_on(async {
        let table = case.table_of().await?;
        let options = [
            ("incremental-between-timestamp", "0,99999999999999"),
            ("incremental-between-scan-mode", "diff"),
        ];
        rows_with_kinds(&table.with_options(options.map(|(k, v)| (k.to_owned(), v.to_owned())))?)
            .await
    });
    assert_eq!(difference(&ours.expect("rows"), &javas), None);
}

#[test]
fn increments_of_append_tables_are_those_of_java() {
    let Some(mut oracle) = Oracle::shared() else { return };
    let case = Javas::with_key(&mut oracle, json!([]), json!({"bucket": "-1"}));
    for round in 0..4 {
        case.write(&mut oracle, &[("+I", round, "x"), ("+I", 7, "y")], None);
    }
    for mode in ["auto", "delta", "diff"] {
        for between in ["0,2", "1,4", "2,3"] {
            let options =
                json!({"incremental-between": between, "incremental-between-scan-mode": mode});
            compare(&mut oracle, &case, &options, "append");
        }
    }
}
