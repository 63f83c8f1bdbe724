use std::sync::Arc;

use object_store::memory::InMemory;
use object_store::path::Path;
use proptest::prelude::*;
use rimon_metadata::Storage;
use rimon_metadata::testing::{FaultFs, FaultStore, FsCall, PutFault};
use rimon_spec::{DataType, ErrorKind, TypeKind, Value};

use super::append::rows;
use crate::commit::tests::fixture::{Make, live, names_in};
use crate::table::Table;

const ENOSPC: i32 = 28;
const EIO: i32 = 5;

async fn on_faulty_disk(dir: &tempfile::TempDir) -> (FaultFs, Table) {
    let fs = FaultFs::default();
    let storage = Storage::local_with(dir.path(), Arc::new(fs.clone()), true).unwrap();
    let table = Table::new(Make::append().handle_on(storage).await).unwrap();
    (fs, table)
}

#[tokio::test]
async fn a_full_disk_leaves_the_table_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let (fs, table) = on_faulty_disk(&dir).await;
    table.append([rows(0..10)]).await.unwrap();
    let before =
        (names_in(&dir, "manifest"), names_in(&dir, "snapshot"), names_in(&dir, "bucket-0"));
    for (call, errno) in [(FsCall::Write, ENOSPC), (FsCall::SyncFile, EIO), (FsCall::SyncDir, EIO)]
    {
        fs.fail(call, errno);
        let error = table.append([rows(0..5)]).await.unwrap_err();
        assert_ne!(error.kind(), ErrorKind::Internal, "{error}");
        fs.heal();
        let after =
            (names_in(&dir, "manifest"), names_in(&dir, "snapshot"), names_in(&dir, "bucket-0"));
        assert_eq!(after, before, "after {call:?}");
    }
    let snapshot = table.append([rows(0..5)]).await.unwrap().unwrap();
    assert_eq!((snapshot.id, snapshot.total_record_count), (2, 15));
}

#[tokio::test]
async fn a_link_that_fails_after_its_effect_is_a_commit() {
    let dir = tempfile::tempdir().unwrap();
    let (fs, table) = on_faulty_disk(&dir).await;
    fs.fail(FsCall::LinkAfter, EIO);
    let snapshot = table.append([rows(0..10)]).await.unwrap().unwrap();
    fs.heal();
    assert_eq!(snapshot.id, 1);
    assert_eq!(table.snapshots().latest().await.unwrap().unwrap(), snapshot);
}

fn fault() -> impl Strategy<Value = PutFault> {
    prop_oneof![
        6 => Just(PutFault::None),
        1 => Just(PutFault::Before),
        1 => Just(PutFault::After),
    ]
}

/// First ids of the live files, sorted.
async fn live_ids(table: &Table) -> Vec<i32> {
    let types = [DataType::new(TypeKind::Int), DataType::string()];
    let mut ids: Vec<i32> = live(table)
        .await
        .iter()
        .map(|e| match e.file.value_stats.min_values.decode(&types).unwrap()[0] {
            Value::Int(id) => id,
            _ => panic!("an id is missing"),
        })
        .collect();
    ids.sort_unstable();
    ids
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever puts fail, before or after their effect: what was acknowledged is there once, what was refused is not.
    #[test]
    fn acknowledged_rows_are_there_and_refused_ones_are_not(
        faults in proptest::collection::vec(fault(), 0..40),
        failing_gets in 0u32..2,
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let store = FaultStore::new(Arc::new(InMemory::new()), []);
            let storage = Storage::with_store(Arc::new(store.clone()), Path::from("t"), "memory://t");
            let table = Table::new(Make::append().handle_on(storage).await).unwrap();
            store.fail_puts(faults);
            let (mut acknowledged, mut unknown) = (Vec::new(), Vec::new());
            for id in 0..8 {
                if id == 4 {
                    store.fail_gets(failing_gets);
                }
                match table.append([rows(id..id + 1)]).await {
                    Ok(Some(_)) => acknowledged.push(id),
                    Ok(None) => panic!("rows were lost on the way"),
                    Err(e) if e.kind() == ErrorKind::OutcomeUnknown => unknown.push(id),
                    Err(_) => {}
                }
            }
            store.fail_gets(0);
            let live = live_ids(&table).await;
            let certain: Vec<i32> = live.iter().copied().filter(|id| !unknown.contains(id)).collect();
            assert_eq!(certain, acknowledged);
        });
    }
}
