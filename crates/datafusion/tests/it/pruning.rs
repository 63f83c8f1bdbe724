//! What plans say of the files they read, and what they do without reading them.

use crate::lake::Lake;

/// Two partitions, two buckets, three commits; the last one changes rows of the first.
async fn keyed() -> Lake {
    let lake = Lake::new().await;
    lake.run(
        "CREATE TABLE k (pt INT, id BIGINT, v INT, PRIMARY KEY (pt, id)) PARTITIONED BY (pt)
           WITH ('bucket' = '2');
         INSERT INTO k SELECT value % 2, value, 1 FROM generate_series(1, 400);
         INSERT INTO k SELECT value % 2, value, 2 FROM generate_series(1000, 1400);
         INSERT INTO k SELECT value % 2, value, 3 FROM generate_series(1, 100)",
    )
    .await;
    lake
}

#[tokio::test]
async fn explain_shows_what_each_step_dropped() {
    let lake = keyed().await;
    let all = lake.explain("SELECT * FROM k").await;
    let wanted = "manifests=3/3, partitions=2/2, buckets=4/4, files=12/12, workers=";
    assert!(all.contains(wanted), "{all}");
    let one = lake.explain("SELECT v FROM k WHERE pt = 1 AND id = 77").await;
    let wanted = "partitions=1/2, buckets=1/2, files=2/6, dropped=[bucket 3, keys 1]";
    assert!(one.contains(wanted), "{one}");
    // the newest version of a row with v = 1 is in the first file of a bucket, which the third one hides rows of
    let first = lake.explain("SELECT v FROM k WHERE v = 1").await;
    assert!(first.contains("files=8/12, dropped=[statistics 4]"), "{first}");
    // no file is newer than those with v = 3
    let last = lake.explain("SELECT v FROM k WHERE v = 3").await;
    assert!(last.contains("files=4/12, dropped=[statistics 8]"), "{last}");
    assert_eq!(lake.rows("SELECT count(*) FROM k WHERE v = 1").await, ["300"]);
    assert_eq!(lake.rows("SELECT count(*) FROM k WHERE v = 3").await, ["100"]);
    assert_eq!(lake.rows("SELECT v FROM k WHERE pt = 1 AND id = 77").await, ["3"]);
    let none = lake.explain("SELECT v FROM k WHERE id = 1 AND id = 2").await;
    assert!(!none.contains("files=1") || none.contains("EmptyExec"), "{none}");
}

#[tokio::test]
async fn conditions_that_mix_partitions_with_other_columns_drop_partitions() {
    let lake = keyed().await;
    let query = "SELECT count(*) FROM k WHERE pt = 7 OR (pt = 1 AND id = 77)";
    let plan = lake.explain(query).await;
    assert!(plan.contains("partitions=1/2, buckets=1/2"), "{plan}");
    assert_eq!(lake.rows(query).await, ["1"]);
    let query = "SELECT count(*) FROM k WHERE NOT (pt = 0 OR v < 3)";
    assert!(lake.explain(query).await.contains("partitions=1/2"), "{query}");
    assert_eq!(lake.rows(query).await, ["50"]);
}

/// Files with 1000 rows each, the greatest values first.
async fn descending() -> Lake {
    let lake = Lake::new().await;
    lake.run("CREATE TABLE a (x BIGINT, d DECIMAL(10, 2), s STRING, p INT) PARTITIONED BY (p)")
        .await;
    for file in (0..12).rev() {
        lake.run(&format!(
            "INSERT INTO a SELECT value, cast(value AS DECIMAL(10, 2)) AS d, 'a string of some length',
               1 FROM generate_series({}, {})",
            file * 1000,
            file * 1000 + 999
        ))
        .await;
    }
    lake
}

#[tokio::test]
async fn counts_and_bounds_of_append_tables_come_from_metadata() {
    let lake = descending().await;
    for (query, rows) in [
        ("SELECT count(*), min(x), max(x) FROM a", "12000|0|11999"),
        ("SELECT max(d), min(p), count(x) FROM a", "11999.00|1|12000"),
        ("SELECT count(*) FROM a WHERE p = 1", "12000"),
    ] {
        let plan = lake.explain(query).await;
        assert!(!plan.contains("PaimonScanExec"), "{query}: {plan}");
        assert_eq!(lake.rows(query).await, [rows], "{query}");
    }
    // strings are cut in statistics
    let query = "SELECT min(s) FROM a";
    assert!(lake.explain(query).await.contains("PaimonScanExec"));
    assert_eq!(lake.rows(query).await, ["a string of some length"]);
    let query = "SELECT max(x) FROM a WHERE x < 5000";
    assert!(lake.explain(query).await.contains("PaimonScanExec"));
    assert_eq!(lake.rows(query).await, ["4999"]);
    let lake = keyed().await;
    let query = "SELECT max(v), min(v) FROM k";
    assert!(lake.explain(query).await.contains("PaimonScanExec"), "rows are merged");
    assert_eq!(lake.rows(query).await, ["3|1"]);
}

