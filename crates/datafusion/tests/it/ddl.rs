use rimon_catalog::Identifier;
use rimon_spec::{DataType, ErrorKind, TableSchema, TypeKind};

use crate::lake::Lake;

async fn schema(lake: &Lake, name: &str) -> TableSchema {
    let identifier: Identifier = name.parse().unwrap();
    lake.catalog.load_table(&identifier).await.unwrap().schema.as_ref().clone()
}

#[tokio::test]
async fn nothing_of_a_definition_is_dropped() {
    let lake = Lake::new().await;
    lake.run(
        "CREATE DATABASE shop;
         CREATE TABLE shop.orders (
            id BIGINT COMMENT 'the id',
            DT STRING NOT NULL DEFAULT 'none',
            price DECIMAL(10, 2) DEFAULT 1.50,
            tags ARRAY<STRING NOT NULL>,
            PRIMARY KEY (id, dt) NOT ENFORCED
         ) COMMENT 'all orders' PARTITIONED BY (dt) WITH ('bucket' = '3')",
    )
    .await;
    let schema = schema(&lake, "shop.orders").await;
    let names: Vec<_> = schema.fields.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["id", "dt", "price", "tags"]);
    assert_eq!(schema.primary_keys, ["id", "dt"]);
    assert_eq!(schema.partition_keys, ["dt"]);
    assert_eq!(schema.comment.as_deref(), Some("all orders"));
    assert_eq!(schema.options.get("bucket").map(String::as_str), Some("3"));
    let field = |name| schema.field(name).unwrap();
    assert_eq!(field("id").data_type, DataType::not_null(TypeKind::BigInt));
    assert_eq!(field("id").description.as_deref(), Some("the id"));
    assert_eq!(field("dt").default_value.as_deref(), Some("'none'"));
    assert_eq!(field("price").default_value.as_deref(), Some("1.50"));
    assert!(matches!(&field("tags").data_type.kind, TypeKind::Array(e) if !e.nullable));
}

#[tokio::test]
async fn show_create_table_makes_the_same_table() {
    let lake = Lake::new().await;
    lake.run(
        "CREATE TABLE a (
            \"Id\" INT, it STRING NOT NULL DEFAULT 'x' COMMENT 'it''s', v DECIMAL(5, 1) DEFAULT 0.5,
            m MAP<STRING, INT>, PRIMARY KEY (\"Id\", it)
         ) COMMENT 'c' PARTITIONED BY (it) WITH ('bucket' = '2')",
    )
    .await;
    let text = match lake.batches("SHOW CREATE TABLE a").await.unwrap().as_slice() {
        [batch] => {
            use datafusion::arrow::array::AsArray;
            batch.column(1).as_string::<i32>().value(0).to_string()
        }
        other => panic!("{other:?}"),
    };
    lake.run(&text.replacen("a (", "b (", 1)).await;
    let (a, b) = (schema(&lake, "default.a").await, schema(&lake, "default.b").await);
    assert_eq!(a.fields, b.fields, "{text}");
    assert_eq!(a.primary_keys, b.primary_keys);
    assert_eq!(a.partition_keys, b.partition_keys);
    assert_eq!(a.options, b.options);
    assert_eq!(a.comment, b.comment);
}

