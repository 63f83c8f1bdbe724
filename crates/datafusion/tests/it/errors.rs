use rimon_spec::ErrorKind;

use crate::lake::Lake;

#[tokio::test]
async fn wrong_sql_is_invalid_and_says_where() {
    let lake = Lake::new().await;
    lake.run("CREATE TABLE t (a INT)").await;
    for (text, word) in [
        ("SELEC 1", "SELEC"),
        ("SELECT * FROM", "Expected"),
        ("SELECT nope FROM t", "nope"),
        ("SELECT * FROM missing", "missing"),
        ("SELECT * FROM no_database.t", "no_database"),
        ("CREATE TABLE x (a INT", "Expected"),
        ("CREATE TABLE x (a INT) WITH ('bucket')", "Expected"),
        ("INSERT INTO t VALUES (1, 2)", "2 values"),
        ("SELECT 'open", "nterminated"),
    ] {
        let error = lake.error(text).await;
        assert_eq!(error.kind(), ErrorKind::Invalid, "{text}: {error:?}");
        assert!(error.to_string().contains(word), "{text}: {error}");
    }
}

#[tokio::test]
async fn a_text_that_cannot_be_read_does_nothing_at_all() {
    let lake = Lake::new().await;
    lake.error("CREATE TABLE t (a INT); SELEC 1").await;
    assert_eq!(lake.rows("SHOW TABLES").await, Vec::<String>::new());
}

#[tokio::test]
async fn bad_tables_and_options_are_named() {
    let lake = Lake::new().await;
    for (text, word) in [
        ("CREATE TABLE t (a INT, a INT)", "a"),
        ("CREATE TABLE t (a INT, PRIMARY KEY (b)) WITH ('bucket' = '1')", "b"),
        ("CREATE TABLE t (a INT) PARTITIONED BY (nope)", "nope"),
        ("CREATE TABLE t (a INT) WITH ('bucket' = 'many')", "bucket"),
        ("CREATE TABLE t (a INT) WITH ('no.such.option' = '1')", "no.such.option"),
        ("CREATE TABLE t (_KEY_a INT)", "_key_a"),
    ] {
        match lake.try_run(text).await {
            Ok(_) => lake.run("DROP TABLE t").await,
            Err(error) => {
                assert!(
                    matches!(
                        error.kind(),
                        ErrorKind::Invalid | ErrorKind::Unsupported | ErrorKind::NotFound
                    ),
                    "{text}: {error:?}"
                );
                assert!(error.to_string().to_lowercase().contains(word), "{text}: {error}");
                continue;
            }
        }
        assert!(text.contains("_KEY_a"), "{text} was accepted");
    }
    assert_eq!(lake.error("CREATE TABLE nodb.t (a INT)").await.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn broken_metadata_is_corrupt_through_every_layer() {
    let lake = Lake::new().await;
    lake.run("CREATE TABLE t (a INT); INSERT INTO t VALUES (1)").await;
    std::fs::write(lake.path("default.db/t/snapshot/snapshot-1"), "{\"version\": 3").unwrap();
    let error = lake.error("SELECT * FROM t").await;
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error:?}");
    let error = lake.error("INSERT INTO t VALUES (2)").await;
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error:?}");
}

#[tokio::test]
async fn a_missing_data_file_is_an_error_not_fewer_rows() {
    let lake = Lake::new().await;
    lake.run("CREATE TABLE t (a INT); INSERT INTO t VALUES (1)").await;
    let bucket = lake.path("default.db/t/bucket-0");
    for file in std::fs::read_dir(bucket).unwrap() {
        std::fs::remove_file(file.unwrap().path()).unwrap();
    }
    let error = lake.error("SELECT a FROM t").await;
    assert!(matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Corrupt), "{error:?}");
}
