use rimon_spec::ErrorKind;

use crate::lake::Lake;

async fn three_versions() -> Lake {
    let lake = Lake::new().await;
    lake.run(
        "CREATE DATABASE d; CREATE TABLE d.t (id BIGINT PRIMARY KEY, v STRING) WITH ('bucket' = '1');
         INSERT INTO d.t VALUES (1, 'a');
         INSERT INTO d.t VALUES (1, 'b'), (2, 'x');
         INSERT INTO d.t VALUES (2, 'y')",
    )
    .await;
    lake
}

#[tokio::test]
async fn a_version_is_a_snapshot_id() {
    let lake = three_versions().await;
    assert_eq!(lake.rows("SELECT * FROM d.t VERSION AS OF 1").await, ["1|a"]);
    assert_eq!(lake.sorted("SELECT * FROM paimon.d.t VERSION AS OF 2").await, ["1|b", "2|x"]);
    assert_eq!(lake.sorted("SELECT * FROM d.t VERSION AS OF '3'").await, ["1|b", "2|y"]);
    assert_eq!(lake.sorted("SELECT * FROM d.t").await, ["1|b", "2|y"]);
    lake.run("USE d").await;
    assert_eq!(lake.rows("SELECT t.v FROM t VERSION AS OF 1 WHERE t.id = 1").await, ["a"]);
}

#[tokio::test]
async fn versions_in_joins_subqueries_and_ctes() {
    let lake = three_versions().await;
    assert_eq!(
        lake.sorted(
            "SELECT now.id, old.v, now.v FROM d.t VERSION AS OF 2 AS old
             JOIN d.t now ON old.id = now.id"
        )
        .await,
        ["1|b|b", "2|x|y"]
    );
    assert_eq!(
        lake.rows(
            "WITH old AS (SELECT max(v) AS v FROM d.t VERSION AS OF 1)
             SELECT old.v, (SELECT count(*) FROM d.t VERSION AS OF 2) FROM old"
        )
        .await,
        ["a|2"]
    );
    let plan = lake.explain("SELECT * FROM d.t VERSION AS OF 2").await;
    assert!(plan.contains("snapshot=2"), "{plan}");
    lake.run("CREATE TABLE d.u (id BIGINT, v STRING)").await;
    assert_eq!(lake.changed("INSERT INTO d.u SELECT * FROM d.t VERSION AS OF 2").await, 2);
    assert_eq!(lake.rows("SELECT max(v) FROM d.u").await, ["x"]);
}

#[tokio::test]
async fn a_time_is_the_last_snapshot_before_it() {
    let lake = three_versions().await;
    for clause in [
        "TIMESTAMP AS OF '2199-01-01 00:00:00'",
        "TIMESTAMP AS OF DATE '2199-01-01'",
        "TIMESTAMP AS OF now() + INTERVAL '1 hour'",
        "FOR SYSTEM_TIME AS OF TIMESTAMP '2199-01-01 00:00:00'",
        "TIMESTAMP AS OF 7226582400000",
    ] {
        let rows = lake.sorted(&format!("SELECT * FROM d.t {clause}")).await;
        assert_eq!(rows, ["1|b", "2|y"], "{clause}");
    }
    let error = lake.error("SELECT * FROM d.t TIMESTAMP AS OF '1999-01-01'").await;
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    let error = lake.error("SELECT * FROM d.t TIMESTAMP AS OF 'yesterday evening'").await;
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
}

#[tokio::test]
async fn an_earlier_version_has_its_own_columns() {
    let lake = three_versions().await;
    lake.run("ALTER TABLE d.t ADD COLUMN w INT; INSERT INTO d.t VALUES (3, 'z', 7)").await;
    assert_eq!(lake.sorted("SELECT * FROM d.t").await, ["1|b|NULL", "2|y|NULL", "3|z|7"]);
    assert_eq!(lake.rows("SELECT * FROM d.t VERSION AS OF 1").await, ["1|a"]);
}

#[tokio::test]
async fn versions_that_are_not_there_say_so() {
    let lake = three_versions().await;
    let error = lake.error("SELECT * FROM d.t VERSION AS OF 99").await;
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert!(error.to_string().contains("99"), "{error}");
    let error = lake.error("SELECT * FROM d.t VERSION AS OF 'nope'").await;
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    let error = lake.error("SELECT * FROM d.missing VERSION AS OF 1").await;
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    let error = lake.error("SELECT * FROM information_schema.tables VERSION AS OF 1").await;
    assert_ne!(error.kind(), ErrorKind::Internal, "{error}");
    let error = lake.error("INSERT INTO d.\"t$@version=1\" VALUES (1, 'x')").await;
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
}

#[tokio::test]
async fn a_stock_session_refuses_versions_instead_of_reading_the_latest() {
    let lake = three_versions().await;
    lake.run("SET datafusion.sql_parser.dialect = 'Databricks'").await;
    let error = lake.context.sql("SELECT * FROM d.t VERSION AS OF 1").await.unwrap_err();
    assert!(error.to_string().contains("rimon_datafusion::sql"), "{error}");
    assert_eq!(lake.rows("SELECT * FROM d.t VERSION AS OF 1").await, ["1|a"]);
}
