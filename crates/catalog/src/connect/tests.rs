use super::*;
use crate::Identifier;
use crate::testing::sample_table;
use rimon_spec::ErrorKind;
use tempfile::TempDir;

async fn refused<const N: usize>(options: [(&str, &str); N]) -> Error {
    connect(options).await.unwrap_err()
}

#[tokio::test]
async fn connects_with_defaults_and_without() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().to_str().unwrap();
    connect([("warehouse", path)]).await.unwrap();
    let new = format!("{path}/new");
    let options = [
        ("warehouse", new.as_str()),
        ("metastore", "filesystem"),
        ("fs.local.fsync", "off"),
        ("table-default.bucket", "3"),
    ];
    let catalog = connect(options).await.unwrap();
    assert!(!dir.path().join("new").exists(), "connecting creates nothing");
    assert_eq!(catalog.list_databases().await.unwrap(), ["default"]);
    let t = Identifier::new("default", "t").unwrap();
    let mut table = sample_table();
    table.options.clear();
    catalog.create_table(&t, table, false).await.unwrap();
    assert_eq!(catalog.load_table(&t).await.unwrap().schema.options["bucket"], "3");
}

#[tokio::test]
async fn relative_and_memory_warehouses() {
    connect([("warehouse", ".")]).await.unwrap();
    connect([("warehouse", "./warehouse")]).await.unwrap();
    connect([("warehouse", "memory://connect")]).await.unwrap();
}

#[tokio::test]
async fn refuses_what_it_does_not_know_by_name() {
    let err = refused([("warehouse", "."), ("ware-house", "x")]).await;
    assert_eq!(err.kind(), ErrorKind::Invalid);
    assert!(err.message().contains("'ware-house'"), "{err}");
    let err = refused([("warehouse", "."), ("fs.local.sync", "x")]).await;
    assert!(err.to_string().contains("fs.local.sync"), "{err}");
    assert!(
        refused([("warehouse", "."), ("table-default.", "x")])
            .await
            .message()
            .contains("'table-default.'")
    );
    for metastore in ["hive", "jdbc", "rest"] {
        let err = refused([("warehouse", "."), ("metastore", metastore)]).await;
        assert_eq!(err.kind(), ErrorKind::Unsupported);
        assert!(err.message().contains(metastore), "{err}");
    }
    let err = refused([("metastore", "cloud")]).await;
    assert_eq!(err.kind(), ErrorKind::Invalid);
    let err = refused([("warehouse", "s3://b/w")]).await;
    assert_eq!(err.kind(), ErrorKind::Unsupported);
    assert!(err.message().contains("'s3'"), "{err}");
}

#[tokio::test]
async fn a_warehouse_must_be_able_to_be() {
    assert!(refused([]).await.message().contains("'warehouse'"));
    assert_eq!(refused([("warehouse", " ")]).await.kind(), ErrorKind::Invalid);
    let dir = TempDir::new().unwrap();
    let path = dir.path().to_str().unwrap();
    let err = refused([("warehouse", &format!("{path}/a/b"))]).await;
    assert_eq!(err.kind(), ErrorKind::NotFound);
    assert!(err.to_string().contains("/a/b"), "{err}");
    std::fs::write(dir.path().join("file"), "x").unwrap();
    let err = refused([("warehouse", &format!("{path}/file"))]).await;
    assert_eq!(err.kind(), ErrorKind::Invalid);
}
