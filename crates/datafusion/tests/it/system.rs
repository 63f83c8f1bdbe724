use rimon_spec::ErrorKind;

use crate::lake::Lake;

async fn two_snapshots() -> Lake {
    let lake = Lake::new().await;
    lake.run(
        "CREATE DATABASE d;
         CREATE TABLE d.t (id BIGINT PRIMARY KEY, v STRING) COMMENT 'c' WITH ('bucket' = '1');
         INSERT INTO d.t VALUES (1, 'a');
         INSERT INTO d.t VALUES (2, 'b')",
    )
    .await;
    lake
}

#[tokio::test]
async fn snapshots_schemas_options_and_files() {
    let lake = two_snapshots().await;
    let snapshots = "SELECT snapshot_id, commit_kind, total_record_count, delta_record_count
                     FROM d.\"t$snapshots\" ORDER BY snapshot_id";
    assert_eq!(lake.rows(snapshots).await, ["1|APPEND|1|1", "2|APPEND|2|1"]);
    let schemas = "SELECT schema_id, primary_keys, comment FROM d.\"t$schemas\"";
    assert_eq!(lake.rows(schemas).await, ["0|[\"id\"]|c"]);
    assert_eq!(lake.rows("SELECT * FROM d.\"t$options\"").await, ["bucket|1"]);
    let files = "SELECT bucket, level, record_count FROM d.\"t$files\" WHERE level = 0";
    assert_eq!(lake.rows(files).await, ["0|0|1", "0|0|1"]);
    let unquoted = "SELECT count(*) FROM d.t$snapshots";
    assert_eq!(lake.rows(unquoted).await, ["2"]);
}

#[tokio::test]
async fn a_system_table_of_an_earlier_version() {
    let lake = two_snapshots().await;
    let files = "SELECT count(*) FROM d.\"t$files\" VERSION AS OF 1";
    assert_eq!(lake.rows(files).await, ["1"]);
}

#[tokio::test]
async fn system_tables_join_like_others() {
    let lake = two_snapshots().await;
    let joined = "SELECT count(*) FROM d.\"t$files\" f JOIN d.\"t$schemas\" s USING (schema_id)";
    assert_eq!(lake.rows(joined).await, ["2"]);
}

#[tokio::test]
async fn other_names_behind_a_dollar_say_what_there_is() {
    let lake = two_snapshots().await;
    let error = lake.error("SELECT * FROM d.\"t$nope\"").await;
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert!(error.hint().is_some_and(|h| h.contains("$snapshots")), "{error:?}");
    let error = lake.error("SELECT * FROM d.\"missing$snapshots\"").await;
    assert!(matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Invalid), "{error}");
    let error = lake.error("SELECT * FROM d.\"t$branch_b\"").await;
    assert!(!matches!(error.kind(), ErrorKind::Internal), "{error}");
    let error = lake.error("INSERT INTO d.\"t$options\" VALUES ('a', 'b')").await;
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    let error = lake.error("DROP TABLE d.\"t$options\"").await;
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
}