#[tokio::test]
async fn a_top_k_skips_files_that_come_too_late() {
    let lake = descending().await;
    let query = "SELECT x, s FROM a ORDER BY x DESC LIMIT 3";
    let plan = lake.explain(query).await;
    assert!(plan.contains("dynamic=["), "{plan}");
    let rows: Vec<String> = lake.rows("SELECT x FROM a ORDER BY x DESC LIMIT 3").await;
    assert_eq!(rows, ["11999", "11998", "11997"]);
    let analyzed = lake.rows(&format!("EXPLAIN ANALYZE {query}")).await.join("\n");
    assert!(analyzed.contains("rows_pruned=12.00 K total"), "{analyzed}");
    assert!(!analyzed.contains("12.00 K total → 12.00 K matched"), "{analyzed}");
    let ascending = "SELECT x FROM a ORDER BY x LIMIT 2";
    assert_eq!(lake.rows(ascending).await, ["0", "1"]);
}

#[tokio::test]
async fn a_join_skips_files_without_its_keys() {
    let lake = descending().await;
    lake.run("CREATE TABLE few (x BIGINT); INSERT INTO few VALUES (4100), (4200), (99999)").await;
    let query = "SELECT a.x FROM few JOIN a ON few.x = a.x";
    assert_eq!(lake.sorted(query).await, ["4100", "4200"]);
    let analyzed = lake.rows(&format!("EXPLAIN ANALYZE {query}")).await.join("\n");
    assert!(analyzed.contains("PaimonScanExec: table=default.a"), "{analyzed}");
    let left = "SELECT count(*), count(few.x) FROM a LEFT JOIN few ON few.x = a.x";
    assert_eq!(lake.rows(left).await, ["12000|2"]);
}

#[tokio::test]
async fn pages_and_row_groups_are_skipped_and_counted() {
    let lake = Lake::new().await;
    lake.run(
        "CREATE TABLE t (x BIGINT, v BIGINT) WITH ('parquet.page.row.count.limit' = '100');
         INSERT INTO t SELECT value, -value FROM generate_series(1, 100000)",
    )
    .await;
    let query = "SELECT v FROM t WHERE x = 12345";
    assert_eq!(lake.rows(query).await, ["-12345"]);
    let analyzed = lake.rows(&format!("EXPLAIN ANALYZE {query}")).await.join("\n");
    assert!(analyzed.contains("row_groups_pruned=2 total"), "{analyzed}");
    let matched = analyzed.split("rows_pruned=").nth(1).unwrap().split(" → ").nth(1).unwrap();
    let matched: u32 = matched.split(' ').next().unwrap().parse().unwrap_or(u32::MAX);
    assert!(matched < 1000 && !analyzed.contains("K matched"), "{analyzed}");
}

#[tokio::test]
async fn a_limit_leaves_files_out() {
    let lake = descending().await;
    for query in ["SELECT x FROM a LIMIT 5", "SELECT x FROM a WHERE p = 1 LIMIT 5"] {
        let plan = lake.explain(query).await;
        assert!(plan.contains("limit=5"), "{plan}");
        assert_eq!(lake.rows(query).await.len(), 5);
    }
}

#[tokio::test]
async fn statements_name_what_was_not_there_and_what_cannot_be_done() {
    let lake = Lake::new().await;
    let told = |outcomes: Vec<rimon_datafusion::Outcome>| match outcomes.into_iter().next_back() {
        Some(rimon_datafusion::Outcome::Done(text)) => text,
        other => panic!("{other:?}"),
    };
    let missing = lake.try_run("DROP TABLE IF EXISTS nothere").await.unwrap();
    assert_eq!(told(missing), "there is no table default.nothere");
    lake.run("CREATE TABLE t (a INT)").await;
    let both = lake.try_run("DROP TABLE IF EXISTS t, nothere").await.unwrap();
    assert_eq!(told(both), "dropped table default.t; there is no table default.nothere");
    for option in
        ["'manifest.format' = 'orc'", "'parquet.writer.version' = 'v2'", "'type' = 'format-table'"]
    {
        let create = format!("CREATE TABLE t (a INT) WITH ({option})");
        let error = lake.error(&create).await.to_string();
        let key = option.split('\'').nth(1).unwrap();
        assert!(error.contains(key), "{create}: {error}");
    }
    assert_eq!(lake.rows("SHOW TABLES").await, Vec::<String>::new());
    lake.run("CREATE TABLE t (a INT)").await;
    let error = lake.error("ALTER TABLE t SET ('row-tracking.enabled' = 'true')").await;
    assert!(error.to_string().contains("row-tracking.enabled"), "{error}");
    lake.run("INSERT INTO t VALUES (1)").await;
}
