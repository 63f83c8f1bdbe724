//! Writers of Java and ours on one table, with the metastore's locks.

use super::session::{catalog, java_options, rows, run, session};
use rimon_catalog::Catalog;
use rimon_integration_tests::metastore::{Metastore, Version, java_classes};
use rimon_integration_tests::oracle::Oracle;
use serde_json::json;
use std::time::Instant;

#[tokio::test(flavor = "multi_thread")]
async fn java_and_we_race_with_locks() {
    let (Some(metastore), Some(classes)) = (Metastore::shared(Version::Hive3), java_classes())
    else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let locked = [("lock.enabled", "true"), ("lock-check-max-sleep", "100 ms")];
    let make = catalog(metastore, folder.path(), &locked).await;
    let (writers, commits) = match std::env::var("RIMON_HIVE_RACE") {
        Ok(n) => (8, n.parse().unwrap()),
        Err(_) => (2, 5),
    };
    let context = session(make);
    run(&context, "CREATE DATABASE race").await;
    run(&context, "CREATE TABLE race.t (id INT, who STRING) WITH ('bucket' = '-1', 'commit.max-retries' = '10000')").await;
    // A process for each writer of Java's, which has read the table before the race begins.
    let options = java_options(metastore, &locked);
    let mut java = Vec::new();
    for _ in 0..writers {
        let Some(mut oracle) = Oracle::with_classes(&classes) else { return };
        oracle.read(folder.path(), "race.t", json!({"catalog": options}));
        java.push(oracle);
    }
    let started = Instant::now();
    let mut racing = tokio::task::JoinSet::new();
    for writer in 0..writers {
        let catalog = catalog(metastore, folder.path(), &locked).await;
        racing.spawn(async move {
            let context = session(catalog);
            for commit in 0..commits {
                let id = writer * 1_000_000 + commit;
                run(&context, &format!("INSERT INTO race.t VALUES ({id}, 'rimon')")).await;
            }
        });
    }
    for (writer, mut oracle) in (0..writers).zip(java) {
        let (options, warehouse) = (options.clone(), folder.path().to_owned());
        racing.spawn_blocking(move || {
            for commit in 0..commits {
                let row = json!({"id": writer * 1_000_000 + commit, "who": "java"});
                // Each under a name of its own: a writer takes commits of its name for its own when it tries again.
                let arguments = json!({
                    "catalog": options,
                    "rows": [row],
                    "commit_user": format!("java-{writer}"),
                    "commit_id": commit + 1,
                });
                oracle.run(&warehouse, "race.t", "write", arguments);
            }
        });
    }
    while let Some(done) = racing.join_next().await {
        done.unwrap();
    }
    let counts = "SELECT who, count(*), count(DISTINCT id) FROM race.t GROUP BY who ORDER BY who";
    let all = writers * commits;
    let expected = [format!("java|{all}|{all}"), format!("rimon|{all}|{all}")];
    assert_eq!(rows(&context, counts).await, expected);
    eprintln!("{writers} writers of each side, {all} commits each, took {:?}", started.elapsed());
    let locks = catalog(metastore, folder.path(), &[]).await;
    let left = locks.registry().unwrap().locks(None).await.unwrap();
    assert!(left.iter().all(|l| l.database != "race"), "{left:?}");
}
