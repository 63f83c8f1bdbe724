//! Flink with the same Paimon as our oracle makes, writes and alters tables that we go on with, and reads ours.

use super::super::session::{catalog, rows, run, session};
use super::site::{Site, flink_catalog};
use datafusion::prelude::SessionContext;
use rimon_catalog_hive::{HiveCatalog, testing};
use rimon_integration_tests::engine::{Engine, Kind};
use rimon_integration_tests::metastore::{Metastore, Version};

#[tokio::test(flavor = "multi_thread")]
async fn flink_and_we_write_and_alter_each_others_tables() {
    let Some(site) = Site::with(&[Kind::Flink]) else { return };
    let ours = site.session().await;
    to_and_fro(&mut site.engine(Kind::Flink), "paimon", &ours, &site.catalog(&[]).await).await;
    assert!(!site.warehouse().join("flinks.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn flink_and_we_over_a_metastore_of_hive_4() {
    let Some(site) = Site::with(&[Kind::Flink]) else { return };
    let Some(metastore) = Metastore::shared(Version::Hive4) else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut flink = site.engine(Kind::Flink);
    flink.run(&flink_catalog("four", &metastore.uri(), &folder.path().display().to_string()));
    let locks = [("lock.enabled", "true"), ("lock-check-max-sleep", "100 ms")];
    let ours = session(catalog(metastore, folder.path(), &locks).await);
    to_and_fro(&mut flink, "four", &ours, &catalog(metastore, folder.path(), &[]).await).await;
}

async fn to_and_fro(flink: &mut Engine, name: &str, ours: &SessionContext, direct: &HiveCatalog) {
    flink.run(&format!("USE CATALOG {name}"));
    flink.run("CREATE DATABASE flinks");
    flink.run(
        "CREATE TABLE flinks.t (id INT NOT NULL, v STRING, `day` STRING NOT NULL, PRIMARY KEY (id, `day`) NOT ENFORCED) \
         PARTITIONED BY (`day`) WITH ('bucket' = '1', 'metastore.partitioned-table' = 'true')",
    );
    flink.run("INSERT INTO flinks.t VALUES (1, 'a', 'x'), (2, 'b', 'y'), (3, 'c', 'z')");
    flink.run("UPDATE flinks.t SET v = 'bb' WHERE id = 2");
    assert_eq!(rows(ours, "SELECT * FROM flinks.t").await, ["1|a|x", "2|bb|y", "3|c|z"]);
    flink.run("ALTER TABLE flinks.t ADD w BIGINT AFTER v");
    run(ours, "INSERT INTO flinks.t VALUES (1, 'ours', 10, 'x'), (4, 'new', NULL, 'u')").await;
    run(ours, "ALTER TABLE flinks.t ADD COLUMN note STRING").await;
    flink.run("DELETE FROM flinks.t WHERE id IN (2, 3)");
    let both = "SELECT * FROM flinks.t";
    let expected = ["1|ours|10|x|NULL", "4|new|NULL|u|NULL"];
    assert_eq!(flink.run(both), expected);
    assert_eq!(rows(ours, both).await, expected);
    let partitions = testing::partitions(direct, "flinks", "t").await.unwrap();
    assert_eq!(partitions, ["day=u", "day=x", "day=y", "day=z"]);

    run(
        ours,
        "CREATE TABLE flinks.ours (id INT NOT NULL, total BIGINT, PRIMARY KEY (id)) \
         WITH ('bucket' = '2', 'merge-engine' = 'aggregation', 'fields.total.aggregate-function' = 'sum')",
    )
    .await;
    run(ours, "INSERT INTO flinks.ours VALUES (1, 10), (2, 20)").await;
    flink.run("INSERT INTO flinks.ours VALUES (2, CAST(2 AS BIGINT)), (3, CAST(3 AS BIGINT))");
    run(ours, "INSERT INTO flinks.ours VALUES (3, 30)").await;
    let expected = ["1|10", "2|22", "3|33"];
    assert_eq!(flink.run("SELECT * FROM flinks.ours"), expected);
    assert_eq!(rows(ours, "SELECT * FROM flinks.ours").await, expected);
    flink.run("ALTER TABLE flinks.ours RENAME TO flinks.moved");
    flink.run("ALTER TABLE flinks.moved ADD note STRING");
    assert_eq!(rows(ours, "SELECT total, note FROM flinks.moved WHERE id = 2").await, ["22|NULL"]);
    flink.run("DROP TABLE flinks.moved");
    run(ours, "DROP DATABASE flinks CASCADE").await;
}
