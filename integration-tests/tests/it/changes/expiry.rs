//! Reading while Java writes, compacts and expires.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rimon_integration_tests::oracle::Oracle;
use serde_json::json;

use super::case::Javas;
use crate::tables::runtime;

/// Several readers while Java writes, compacts and expires: every read is a state that the table had, or says that its
/// files were expired.
#[test]
fn reads_while_java_writes_compacts_and_expires() {
    let Some(mut oracle) = Oracle::shared() else { return };
    let case =
        Javas::new(&mut oracle, json!({"bucket": "1", "num-sorted-run.compaction-trigger": "2"}));
    let all = |v: &str| -> Vec<(&'static str, i64, String)> {
        (0..200).map(|id| ("+I", id, v.to_owned())).collect()
    };
    let write = |oracle: &mut Oracle, round: usize| {
        let rows = all(&format!("r{round}"));
        let rows: Vec<_> = rows.iter().map(|(k, id, v)| (*k, *id, v.as_str())).collect();
        case.write(oracle, &rows, Some("minor"));
    };
    write(&mut oracle, 0);
    let done = AtomicBool::new(false);
    let directory = case.directory();
    let (good, expired) = thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let runtime = runtime();
                    let (mut good, mut expired) = (0, 0);
                    while !done.load(Ordering::Relaxed) {
                        let read = crate::tables::read(&directory, rimon_table::Travel::Latest);
                        match runtime.block_on(read) {
                            Ok(rows) => {
                                assert_eq!(rows.len(), 200);
                                let value = |l: &String| l.split("\"v\":").nth(1).map(str::len);
                                let first = rows[0].split("\"v\":").nth(1).expect("a value")[..4]
                                    .to_owned();
                                assert!(
                                    rows.iter().all(|l| l.contains(&first)),
                                    "two states in one"
                                );
                                assert!(rows.iter().all(|l| value(l).is_some()));
                                good += 1;
                            }
                            Err(error) => {
                                let hint = error.hint().unwrap_or_default();
                                assert!(hint.contains("expired"), "{error:?}");
                                expired += 1;
                            }
                        }
                    }
                    (good, expired)
                })
            })
            .collect();
        for round in 1..12 {
            write(&mut oracle, round);
            case.java(
                &mut oracle,
                "expire-snapshots",
                json!({"retain_max": 1, "retain_min": 1, "older_than_ms": 1i64 << 50}),
            );
        }
        done.store(true, Ordering::Relaxed);
        readers
            .into_iter()
            .map(|r| r.join().expect("a reader"))
            .fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
    });
    eprintln!("{good} reads were right, {expired} said that their files were expired");
    assert!(good > 0);
}

/// A plan whose files are gone says which file, which snapshot, and why that may be.
#[test]
fn a_plan_that_expired_names_file_and_snapshot() {
    let Some(mut oracle) = Oracle::shared() else { return };
    let case = Javas::new(&mut oracle, json!({"bucket": "1"}));
    case.write(&mut oracle, &[("+I", 1, "a")], None);
    let runtime = runtime();
    let plan = runtime.block_on(case.table().scan().plan()).expect("a plan");
    case.write(&mut oracle, &[("+I", 1, "b")], Some("full"));
    case.java(
        &mut oracle,
        "expire-snapshots",
        json!({"retain_max": 1, "retain_min": 1, "older_than_ms": 1i64 << 50}),
    );
    let file = plan.splits[0].files[0].file_name.clone();
    let error = runtime.block_on(async {
        use futures::TryStreamExt;
        let stream = plan.read.stream(plan.splits.clone()).await?;
        stream.try_collect::<Vec<_>>().await.map(|_| ())
    });
    let error = error.expect_err("the file is gone");
    let said = |key: &str| error.context().iter().any(|(k, v)| *k == key && v.ends_with(&file));
    assert!(said("file"), "{error:?}");
    assert!(error.context().contains(&("snapshot", "1".to_owned())), "{error:?}");
    assert!(error.hint().is_some_and(|hint| hint.contains("expired")), "{error:?}");
}
