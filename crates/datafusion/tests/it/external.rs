use rimon_spec::ErrorKind;

use crate::lake::Lake;

#[tokio::test]
async fn an_external_table_is_read_and_written() {
    let lake = Lake::new().await;
    lake.run("CREATE TABLE t (a INT, b STRING); INSERT INTO t VALUES (1, 'x')").await;
    let path = lake.path("default.db/t");
    let path = path.display();
    let mount = format!("CREATE EXTERNAL TABLE mine STORED AS PAIMON LOCATION '{path}'");
    lake.run(&mount).await;
    assert_eq!(lake.rows("SELECT * FROM mine").await, ["1|x"]);
    assert_eq!(lake.changed("INSERT INTO mine VALUES (2, 'y')").await, 1);
    assert_eq!(lake.sorted("SELECT * FROM t").await, ["1|x", "2|y"]);
    assert_eq!(lake.rows("SHOW TABLES").await, ["t", "mine"]);
    lake.run("DROP TABLE mine").await;
    assert_eq!(lake.rows("SHOW TABLES").await, ["t"]);
    assert_eq!(lake.sorted("SELECT * FROM t").await, ["1|x", "2|y"], "only the name is gone");
}

#[tokio::test]
async fn an_external_table_has_versions_and_system_tables() {
    let lake = Lake::new().await;
    lake.run("CREATE TABLE t (a INT); INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)").await;
    let path = lake.path("default.db/t");
    let path = path.display();
    lake.run(&format!("CREATE EXTERNAL TABLE mine STORED AS PAIMON LOCATION '{path}'")).await;
    assert_eq!(lake.rows("SELECT * FROM mine VERSION AS OF 1").await, ["1"]);
    assert_eq!(lake.sorted("SELECT * FROM mine").await, ["1", "2"]);
    let ids = "SELECT snapshot_id FROM \"mine$snapshots\"";
    assert_eq!(lake.sorted(ids).await, ["1", "2"]);
}

#[tokio::test]
async fn a_session_without_a_catalog_mounts_tables() {
    let lake = Lake::new().await;
    lake.run("CREATE TABLE t (a INT); INSERT INTO t VALUES (1)").await;
    let context = datafusion::prelude::SessionContext::new();
    let factory = std::sync::Arc::new(rimon_datafusion::PaimonTableFactory);
    context.state_ref().write().table_factories_mut().insert("PAIMON".into(), factory);
    let path = lake.path("default.db/t");
    let mount = format!("CREATE EXTERNAL TABLE x STORED AS PAIMON LOCATION '{}'", path.display());
    context.sql(&mount).await.unwrap();
    let rows = context.sql("SELECT a FROM x").await.unwrap().collect().await.unwrap();
    assert_eq!(crate::lake::lines(&rows), ["1"]);
}

#[tokio::test]
async fn what_an_external_table_cannot_have_is_refused() {
    let lake = Lake::new().await;
    lake.run("CREATE TABLE t (a INT)").await;
    let path = lake.path("default.db/t");
    let path = path.display();
    let error =
        lake.error("CREATE EXTERNAL TABLE x STORED AS PAIMON LOCATION '/does/not/exist'").await;
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    let columns = format!("CREATE EXTERNAL TABLE x (a INT) STORED AS PAIMON LOCATION '{path}'");
    assert_eq!(lake.error(&columns).await.kind(), ErrorKind::Invalid);
    let options =
        format!("CREATE EXTERNAL TABLE x STORED AS PAIMON LOCATION '{path}' OPTIONS ('a' '1')");
    let error = lake.error(&options).await;
    assert!(error.to_string().contains("OPTIONS"), "{error}");
}

#[tokio::test]
async fn views_belong_to_the_session() {
    let lake = Lake::new().await;
    lake.run(
        "CREATE TABLE t (a INT); INSERT INTO t VALUES (1), (2);
         CREATE VIEW v AS SELECT a * 10 AS b FROM t",
    )
    .await;
    assert_eq!(lake.sorted("SELECT * FROM v").await, ["10", "20"]);
    assert_eq!(lake.error("CREATE TABLE v (a INT)").await.kind(), ErrorKind::AlreadyExists);
    lake.run("DROP VIEW v").await;
    assert_eq!(lake.rows("SHOW TABLES").await, ["t"]);
}
