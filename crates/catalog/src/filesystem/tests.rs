use super::*;
use crate::testing::{contract, sample_table};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

fn local() -> (TempDir, FilesystemCatalog) {
    let dir = TempDir::new().unwrap();
    let storage = Storage::local(dir.path().join("ware house")).unwrap();
    (dir, FilesystemCatalog::new(storage, FilesystemOptions::default()))
}

fn id(text: &str) -> Identifier {
    text.parse().unwrap()
}

fn root(catalog: &FilesystemCatalog) -> PathBuf {
    catalog.warehouse().local_dir().unwrap().to_path_buf()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keeps_the_contract_on_disk() {
    let (_dir, catalog) = local();
    contract(Arc::new(catalog.clone())).await.unwrap();
    // Nothing is left, not even hidden.
    let left: Vec<_> =
        std::fs::read_dir(root(&catalog)).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(left, [root(&catalog).join("default.db")]);
    assert_eq!(std::fs::read_dir(&left[0]).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keeps_the_contract_in_memory() {
    let storage = Storage::open("memory:///w", &IndexMap::new()).unwrap();
    contract(Arc::new(FilesystemCatalog::new(storage, FilesystemOptions::default())))
        .await
        .unwrap();
}

#[tokio::test]
async fn tables_are_where_java_looks() {
    let (_dir, catalog) = local();
    catalog.create_table(&id("default.t"), sample_table(), false).await.unwrap();
    assert!(root(&catalog).join("default.db/t/schema/schema-0").is_file());
    let database = catalog.database("default").await.unwrap();
    assert_eq!(database.location, Some(root(&catalog).join("default.db").display().to_string()));
}

#[tokio::test]
async fn a_table_is_what_has_a_schema() {
    let (_dir, catalog) = local();
    catalog.create_table(&id("default.t"), sample_table(), false).await.unwrap();
    let db = root(&catalog).join("default.db");
    std::fs::create_dir_all(db.join("not_a_table/schema")).unwrap();
    std::fs::create_dir_all(db.join("t$odd")).unwrap();
    std::fs::create_dir_all(root(&catalog).join("not_a_database")).unwrap();
    std::fs::write(db.join("file"), "x").unwrap();
    assert_eq!(catalog.list_tables("default").await.unwrap(), ["t"]);
    assert_eq!(catalog.list_databases().await.unwrap(), ["default"]);
    let err = catalog.load_table(&id("default.not_a_table")).await.unwrap_err();
    assert_eq!(err.kind(), ErrorKind::NotFound);
    // A name that another directory has is not overwritten.
    let err = catalog.rename_table(&id("default.t"), &id("default.not_a_table"), false).await;
    assert_eq!(err.unwrap_err().kind(), ErrorKind::AlreadyExists);
}

#[tokio::test]
async fn branches_are_loaded() {
    let (_dir, catalog) = local();
    catalog.create_table(&id("default.t"), sample_table(), false).await.unwrap();
    let table = root(&catalog).join("default.db/t");
    std::fs::create_dir_all(table.join("branch/branch-b/schema")).unwrap();
    std::fs::copy(table.join("schema/schema-0"), table.join("branch/branch-b/schema/schema-0"))
        .unwrap();
    let handle = catalog.load_table(&id("default.t$branch_b")).await.unwrap();
    assert_eq!((handle.branch.name(), handle.name.as_str()), ("b", "default.t$branch_b"));
    let changes = [SchemaChange::UpdateComment(Some("b".to_owned()))];
    catalog.alter_table(&id("default.t$branch_b"), &changes, false).await.unwrap();
    assert_eq!(catalog.load_table(&id("default.t")).await.unwrap().schema.id, 0);
    assert_eq!(catalog.load_table(&id("default.t$branch_b")).await.unwrap().schema.id, 1);
    let err = catalog.load_table(&id("default.t$branch_c")).await.unwrap_err();
    assert_eq!(err.message(), "table 'default.t$branch_c' has no branch 'c'");
    assert_eq!(err.hint(), Some("branches: main, b"));
}

#[tokio::test]
async fn missing_things_are_named() {
    let (_dir, catalog) = local();
    let err = catalog.load_table(&id("shop.t")).await.unwrap_err();
    assert_eq!(err.message(), "there is no database 'shop'");
    assert_eq!(err.hint(), Some("the warehouse directory does not exist"));
    catalog.create_database("shop", &IndexMap::new(), false).await.unwrap();
    let err = catalog.load_table(&id("shop.t")).await.unwrap_err();
    assert_eq!(err.message(), "there is no table 'shop.t'");
    let properties = IndexMap::from([("comment".to_owned(), "x".to_owned())]);
    let err = catalog.create_database("b", &properties, false).await.unwrap_err();
    assert!(err.to_string().contains("'comment'"), "{err}");
    let err = catalog.create_database("sys", &IndexMap::new(), false).await.unwrap_err();
    assert_eq!(err.kind(), ErrorKind::Invalid);
}

#[tokio::test]
async fn a_warehouse_that_cannot_be_written_to() {
    // A directory that is a file fails for every user, root included.
    let (dir, catalog) = local();
    std::fs::write(dir.path().join("ware house"), "x").unwrap();
    let none = IndexMap::new();
    let err = catalog.create_database("db", &none, false).await.unwrap_err();
    assert_eq!(err.kind(), ErrorKind::Invalid);
    assert!(err.to_string().contains("ware house"), "{err}");
    assert!(catalog.list_databases().await.is_err());
    assert!(catalog.create_table(&id("default.t"), sample_table(), false).await.is_err());
}

#[tokio::test]
async fn defaults_of_tables_fill_gaps_only() {
    let (_dir, catalog) = local();
    let table_defaults = IndexMap::from([
        ("bucket".to_owned(), "7".to_owned()),
        ("target-file-size".to_owned(), "3 mb".to_owned()),
    ]);
    let options = FilesystemOptions { table_defaults, clock: || 42 };
    let catalog = FilesystemCatalog::new(catalog.warehouse().clone(), options);
    catalog.create_table(&id("default.t"), sample_table(), false).await.unwrap();
    let schema = catalog.load_table(&id("default.t")).await.unwrap().schema;
    assert_eq!(schema.options["bucket"], "2");
    assert_eq!(schema.options["target-file-size"], "3 mb");
    assert_eq!(schema.time_millis, 42);
    let path = IndexMap::from([("path".to_owned(), "/elsewhere".to_owned())]);
    let table = NewTable { options: path, ..sample_table() };
    let err = catalog.create_table(&id("default.u"), table, false).await.unwrap_err();
    assert_eq!(err.kind(), ErrorKind::Unsupported);
}
