use rimon_spec::ErrorKind;

use crate::lake::Lake;

#[tokio::test]
async fn values_and_queries_say_how_many_rows() {
    let lake = Lake::new().await;
    lake.run("CREATE TABLE t (a INT, b STRING)").await;
    assert_eq!(lake.changed("INSERT INTO t VALUES (1, 'x'), (2, NULL)").await, 2);
    assert_eq!(lake.changed("INSERT INTO t SELECT a + 10, b FROM t").await, 2);
    assert_eq!(lake.changed("INSERT INTO t SELECT * FROM t WHERE a > 100").await, 0);
    let expected = ["11|x", "12|NULL", "1|x", "2|NULL"];
    assert_eq!(lake.sorted("SELECT * FROM t").await, expected);
}

#[tokio::test]
async fn a_stock_session_inserts_with_one_count_row() {
    let lake = Lake::new().await;
    lake.run("CREATE TABLE t (a INT)").await;
    let rows = lake.context.sql("INSERT INTO t VALUES (1), (2), (3)").await.unwrap();
    assert_eq!(crate::lake::lines(&rows.collect().await.unwrap()), ["3"]);
    assert_eq!(lake.rows("SELECT sum(a) FROM t").await, ["6"]);
}

#[tokio::test]
async fn rows_are_coerced_to_the_columns() {
    let lake = Lake::new().await;
    lake.run(
        "CREATE TABLE t (i TINYINT, l BIGINT, d DECIMAL(6, 2), f DOUBLE, s STRING, t TIMESTAMP(3),
                         dt DATE, b BYTES, ok BOOLEAN, ti TIME, z TIMESTAMP_LTZ(6))",
    )
    .await;
    lake.run(
        "INSERT INTO t VALUES ('7', 8, 1.5, 2, 3, '2024-01-31 12:30:00.125', '2024-02-29',
                               'ab', true, '10:11:12', '2024-01-31T12:00:00+02:00')",
    )
    .await;
    assert_eq!(
        lake.rows("SELECT * FROM t").await,
        [
            "7|8|1.50|2.0|3|2024-01-31T12:30:00.125|2024-02-29|6162|true|10:11:12|2024-01-31T10:00:00Z"
        ]
    );
    let error = lake.error("INSERT INTO t (i) VALUES (300)").await;
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    let error = lake.error("INSERT INTO t (dt) VALUES ('never')").await;
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
}

#[tokio::test]
async fn missing_columns_get_their_default_or_null() {
    let lake = Lake::new().await;
    lake.run(
        "CREATE TABLE t (a INT, b STRING DEFAULT 'none', c DECIMAL(5, 2) DEFAULT 1.5, d DATE);
         INSERT INTO t (d, a) VALUES ('2024-01-01', 1);
         INSERT INTO t (a, b) VALUES (2, 'x')",
    )
    .await;
    assert_eq!(lake.sorted("SELECT * FROM t").await, ["1|none|1.50|2024-01-01", "2|x|1.50|NULL"]);
    let error = lake.error("INSERT INTO t (nope) VALUES (1)").await;
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("nope"), "{error}");
}

#[tokio::test]
async fn not_null_names_the_column_and_leaves_nothing_behind() {
    let lake = Lake::new().await;
    lake.run("CREATE TABLE t (a INT, needed STRING NOT NULL); INSERT INTO t VALUES (0, 'ok')")
        .await;
    let before = lake.files("default.db/t");
    for statement in [
        "INSERT INTO t VALUES (1, 'x'), (2, NULL)",
        "INSERT INTO t (a) VALUES (1)",
        "INSERT INTO t SELECT a, nullif(needed, 'ok') FROM t",
    ] {
        let error = lake.error(statement).await;
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        assert!(error.to_string().contains("needed"), "{error}");
    }
    assert_eq!(lake.rows("SELECT count(*) FROM t").await, ["1"]);
    assert_eq!(lake.files("default.db/t"), before);
}

#[tokio::test]
async fn a_query_that_fails_half_way_commits_nothing() {
    let lake = Lake::new().await;
    lake.run("CREATE TABLE t (a BIGINT)").await;
    let before = lake.files("default.db/t");
    let failing = "INSERT INTO t SELECT 1000 / (value - 99999) FROM generate_series(1, 100000)";
    let error = lake.error(failing).await;
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    assert_eq!(lake.rows("SELECT count(*) FROM t").await, ["0"]);
    assert_eq!(lake.files("default.db/t"), before);
}

