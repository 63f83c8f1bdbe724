use super::*;
use crate::Branch;
use rimon_spec::{DataField, DataType, TypeKind};
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

fn schema(id: i64) -> TableSchema {
    let int = DataType { nullable: true, kind: TypeKind::Int };
    let field = DataField {
        id: 0,
        name: "a".to_owned(),
        data_type: int,
        description: None,
        default_value: None,
    };
    TableSchema {
        version: 3,
        id,
        fields: vec![field],
        highest_field_id: 0,
        partition_keys: Vec::new(),
        primary_keys: Vec::new(),
        options: Default::default(),
        comment: None,
        time_millis: 1_700_000_000_000,
    }
}

fn store() -> (TempDir, Storage, SchemaStore) {
    let dir = TempDir::new().unwrap();
    let storage = Storage::local(dir.path()).unwrap();
    let store = SchemaStore::new(storage.clone(), Layout::default());
    (dir, storage, store)
}

/// The next schema with the comment `text` added.
fn comment(base: &TableSchema, text: &str) -> Result<TableSchema> {
    let comment = format!("{}{text}", base.comment.as_deref().unwrap_or_default());
    Ok(TableSchema { id: base.id + 1, comment: Some(comment), ..base.clone() })
}

#[tokio::test]
async fn a_schema_is_written_once() {
    let (_dir, _, store) = store();
    assert!(store.latest().await.unwrap().is_none());
    assert!(matches!(store.create(&schema(0)).await.unwrap(), Created::Won));
    let other = TableSchema { comment: Some("other".to_owned()), ..schema(0) };
    assert!(matches!(store.create(&other).await.unwrap(), Created::Lost));
    assert_eq!(*store.latest().await.unwrap().unwrap(), schema(0));
    assert_eq!(store.ids().await.unwrap(), [0]);
}

#[tokio::test]
async fn alterations_follow_each_other() {
    let (_dir, _, store) = store();
    let missing = store.alter(|base| comment(base, "x")).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    store.create(&schema(0)).await.unwrap();
    store.alter(|base| comment(base, "x")).await.unwrap();
    let last = store.alter(|base| comment(base, "y")).await.unwrap();
    assert_eq!((last.id, last.comment.as_deref()), (2, Some("xy")));
    assert_eq!(store.all().await.unwrap().len(), 3);
    let refused = store.alter(|_| Err(Error::invalid("no"))).await.unwrap_err();
    assert_eq!(refused.message(), "no");
    assert!(store.alter(|base| Ok(base.clone())).await.is_err());
    assert_eq!(store.ids().await.unwrap(), [0, 1, 2]);
}

#[tokio::test]
async fn an_overtaken_alteration_starts_again_from_the_new_base() {
    let (_dir, storage, store) = store();
    store.create(&schema(0)).await.unwrap();
    let tries = AtomicU32::new(0);
    let dir = storage.local_dir().unwrap().to_path_buf();
    let altered = store.alter(|base| {
        if tries.fetch_add(1, Ordering::SeqCst) == 0 {
            let theirs = comment(base, "theirs,")?;
            std::fs::write(dir.join("schema/schema-1"), theirs.to_json()?).unwrap();
        }
        comment(base, "ours")
    });
    let altered = altered.await.unwrap();
    assert_eq!((altered.id, altered.comment.as_deref()), (2, Some("theirs,ours")));
    assert_eq!(tries.into_inner(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_concurrent_alteration_is_lost() {
    const EACH: usize = 10;
    let (_dir, storage, store) = store();
    store.create(&schema(0)).await.unwrap();
    let alterers = ["a", "b", "c", "d"].map(|name| {
        let store = SchemaStore::new(storage.clone(), Layout::default());
        tokio::spawn(async move {
            for _ in 0..EACH {
                store.alter(|base| comment(base, name)).await.unwrap();
            }
        })
    });
    for alterer in alterers {
        alterer.await.unwrap();
    }
    let latest = store.latest().await.unwrap().unwrap();
    assert_eq!(latest.id as usize, 4 * EACH);
    for name in ["a", "b", "c", "d"] {
        assert_eq!(latest.comment.as_ref().unwrap().matches(name).count(), EACH);
    }
}

#[tokio::test]
async fn damage_names_the_file() {
    let (_dir, storage, store) = store();
    store.create(&schema(0)).await.unwrap();
    let text = schema(0).to_json().unwrap();
    for bad in [&text[..text.len() - 10], "", "{}", &text.replace("\"INT\"", "\"BANANA\"")] {
        storage.overwrite("schema/schema-1", bad.to_owned().into()).await.unwrap();
        let err = store.get(1).await.unwrap_err();
        assert!(matches!(err.kind(), ErrorKind::Corrupt | ErrorKind::Unsupported), "{err:?}");
        assert!(err.to_string().contains("schema/schema-1"), "{err}");
    }
    storage.overwrite("schema/schema-1", text.into()).await.unwrap();
    let err = store.get(1).await.unwrap_err();
    assert!(err.to_string().contains("the file of schema 1 holds schema 0"), "{err}");
    let err = store.get(7).await.unwrap_err();
    assert_eq!(err.kind(), ErrorKind::NotFound);
    assert!(err.to_string().contains("there are schemas 0 to 1"), "{err}");
}

#[tokio::test]
async fn branches_have_their_own() {
    let (_dir, storage, main) = store();
    main.create(&schema(0)).await.unwrap();
    let branch = SchemaStore::new(storage.clone(), Layout::new(&Branch::new("b").unwrap()));
    assert!(branch.latest().await.unwrap().is_none());
    branch.create(&schema(0)).await.unwrap();
    branch.alter(|base| comment(base, "b")).await.unwrap();
    assert_eq!(main.ids().await.unwrap(), [0]);
    assert!(storage.exists("branch/branch-b/schema/schema-1").await.unwrap());
    assert_eq!(crate::BranchStore::new(storage).names().await.unwrap(), ["b"]);
}
