//! SQL over a Hive Metastore through the `rimon` command's library, partitions, and the race with Java.

use rimon_catalog::{Catalog, RepairScope};
use rimon_catalog_hive::{HiveCatalog, testing};
use rimon_datafusion as paimon;
use rimon_integration_tests::command::rimon;
use rimon_integration_tests::metastore::{Metastore, Version, java_classes};
use rimon_integration_tests::oracle::Oracle;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

use datafusion::prelude::SessionContext;

async fn catalog(metastore: &Metastore, warehouse: &Path, more: &[(&str, &str)]) -> HiveCatalog {
    let options = [("uri", metastore.uri()), ("warehouse", warehouse.display().to_string())];
    let more = more.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    let options = options.into_iter().map(|(k, v)| (k.to_owned(), v)).chain(more).collect();
    rimon_catalog_hive::connect(options).await.unwrap()
}

fn session(catalog: HiveCatalog) -> SessionContext {
    let context = SessionContext::new_with_config(paimon::session_config("paimon"));
    paimon::register(&context, "paimon", Arc::new(catalog)).unwrap();
    context
}

/// Runs one statement; its rows as a table.
async fn run(context: &SessionContext, sql: &str) -> String {
    let outcomes = paimon::sql(context, sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    let mut rows = Vec::new();
    for outcome in outcomes {
        if let paimon::Outcome::Rows(frame) = outcome {
            rows.extend(frame.collect().await.unwrap_or_else(|e| panic!("{sql}: {e}")));
        }
    }
    arrow::util::pretty::pretty_format_batches(&rows).unwrap().to_string()
}

fn hive(metastore: &Metastore, more: &[(&str, &str)]) -> Value {
    let mut options = json!({"metastore": "hive", "uri": metastore.uri()});
    for (key, value) in more {
        options[*key] = json!(value);
    }
    options
}

#[tokio::test(flavor = "multi_thread")]
async fn sql_and_java_share_tables_and_partitions() {
    for version in Version::ALL {
        let (Some(metastore), Some(classes)) = (Metastore::shared(version), java_classes()) else {
            return;
        };
        let Some(mut oracle) = Oracle::with_classes(&classes) else { return };
        let folder = tempfile::tempdir().unwrap();
        let context = session(catalog(metastore, folder.path(), &[]).await);
        run(&context, "CREATE DATABASE shared").await;
        run(&context, "CREATE TABLE shared.t (id INT NOT NULL, v STRING, dt STRING NOT NULL, PRIMARY KEY (id, dt)) PARTITIONED BY (dt) WITH ('bucket' = '1', 'metastore.partitioned-table' = 'true')").await;
        run(&context, "INSERT INTO shared.t VALUES (1, 'a', '2026-01-01'), (2, 'b', 'x/y z')")
            .await;
        let direct = catalog(metastore, folder.path(), &[]).await;
        let partitions = testing::partitions(&direct, "shared", "t").await.unwrap();
        assert_eq!(partitions, ["dt=2026-01-01", "dt=x%2Fy z"]);

        // Java reads what we wrote, and we what Java writes; both register partitions.
        let options = hive(metastore, &[]);
        let read = oracle.read(folder.path(), "shared.t", json!({"catalog": options}));
        assert_eq!(read.len(), 2, "{read:?}");
        let row = json!({"id": 3, "v": "c", "dt": "of java"});
        oracle.run(folder.path(), "shared.t", "write", json!({"catalog": options, "rows": [row]}));
        let rows = run(&context, "SELECT * FROM shared.t ORDER BY id").await;
        assert!(rows.contains("of java") && rows.contains("x/y z"), "{rows}");
        let java = testing::partition(&direct, "shared", "t", &["of java"]).await.unwrap();
        let ours = testing::partition(&direct, "shared", "t", &["2026-01-01"]).await.unwrap();
        let same = |p: &testing::Plain, value: &str| {
            let kept = p.lines.iter().filter(|l| {
                !l.contains("Time")
                    && !l.starts_with("create_time")
                    && !l.starts_with("access_time")
                    && !l.contains("numFiles")
                    && !l.contains("totalSize")
            });
            kept.map(|l| l.replace(value, "VALUE")).collect::<Vec<_>>()
        };
        assert_eq!(same(&ours, "2026-01-01"), same(&java, "of java"));

        // What is lost comes back.
        testing::forget_partition(&direct, "shared", "t", &["2026-01-01"]).await.unwrap();
        assert_eq!(testing::partitions(&direct, "shared", "t").await.unwrap().len(), 2);
        let registry = direct.registry().unwrap();
        registry.repair(&RepairScope::Table("shared.t".parse().unwrap())).await.unwrap();
        assert_eq!(testing::partitions(&direct, "shared", "t").await.unwrap().len(), 3);
        testing::forget_table(&direct, "shared", "t").await.unwrap();
        assert!(direct.list_tables("shared").await.unwrap().is_empty());
        let repaired = registry.repair(&RepairScope::All).await.unwrap();
        assert_eq!(repaired, ["shared.t".parse().unwrap()]);
        assert_eq!(testing::partitions(&direct, "shared", "t").await.unwrap().len(), 3);

        run(&context, "ALTER TABLE shared.t DROP PARTITION (dt = 'x/y z')").await;
        assert_eq!(
            testing::partitions(&direct, "shared", "t").await.unwrap(),
            ["dt=2026-01-01", "dt=of java"]
        );
        run(&context, "ALTER TABLE shared.t ADD COLUMN extra BIGINT").await;
        run(&context, "ALTER TABLE shared.t RENAME TO shared.u").await;
        let read = oracle.read(folder.path(), "shared.u", json!({"catalog": options}));
        assert!(read.len() == 2 && read[0].contains("extra"), "{read:?}");
        run(&context, "DROP DATABASE shared CASCADE").await;
        assert!(!folder.path().join("shared.db").exists());
    }
}

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
    let mut ours = tokio::task::JoinSet::new();
    for writer in 0..writers {
        let catalog = catalog(metastore, folder.path(), &locked).await;
        ours.spawn(async move {
            let context = session(catalog);
            for commit in 0..commits {
                let id = writer * 1_000_000 + commit;
                run(&context, &format!("INSERT INTO race.t VALUES ({id}, 'rimon')")).await;
            }
        });
    }
    let (options, warehouse) = (hive(metastore, &locked), folder.path().to_owned());
    let java = tokio::task::spawn_blocking(move || {
        let Some(mut oracle) = Oracle::with_classes(&classes) else { return 0 };
        for commit in 0..writers * commits {
            let row = json!({"id": -1 - commit, "who": "java"});
            oracle.run(&warehouse, "race.t", "write", json!({"catalog": options, "rows": [row]}));
        }
        writers * commits
    });
    while let Some(done) = ours.join_next().await {
        done.unwrap();
    }
    let java = java.await.unwrap();
    let counts = run(
        &context,
        "SELECT who, count(*) AS n, count(DISTINCT id) AS d FROM race.t GROUP BY who ORDER BY who",
    )
    .await;
    let squeezed = counts.replace("  ", " ");
    assert!(squeezed.contains(&format!("rimon | {0} | {0} |", writers * commits)), "{counts}");
    if java > 0 {
        assert!(squeezed.contains(&format!("java | {java} | {java} |")), "{counts}");
    }
    let locks = catalog(metastore, folder.path(), &[]).await;
    let left = locks.registry().unwrap().locks(None).await.unwrap();
    assert!(left.iter().all(|l| l.database != "race"), "{left:?}");
}

