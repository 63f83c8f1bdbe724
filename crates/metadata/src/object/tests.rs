use super::*;
use crate::Storage;
use crate::testing::{FaultStore, PutFault};
use object_store::memory::InMemory;
use std::sync::Arc;

fn storage(faults: impl IntoIterator<Item = PutFault>) -> (Storage, FaultStore, Arc<InMemory>) {
    let inner = Arc::new(InMemory::new());
    let store = FaultStore::new(inner.clone(), faults);
    (Storage::with_store(Arc::new(store.clone()), Path::default(), "test:"), store, inner)
}

async fn held(inner: &InMemory) -> Option<Bytes> {
    match inner.get(&Path::from("x")).await {
        Ok(got) => Some(got.bytes().await.unwrap()),
        Err(_) => None,
    }
}

#[tokio::test]
async fn an_error_may_hide_a_success() {
    for fault in [PutFault::None, PutFault::After, PutFault::AlreadyExistsAfter] {
        let (storage, _, inner) = storage([fault.clone()]);
        let created = storage.create("x", Bytes::from("mine")).await.unwrap();
        assert!(matches!(created, Created::Won), "{fault:?}: {created:?}");
        assert_eq!(held(&inner).await.unwrap(), "mine");
    }
}

#[tokio::test]
async fn a_claim_of_existence_is_not_believed() {
    let (storage, _, inner) = storage([PutFault::AlreadyExistsBefore, PutFault::Before]);
    let created = storage.create("x", Bytes::from("mine")).await.unwrap();
    assert!(matches!(created, Created::Won), "{created:?}");
    assert_eq!(held(&inner).await.unwrap(), "mine");
}

#[tokio::test]
async fn other_bytes_mean_lost() {
    // The third is longer than ours, the fourth begins as ours does.
    for theirs in [&b"them"[..], b"", b"much longer than ours", b"mine!", b"min"] {
        let (storage, _, inner) = storage([PutFault::OvertakenBy(theirs)]);
        let created = storage.create("x", Bytes::from("mine")).await.unwrap();
        assert!(matches!(created, Created::Lost), "{created:?}");
        let again = storage.create("x", Bytes::from("mine")).await.unwrap();
        assert!(matches!(again, Created::Lost), "{again:?}");
        assert_eq!(held(&inner).await.unwrap(), theirs);
    }
}

#[tokio::test]
async fn absent_for_ever_is_unknown() {
    let (storage, _, inner) = storage(vec![PutFault::Before; 20]);
    let created = storage.create("x", Bytes::from("mine")).await.unwrap();
    let Created::Unknown(err) = created else { panic!("{created:?}") };
    assert_eq!(err.kind(), ErrorKind::Unavailable);
    assert!(err.to_string().contains("not sent"), "{err}");
    assert_eq!(held(&inner).await, None);
}

#[tokio::test]
async fn unreadable_is_unknown() {
    let (storage, store, inner) = storage([PutFault::After]);
    store.fail_gets(20);
    let created = storage.create("x", Bytes::from("mine")).await.unwrap();
    assert!(matches!(created, Created::Unknown(_)), "{created:?}");
    // Ours is there: to say lost, or to fail, would have been wrong.
    assert_eq!(held(&inner).await.unwrap(), "mine");
    store.fail_gets(0);
    let resolved = storage.create("x", Bytes::from("mine")).await.unwrap();
    assert!(matches!(resolved, Created::Won), "{resolved:?}");
}

#[tokio::test]
async fn a_refusal_is_an_error() {
    let (storage, _, inner) = storage([PutFault::Denied]);
    let err = storage.create("x", Bytes::from("mine")).await.unwrap_err();
    assert_eq!(err.kind(), ErrorKind::Invalid);
    assert!(err.to_string().contains("permission denied"), "{err}");
    assert_eq!(held(&inner).await, None);
}

#[tokio::test]
async fn a_refusal_after_a_doubt_stays_a_doubt() {
    let (storage, _, _) =
        storage([PutFault::Before, PutFault::Denied, PutFault::Denied, PutFault::Denied]);
    let created = storage.create("x", Bytes::from("mine")).await.unwrap();
    assert!(matches!(created, Created::Unknown(_)), "{created:?}");
}

#[tokio::test]
async fn reads_are_bounded() {
    let (storage, _, _) = storage([]);
    storage.overwrite("x", Bytes::from("12345")).await.unwrap();
    assert_eq!(storage.read_limited("x", 5).await.unwrap(), "12345");
    let err = storage.read_limited("x", 4).await.unwrap_err();
    assert_eq!(err.kind(), ErrorKind::ResourceExhausted);
    assert_eq!(storage.read("y").await.unwrap_err().kind(), ErrorKind::NotFound);
}
