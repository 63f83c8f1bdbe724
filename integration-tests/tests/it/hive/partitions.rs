//! Partitions that both register, and what `repair` brings back.

use super::session::{catalog, java_options, run, session};
use rimon_catalog::{Catalog, RepairScope};
use rimon_catalog_hive::testing;
use rimon_integration_tests::metastore::{Metastore, Version, java_classes};
use rimon_integration_tests::oracle::Oracle;
use serde_json::json;

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
        let options = java_options(metastore, &[]);
        let read = oracle.read(folder.path(), "shared.t", json!({"catalog": options}));
        assert_eq!(read.len(), 2, "{read:?}");
        let row = json!({"id": 3, "v": "c", "dt": "of java"});
        oracle.run(folder.path(), "shared.t", "write", json!({"catalog": options, "rows": [row]}));
        let rows = run(&context, "SELECT * FROM shared.t ORDER BY id").await;
        assert!(rows.contains("of java") && rows.contains("x/y z"), "{rows}");
        let java = testing::partition(&direct, "shared", "t", &["of java"]).await.unwrap();
        let ours = testing::partition(&direct, "shared", "t", &["2026-01-01"]).await.unwrap();
        // All but the times, and the size that the server saw when it was told.
        let same = |p: &testing::Plain, value: &str| {
            let kept = p.lines.iter().map(|line| {
                let other = ["Time", "create_time", "access_time", "totalSize"];
                match other.iter().find(|name| line.contains(**name)) {
                    Some(_) => line.split(' ').next().unwrap_or_default().to_owned(),
                    None => line.replace(value, "VALUE"),
                }
            });
            kept.collect::<Vec<_>>()
        };
        assert_eq!(same(&ours, "2026-01-01"), same(&java, "of java"));
        assert!(ours.lines.iter().any(|l| l.contains("numFiles \"1\"")), "{ours:?}");

        // Later commits say nothing of a partition that is there.
        let row = json!({"id": 4, "v": "d", "dt": "of java"});
        oracle.run(folder.path(), "shared.t", "write", json!({"catalog": options, "rows": [row]}));
        run(&context, "INSERT INTO shared.t VALUES (5, 'e', '2026-01-01')").await;
        for (before, value) in [(&java, "of java"), (&ours, "2026-01-01")] {
            let now = testing::partition(&direct, "shared", "t", &[value]).await.unwrap();
            assert_eq!(&now, before);
        }

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
        assert!(read.len() == 4 && read[0].contains("extra"), "{read:?}");
        run(&context, "DROP DATABASE shared CASCADE").await;
        assert!(!folder.path().join("shared.db").exists());
    }
}

/// `alter-table-cascade`: whether the partitions that are there take over the columns.
#[tokio::test(flavor = "multi_thread")]
async fn alterations_reach_partitions_unless_told_not_to() {
    for version in Version::ALL {
        let Some(metastore) = Metastore::shared(version) else { return };
        let folder = tempfile::tempdir().unwrap();
        let direct = catalog(metastore, folder.path(), &[]).await;
        for (database, cascades) in [("cascades", true), ("cascades_not", false)] {
            let text = cascades.to_string();
            let more: &[_] = if cascades { &[] } else { &[("alter-table-cascade", text.as_str())] };
            let context = session(catalog(metastore, folder.path(), more).await);
            run(&context, &format!("CREATE DATABASE {database}")).await;
            run(
                &context,
                &format!(
                    "CREATE TABLE {database}.t (v INT, p STRING) PARTITIONED BY (p) \
                     WITH ('metastore.partitioned-table' = 'true')"
                ),
            )
            .await;
            run(&context, &format!("INSERT INTO {database}.t VALUES (1, 'x')")).await;
            run(&context, &format!("ALTER TABLE {database}.t ADD COLUMN later BIGINT")).await;
            let partition = testing::partition(&direct, database, "t", &["x"]).await.unwrap();
            let knows = partition.lines.iter().any(|line| line.contains("later"));
            assert_eq!(knows, cascades, "{version:?}: {partition:?}");
        }
    }
}
