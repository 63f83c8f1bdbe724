//! Spark with an older Paimon makes, writes and alters tables that we go on with, and reads ours.

use super::super::session::{rows, run};
use super::site::Site;
use rimon_catalog_hive::testing;
use rimon_integration_tests::engine::Kind;

#[tokio::test(flavor = "multi_thread")]
async fn spark_and_we_write_and_alter_each_others_tables() {
    let Some(site) = Site::with(&[Kind::Spark]) else { return };
    let ours = site.session().await;
    let mut spark = site.engine(Kind::Spark);
    spark.run("CREATE DATABASE paimon.sparks");
    spark.run(
        "CREATE TABLE paimon.sparks.t (id INT NOT NULL, v STRING, day STRING NOT NULL) PARTITIONED BY (day) \
         TBLPROPERTIES ('primary-key' = 'id,day', 'bucket' = '1', 'metastore.partitioned-table' = 'true', 'parquet.writer.version' = 'v1')",
    );
    spark.run("INSERT INTO paimon.sparks.t VALUES (1, 'a', 'x'), (2, 'b', 'y')");
    spark.run("UPDATE paimon.sparks.t SET v = 'bb' WHERE id = 2");
    spark.run(
        "MERGE INTO paimon.sparks.t USING (SELECT 3 AS id, 'c' AS v, 'z' AS day) n ON t.id = n.id AND t.day = n.day \
         WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *",
    );
    assert_eq!(rows(&ours, "SELECT * FROM sparks.t").await, ["1|a|x", "2|bb|y", "3|c|z"]);
    spark.run("ALTER TABLE paimon.sparks.t ADD COLUMN w BIGINT");
    run(&ours, "INSERT INTO sparks.t VALUES (1, 'ours', 'x', 10), (4, 'new', 'u', NULL)").await;
    run(&ours, "INSERT INTO sparks.t VALUES (3, 'c', 'z', 30)").await;
    run(&ours, "ALTER TABLE sparks.t ADD COLUMN note STRING").await;
    spark.run("REFRESH TABLE paimon.sparks.t");
    spark.run("DELETE FROM paimon.sparks.t WHERE id = 2");
    let both = "SELECT id, v, day, w, note FROM paimon.sparks.t";
    let expected = ["1|ours|x|10|NULL", "3|c|z|30|NULL", "4|new|u|NULL|NULL"];
    assert_eq!(spark.run(both), expected);
    assert_eq!(rows(&ours, both).await, expected);
    let partitions = testing::partitions(&site.catalog(&[]).await, "sparks", "t").await.unwrap();
    assert_eq!(partitions, ["day=u", "day=x", "day=y", "day=z"]);

    run(&ours, "CREATE TABLE sparks.ours (id INT, v STRING, d DECIMAL(10, 2), t TIMESTAMP(3))")
        .await;
    run(&ours, "INSERT INTO sparks.ours VALUES (1, 'ä', 1.50, TIMESTAMP '2026-01-01 10:00:00.123'), (2, NULL, NULL, NULL)").await;
    spark.run("INSERT INTO paimon.sparks.ours SELECT id + 10, v, d, t FROM paimon.sparks.ours");
    let query = "SELECT id, v, d, CAST(t AS DATE) FROM paimon.sparks.ours";
    let expected =
        ["11|ä|1.50|2026-01-01", "12|NULL|NULL|NULL", "1|ä|1.50|2026-01-01", "2|NULL|NULL|NULL"];
    assert_eq!(spark.run(query), expected);
    assert_eq!(rows(&ours, query).await, expected);
    spark.run("ALTER TABLE paimon.sparks.ours RENAME COLUMN v TO named");
    assert_eq!(rows(&ours, "SELECT named FROM sparks.ours WHERE id > 10").await, ["NULL", "ä"]);
    spark.run("ALTER TABLE paimon.sparks.ours RENAME TO sparks.moved");
    assert_eq!(rows(&ours, "SELECT count(*) FROM sparks.moved").await, ["4"]);
    spark.run("DROP TABLE paimon.sparks.moved");
    run(&ours, "DROP DATABASE sparks CASCADE").await;
    assert!(!site.warehouse().join("sparks.db").exists());
}
