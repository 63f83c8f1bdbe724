use crate::lake::Lake;

async fn shop() -> Lake {
    let lake = Lake::new().await;
    lake.run(
        "CREATE TABLE users (id BIGINT PRIMARY KEY, name STRING, city STRING) WITH ('bucket' = '2');
         CREATE TABLE orders (id BIGINT, user_id BIGINT, price DECIMAL(10, 2), dt STRING)
            PARTITIONED BY (dt);
         INSERT INTO users VALUES (1, 'ann', 'berlin'), (2, 'bob', 'paris'), (3, 'cat', NULL);
         INSERT INTO users VALUES (2, 'bob', 'rome');
         INSERT INTO orders VALUES (10, 1, 5.00, 'a'), (11, 2, 7.50, 'a'), (12, 2, 1.00, 'b');
         INSERT INTO orders VALUES (13, 9, 2.00, 'c')",
    )
    .await;
    lake
}

#[tokio::test]
async fn projection_filter_and_limit() {
    let lake = shop().await;
    assert_eq!(lake.rows("SELECT city, id FROM users WHERE name = 'bob'").await, ["rome|2"]);
    let old = "SELECT id FROM users WHERE city = 'paris'";
    assert_eq!(lake.rows(old).await, Vec::<String>::new(), "an old version never comes back");
    assert_eq!(lake.rows("SELECT id FROM users WHERE city IS NULL").await, ["3"]);
    assert_eq!(lake.rows("SELECT id FROM orders LIMIT 2").await.len(), 2);
    assert_eq!(lake.rows("SELECT id FROM users LIMIT 2").await.len(), 2);
    assert_eq!(lake.rows("SELECT id FROM orders ORDER BY id DESC LIMIT 1").await, ["13"]);
    assert_eq!(lake.rows("SELECT id FROM orders WHERE dt = 'b' OR price > 7").await.len(), 2);
    assert_eq!(lake.rows("SELECT id FROM orders WHERE NOT (dt = 'a') AND id < 13").await, ["12"]);
    assert_eq!(lake.rows("SELECT id FROM orders WHERE dt IN ('b', 'c') LIMIT 1").await.len(), 1);
}

#[tokio::test]
async fn joins_aggregates_and_subqueries() {
    let lake = shop().await;
    assert_eq!(
        lake.sorted(
            "SELECT u.name, count(*), sum(o.price) FROM paimon.default.users u
             JOIN orders o ON o.user_id = u.id GROUP BY u.name"
        )
        .await,
        ["ann|1|5.00", "bob|2|8.50"]
    );
    assert_eq!(
        lake.sorted("SELECT name FROM users WHERE id IN (SELECT user_id FROM orders)").await,
        ["ann", "bob"]
    );
    assert_eq!(
        lake.rows("WITH big AS (SELECT * FROM orders WHERE price > 4) SELECT count(*) FROM big")
            .await,
        ["2"]
    );
    assert_eq!(lake.rows("SELECT count(*) FROM users a, users b").await, ["9"]);
}

#[tokio::test]
async fn counts_without_columns() {
    let lake = shop().await;
    assert_eq!(lake.rows("SELECT count(*) FROM orders").await, ["4"]);
    assert_eq!(lake.rows("SELECT count(*) FROM users").await, ["3"]);
    assert_eq!(lake.rows("SELECT count(*) FROM orders WHERE dt = 'a'").await, ["2"]);
    assert_eq!(lake.rows("SELECT count(*) FROM users WHERE id > 1").await, ["2"]);
    assert_eq!(lake.rows("SELECT 1 FROM orders WHERE dt = 'c'").await, ["1"]);
}

#[tokio::test]
async fn the_plan_says_what_is_read() {
    let lake = shop().await;
    let plan = lake.explain("SELECT id FROM orders WHERE dt = 'a' AND id > 10").await;
    assert!(plan.contains("PaimonScanExec: table=default.orders, snapshot=2"), "{plan}");
    assert!(plan.contains("partitions=1/"), "{plan}");
    assert!(plan.contains("projection=[id]"), "{plan}");
    assert!(plan.contains("FilterExec: id"), "the filter on rows stays: {plan}");
    assert!(!plan.contains("FilterExec: dt"), "planning does the filter on partitions: {plan}");
    let count = lake.explain("SELECT count(*) FROM orders").await;
    assert!(!count.contains("PaimonScanExec"), "the number of rows is known: {count}");
    let count = lake.explain("SELECT count(*) FROM users").await;
    assert!(count.contains("PaimonScanExec"), "it is not where versions are merged: {count}");
}

