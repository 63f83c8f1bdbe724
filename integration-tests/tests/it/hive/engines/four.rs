//! One table that Hive, Spark, Flink and we write in turn. Hive does not write tables whose partitions it knows, whoever
//! made them.

use super::super::session::{rows, run};
use super::site::Site;
use datafusion::prelude::SessionContext;
use rimon_integration_tests::engine::{Engine, Kind};

#[tokio::test(flavor = "multi_thread")]
async fn four_engines_write_one_table_in_turn() {
    let Some(site) = Site::with(&[Kind::Hive, Kind::Spark, Kind::Flink]) else { return };
    let ours = site.session().await;
    let (mut hive, mut spark) = (site.engine(Kind::Hive), site.engine(Kind::Spark));
    let mut flink = site.engine(Kind::Flink);
    run(&ours, "CREATE DATABASE hands").await;
    run(
        &ours,
        "CREATE TABLE hands.t (id INT NOT NULL, who STRING, day STRING NOT NULL, PRIMARY KEY (id, day)) PARTITIONED BY (day) WITH ('bucket' = '1', 'parquet.writer.version' = 'v1')",
    )
    .await;
    run(
        &ours,
        "INSERT INTO hands.t VALUES (1, 'rimon', 'x'), (2, 'rimon', 'y'), (3, 'rimon', 'x')",
    )
    .await;
    spark.run("INSERT INTO paimon.hands.t VALUES (2, 'spark', 'y'), (10, 'spark', 'x')");
    flink.run("INSERT INTO paimon.hands.t VALUES (3, 'flink', 'x'), (20, 'flink', 'z')");
    hive.run("INSERT INTO hands.t VALUES (1, 'hive', 'x'), (30, 'hive', 'z')");
    let mut engines = [&mut *hive, &mut *spark, &mut *flink];
    let expected = ["10|spark|x", "1|hive|x", "20|flink|z", "2|spark|y", "30|hive|z", "3|flink|x"];
    all_read(&mut engines, &ours, &expected).await;
    // Once more around, over what the others left.
    engines[1].run("DELETE FROM paimon.hands.t WHERE id = 10");
    engines[1].run("UPDATE paimon.hands.t SET who = 'spark again' WHERE id = 20");
    engines[2].run("DELETE FROM paimon.hands.t WHERE id = 1");
    engines[0].run("INSERT INTO hands.t VALUES (40, 'hive', 'u')");
    run(&ours, "INSERT INTO hands.t VALUES (3, 'rimon again', 'x')").await;
    let expected = ["20|spark again|z", "2|spark|y", "30|hive|z", "3|rimon again|x", "40|hive|u"];
    all_read(&mut engines, &ours, &expected).await;
    assert_eq!(engines[0].run("SELECT id, who FROM hands.t WHERE day = 'u'"), ["40|hive"]);
    run(&ours, "DROP DATABASE hands CASCADE").await;
}

/// Reads the table with all of them.
async fn all_read(engines: &mut [&mut Engine; 3], ours: &SessionContext, expected: &[&str]) {
    assert_eq!(rows(ours, "SELECT * FROM hands.t").await, expected);
    assert_eq!(engines[0].run("SELECT * FROM hands.t"), expected);
    engines[1].run("REFRESH TABLE paimon.hands.t");
    assert_eq!(engines[1].run("SELECT * FROM paimon.hands.t"), expected);
    assert_eq!(engines[2].run("SELECT * FROM paimon.hands.t"), expected);
}