#[test]
fn the_command_looks_after_a_metastore() {
    let Some(metastore) = Metastore::shared(Version::Hive4) else { return };
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let uri = format!("uri={}", metastore.uri());
        let out = rimon(folder.path())
            .args(["--catalog-option", "metastore=hive", "--catalog-option", &uri])
            .args(arguments)
            .output()
            .expect("rimon starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (out.status.code(), text(&out.stdout), text(&out.stderr))
    };
    let sql = |text: &str| run(&["sql", "--format", "csv", "-c", text]);
    let (code, _, errors) = sql(
        "CREATE DATABASE site; CREATE TABLE site.t (a INT, b STRING) COMMENT 'c'; INSERT INTO site.t VALUES (1, 'x'), (2, NULL)",
    );
    assert_eq!(code, Some(0), "{errors}");
    let (_, rows, errors) = sql("SELECT * FROM site.t ORDER BY a");
    assert_eq!(rows, "a,b\n1,x\n2,\n", "{errors}");
    let (_, shown, errors) = sql("SHOW TABLES IN site");
    assert!(shown.contains('t'), "{shown} {errors}");
    let (code, listed, errors) = run(&["catalog", "objects", "site", "--format", "csv"]);
    assert_eq!((code, listed.as_str()), (Some(0), "name,type\nt,PAIMON\n"), "{errors}");
    let (code, locks, errors) = run(&["catalog", "locks", "site.t", "--format", "csv"]);
    assert_eq!(code, Some(0), "{errors}");
    assert_eq!(locks, "lock,database,table,state,holder,agent,last_heartbeat\n");
    let (code, _, errors) = run(&["catalog", "break-lock", "99999"]);
    assert_eq!(code, Some(1), "{errors}");
    assert!(errors.contains("there is no lock 99999"), "{errors}");
    let (code, _, errors) = run(&["catalog", "repair", "site"]);
    assert_eq!(code, Some(0), "{errors}");
    assert!(errors.contains("1 tables"), "{errors}");
    let (code, _, errors) = sql("CREATE TABLE site.\"Upper\" (a INT)");
    assert_eq!(code, Some(1));
    assert!(errors.contains("'upper'"), "{errors}");
    let (code, _, errors) = sql("DROP DATABASE site CASCADE");
    assert_eq!(code, Some(0), "{errors}");
}