#[tokio::test]
async fn a_cancelled_insert_leaves_nothing_behind() {
    let lake = Lake::new().await;
    lake.run("CREATE TABLE t (a BIGINT, b STRING) WITH ('target-file-size' = '1 mb')").await;
    let before = lake.files("default.db/t");
    let slow = "INSERT INTO t SELECT value, md5(cast(value AS STRING))
                FROM generate_series(1, 1000000000)";
    let cut = std::time::Duration::from_millis(700);
    assert!(tokio::time::timeout(cut, lake.try_run(slow)).await.is_err());
    for _ in 0..100 {
        if lake.files("default.db/t") == before {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(lake.files("default.db/t"), before);
    assert_eq!(lake.rows("SELECT count(*) FROM t").await, ["0"]);
}

#[tokio::test]
async fn a_key_is_upserted_also_within_one_statement() {
    let lake = Lake::new().await;
    lake.run(
        "CREATE TABLE t (id BIGINT PRIMARY KEY, v STRING) WITH ('bucket' = '2');
         INSERT INTO t VALUES (1, 'a'), (2, 'b'), (1, 'c');
         INSERT INTO t VALUES (2, 'd'), (3, 'e')",
    )
    .await;
    assert_eq!(lake.sorted("SELECT * FROM t").await, ["1|c", "2|d", "3|e"]);
    assert_eq!(lake.rows("SELECT count(*), max(v) FROM t").await, ["3|e"]);
}

#[tokio::test]
async fn partitions_get_their_directories() {
    let lake = Lake::new().await;
    lake.run(
        "CREATE TABLE t (id INT, dt STRING, h INT) PARTITIONED BY (dt, h);
         INSERT INTO t VALUES (1, 'a', 0), (2, 'b', 1), (3, NULL, 1)",
    )
    .await;
    assert!(lake.path("default.db/t/dt=a/h=0").is_dir());
    assert_eq!(lake.rows("SELECT id FROM t WHERE dt = 'b'").await, ["2"]);
    assert_eq!(lake.rows("SELECT id FROM t WHERE dt IS NULL").await, ["3"]);
}

#[tokio::test]
async fn other_ways_to_insert_are_refused_by_name() {
    let lake = Lake::new().await;
    lake.run("CREATE TABLE t (a INT)").await;
    for statement in ["DELETE FROM t WHERE a = 1", "UPDATE t SET a = 2"] {
        let error = lake.error(statement).await;
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{statement}: {error}");
    }
}

#[tokio::test]
async fn many_rows_in_many_partitions_at_once() {
    let lake = Lake::new().await;
    lake.run("CREATE TABLE t (id BIGINT, p INT) PARTITIONED BY (p)").await;
    let fill = "INSERT INTO t SELECT value, value % 7 FROM generate_series(1, 200000)";
    assert_eq!(lake.changed(fill).await, 200_000);
    let sums = "SELECT count(*), sum(id), count(DISTINCT p) FROM t";
    assert_eq!(lake.rows(sums).await, ["200000|20000100000|7"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn statements_of_several_sessions_all_count() {
    let lake = Lake::new().await;
    lake.run("CREATE TABLE t (id INT); CREATE TABLE k (id INT PRIMARY KEY) WITH ('bucket' = '1')")
        .await;
    let mut tasks = Vec::new();
    for writer in 0..4 {
        let context = lake.other().await;
        tasks.push(tokio::spawn(async move {
            for i in 0..5 {
                let id = writer * 100 + i;
                let text = format!("INSERT INTO t VALUES ({id}); INSERT INTO k VALUES ({id})");
                rimon_datafusion::sql(&context, &text).await.unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(lake.rows("SELECT count(*), count(DISTINCT id) FROM t").await, ["20|20"]);
    assert_eq!(lake.rows("SELECT count(*) FROM k").await, ["20"]);
    assert_eq!(lake.rows("SELECT count(*) FROM \"t$snapshots\"").await, ["20"]);
}