#[tokio::test]
async fn one_bucket_is_read_by_several_workers() {
    let lake = Lake::new().await;
    lake.run(
        "CREATE TABLE t (id BIGINT PRIMARY KEY, v BIGINT) WITH ('bucket' = '1');
         INSERT INTO t SELECT value AS id, value AS v FROM generate_series(1, 400000);
         INSERT INTO t SELECT value AS id, -value AS v FROM generate_series(200001, 400000)",
    )
    .await;
    let sums = "SELECT count(*), sum(v), sum(id) FROM t";
    assert_eq!(lake.rows(sums).await, ["400000|-40000000000|80000200000"]);
    let plan = lake.explain(sums).await;
    assert!(plan.contains("workers=2"), "{plan}");
    let analyzed = lake.rows(&format!("EXPLAIN ANALYZE {sums}")).await.join("\n");
    assert!(analyzed.contains("output_rows=400"), "{analyzed}");
}

#[tokio::test]
async fn an_empty_table_has_no_rows() {
    let lake = Lake::new().await;
    lake.run(
        "CREATE TABLE a (x INT); CREATE TABLE k (x INT PRIMARY KEY, y INT) WITH ('bucket' = '1')",
    )
    .await;
    for table in ["a", "k"] {
        assert_eq!(lake.rows(&format!("SELECT * FROM {table}")).await, Vec::<String>::new());
        assert_eq!(lake.rows(&format!("SELECT count(*) FROM {table}")).await, ["0"]);
    }
}

#[tokio::test]
async fn all_scalar_types_with_extreme_values_come_back() {
    let lake = Lake::new().await;
    lake.run(
        "CREATE TABLE t (a TINYINT, b SMALLINT, c INT, d BIGINT, e FLOAT, f DOUBLE, g DECIMAL(38, 10),
                         h DATE, i TIME(3), j TIMESTAMP(0), k TIMESTAMP(9), l CHAR(3), m VARCHAR(5),
                         n BINARY(2), o BOOLEAN, p ARRAY<INT>);
         INSERT INTO t VALUES
          (-128, -32768, -2147483648, -9223372036854775808, '-Infinity', '-1.7976931348623157e308',
           '-9999999999999999999999999999.9999999999', '0001-01-01', '00:00:00',
           '1970-01-01 00:00:00', '1970-01-01 00:00:00.000000001', 'abc', 'äöü€x', X'00ff', false,
           make_array(1, NULL)),
          (127, 32767, 2147483647, 9223372036854775807, 'NaN', '4.9e-324',
           '9999999999999999999999999999.9999999999', '9999-12-31', '23:59:59.999',
           '2262-04-11 23:47:16', '2262-04-11 23:47:16.854775807', '', '', X'0000', true,
           make_array())",
    )
    .await;
    assert_eq!(
        lake.sorted("SELECT a, b, c, d, e, f, g, h, i FROM t").await,
        [
            "-128|-32768|-2147483648|-9223372036854775808|-inf|-1.7976931348623157e308|\
             -9999999999999999999999999999.9999999999|0001-01-01|00:00:00",
            "127|32767|2147483647|9223372036854775807|NaN|5e-324|\
             9999999999999999999999999999.9999999999|9999-12-31|23:59:59.999",
        ]
    );
    assert_eq!(
        lake.sorted("SELECT j, k, l, m, n, o, p FROM t").await,
        [
            "1970-01-01T00:00:00|1970-01-01T00:00:00.000000001|abc|äöü€x|00ff|false|[1, NULL]",
            "2262-04-11T23:47:16|2262-04-11T23:47:16.854775807|||0000|true|[]",
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_works_on_several_threads_too() {
    let lake = shop().await;
    assert_eq!(
        lake.rows("SELECT count(*) FROM users u JOIN orders o ON u.id = o.user_id").await,
        ["3"]
    );
    assert_eq!(
        lake.rows(
            "SELECT table_name FROM information_schema.tables
        WHERE table_schema = 'default' ORDER BY 1"
        )
        .await,
        ["orders", "users"]
    );
}

#[tokio::test]
async fn strings_are_views_when_read_and_plain_when_written() {
    let lake = shop().await;
    lake.run(
        "ALTER TABLE orders ADD COLUMN note STRING;
         INSERT INTO orders (id, dt, note) VALUES (14, 'd', 'a note longer than twelve bytes')",
    )
    .await;
    let types = "SELECT DISTINCT arrow_typeof(dt), arrow_typeof(note) FROM orders";
    assert_eq!(lake.rows(types).await, ["Utf8View|Utf8View"]);
    assert_eq!(
        lake.sorted("SELECT id, dt, note FROM orders WHERE dt > 'b'").await,
        ["13|c|NULL", "14|d|a note longer than twelve bytes"]
    );
    let insert = "INSERT INTO orders (id, dt) SELECT id, arrow_cast(user_id, 'Utf8') FROM orders";
    let plan = lake.explain(insert).await;
    assert!(plan.contains("AS Utf8"), "{plan}");
    assert!(!plan.contains("AS Utf8View"), "{plan}");
}