#[tokio::test]
async fn databases_come_and_go() {
    let lake = Lake::new().await;
    lake.run("CREATE DATABASE a; CREATE SCHEMA IF NOT EXISTS a; CREATE DATABASE paimon.b").await;
    assert_eq!(lake.rows("SHOW DATABASES").await, ["a", "b", "default"]);
    assert_eq!(lake.error("CREATE DATABASE a").await.kind(), ErrorKind::AlreadyExists);
    lake.run("CREATE TABLE a.t (x INT); USE a").await;
    assert_eq!(lake.rows("SHOW TABLES").await, ["t"]);
    assert_eq!(lake.rows("SHOW TABLES IN b").await, Vec::<String>::new());
    assert_eq!(lake.error("DROP DATABASE a").await.kind(), ErrorKind::Invalid);
    lake.run("DROP DATABASE a CASCADE; DROP DATABASE IF EXISTS a; DROP DATABASE b").await;
    assert_eq!(lake.rows("SHOW DATABASES").await, ["default"]);
    assert_eq!(lake.error("DROP DATABASE a").await.kind(), ErrorKind::NotFound);
    assert_eq!(lake.error("USE a").await.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn tables_come_and_go() {
    let lake = Lake::new().await;
    lake.run("CREATE TABLE t (x INT)").await;
    assert_eq!(lake.error("CREATE TABLE t (x INT)").await.kind(), ErrorKind::AlreadyExists);
    lake.run("CREATE TABLE IF NOT EXISTS t (y INT); CREATE TABLE Other (x INT)").await;
    assert_eq!(lake.rows("SHOW TABLES").await, ["other", "t"]);
    assert_eq!(lake.rows("SHOW TABLES LIKE 'o%r'").await, ["other"]);
    lake.run("DROP TABLE t, other; DROP TABLE IF EXISTS t").await;
    assert_eq!(lake.rows("SHOW TABLES").await, Vec::<String>::new());
    assert_eq!(lake.error("DROP TABLE t").await.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn describe_shows_columns_keys_and_comments() {
    let lake = Lake::new().await;
    lake.run(
        "CREATE TABLE t (id INT COMMENT 'key', p STRING DEFAULT 'x', v DOUBLE, PRIMARY KEY (id, p))
         PARTITIONED BY (p) WITH ('bucket' = '1')",
    )
    .await;
    let expected = [
        "id|INT|NO|primary|NULL|key",
        "p|STRING|NO|primary, partition|'x'|NULL",
        "v|DOUBLE|YES|NULL|NULL|NULL",
    ];
    assert_eq!(lake.rows("DESCRIBE t").await, expected);
    assert_eq!(lake.rows("DESC paimon.default.t").await, expected);
    assert!(lake.rows("DESCRIBE \"t$options\"").await[0].starts_with("key|"));
}

#[tokio::test]
async fn alter_table_changes_the_schema_and_old_rows_follow() {
    let lake = Lake::new().await;
    lake.run(
        "CREATE TABLE t (a INT, b STRING); INSERT INTO t VALUES (1, 'x');
         ALTER TABLE t ADD COLUMN c BIGINT COMMENT 'new' FIRST;
         ALTER TABLE t RENAME COLUMN b TO bb;
         ALTER TABLE t ALTER COLUMN a TYPE BIGINT;
         INSERT INTO t VALUES (5, 2, 'y')",
    )
    .await;
    assert_eq!(lake.sorted("SELECT * FROM t").await, ["5|2|y", "NULL|1|x"]);
    lake.run("ALTER TABLE t DROP COLUMN bb; ALTER TABLE t SET ('write-only' = 'true')").await;
    assert_eq!(lake.sorted("SELECT * FROM t").await, ["5|2", "NULL|1"]);
    let altered = schema(&lake, "default.t").await;
    assert_eq!(altered.options.get("write-only").map(String::as_str), Some("true"));
    lake.run("ALTER TABLE t RESET ('write-only'); ALTER TABLE t RENAME TO u").await;
    assert_eq!(lake.rows("SHOW TABLES").await, ["u"]);
    assert_eq!(lake.error("ALTER TABLE t DROP COLUMN a").await.kind(), ErrorKind::NotFound);
    assert_eq!(lake.error("ALTER TABLE u DROP COLUMN zz").await.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn create_table_as_select() {
    let lake = Lake::new().await;
    lake.run("CREATE TABLE t (a INT, b STRING); INSERT INTO t VALUES (1, 'x'), (2, 'y')").await;
    let sql = "CREATE TABLE u AS SELECT a + 1 AS a, b FROM t";
    assert_eq!(lake.changed(sql).await, 2);
    assert_eq!(lake.sorted("SELECT * FROM u").await, ["2|x", "3|y"]);
    let sql = "CREATE TABLE k (id INT PRIMARY KEY, name STRING) WITH ('bucket' = '1')
               AS SELECT a, b FROM t";
    assert_eq!(lake.changed(sql).await, 2);
    assert_eq!(lake.sorted("SELECT id, name FROM k").await, ["1|x", "2|y"]);
    lake.error("CREATE TABLE bad AS SELECT 1 / (a - a) AS x FROM t").await;
    assert_eq!(lake.rows("SHOW TABLES").await, ["k", "t", "u"], "a failed one leaves no table");
}

#[tokio::test]
async fn other_sessions_see_what_is_created_and_dropped() {
    let lake = Lake::new().await;
    let other = lake.other().await;
    lake.run("CREATE DATABASE d; CREATE TABLE d.t (x INT); INSERT INTO d.t VALUES (1), (2)").await;
    let count = "SELECT count(*) FROM d.t";
    let rows = other.sql(count).await.unwrap().collect().await.unwrap();
    assert_eq!(crate::lake::lines(&rows), ["2"]);
    lake.run("INSERT INTO d.t VALUES (3)").await;
    let rows = other.sql(count).await.unwrap().collect().await.unwrap();
    assert_eq!(crate::lake::lines(&rows), ["3"]);
    lake.run("DROP TABLE d.t").await;
    assert!(other.sql(count).await.is_err());
}

#[tokio::test]
async fn a_stock_session_lists_and_drops_too() {
    let lake = Lake::new().await;
    lake.run("CREATE TABLE t (x INT)").await;
    let context = &lake.context;
    context.sql("CREATE SCHEMA s").await.unwrap();
    assert_eq!(lake.rows("SHOW DATABASES").await, ["default", "s"]);
    let listed = "SELECT table_schema, table_name FROM information_schema.tables
                  WHERE table_catalog = 'paimon' AND table_schema = 'default'";
    assert_eq!(lake.rows(listed).await, ["default|t"]);
    context.sql("DROP TABLE t").await.unwrap();
    assert_eq!(lake.rows("SHOW TABLES").await, Vec::<String>::new());
    context.sql("DROP SCHEMA s").await.unwrap();
    assert_eq!(lake.rows("SHOW DATABASES").await, ["default"]);
    let error = context.sql("CREATE TABLE m AS SELECT 1 AS x").await.unwrap_err();
    assert!(error.to_string().contains("memory"), "{error}");
}
