use super::*;
use crate::testing::snapshot;
use crate::{Branch, TagStore};
use bytes::Bytes;
use tempfile::TempDir;

struct Fixture {
    _dir: TempDir,
    storage: Storage,
    store: SnapshotStore,
}

async fn with(ids: impl IntoIterator<Item = i64>) -> Fixture {
    let dir = TempDir::new().unwrap();
    let storage = Storage::local(dir.path()).unwrap();
    let store = SnapshotStore::new(storage.clone(), Layout::default());
    let f = Fixture { _dir: dir, storage, store };
    for id in ids {
        f.put(&format!("snapshot-{id}"), snapshot(id).to_json().unwrap()).await;
    }
    f
}

impl Fixture {
    async fn put(&self, name: &str, content: impl Into<Bytes>) {
        self.storage.overwrite(&format!("snapshot/{name}"), content.into()).await.unwrap();
    }

    async fn remove(&self, name: &str) {
        self.storage.delete(&format!("snapshot/{name}")).await.unwrap();
    }
}

#[tokio::test]
async fn whatever_the_hints_say_the_answer_is_that_of_a_listing() {
    let hints: [&[u8]; 16] = [
        b"5",
        b"4",
        b"3",
        b"1",
        b"6",
        b"7",
        b"0",
        b"-1",
        b"",
        b"x",
        b"5\r\n",
        b" 5 ",
        b"05",
        b"9223372036854775807",
        b"99999999999999999999",
        &[0xff; 1000],
    ];
    for hint in hints {
        let f = with(3..=5).await;
        f.put("LATEST", hint).await;
        f.put("EARLIEST", hint).await;
        assert_eq!(f.store.latest_id().await.unwrap(), Some(5), "{hint:?}");
        assert_eq!(f.store.earliest_id().await.unwrap(), Some(3), "{hint:?}");
    }
}

#[tokio::test]
async fn a_hint_whose_snapshot_and_next_are_gone_is_not_believed() {
    // A slow writer left LATEST behind, and everything up to 4 has expired since.
    let f = with(5..=6).await;
    f.put("LATEST", "3").await;
    assert_eq!(f.store.latest_id().await.unwrap(), Some(6));
}

#[tokio::test]
async fn an_empty_table_has_none() {
    let f = with([]).await;
    assert_eq!(f.store.latest_id().await.unwrap(), None);
    assert!(f.store.latest().await.unwrap().is_none());
    assert!(f.store.earliest().await.unwrap().is_none());
    let err = f.store.get(1).await.unwrap_err();
    assert!(err.to_string().contains("has none"), "{err}");
}

#[tokio::test]
async fn a_failing_listing_is_not_an_empty_table() {
    let f = with([]).await;
    // The directory is a file.
    f.storage.overwrite("snapshot", Bytes::from("x")).await.unwrap();
    assert!(f.store.latest_id().await.is_err());
    assert!(f.store.ids().await.is_err());
}

#[tokio::test]
async fn a_missing_snapshot_says_which_there_are() {
    let f = with(3..=5).await;
    for (id, words) in [
        (2, "snapshot 2 has expired; there are snapshots 3 to 5"),
        (6, "there is no snapshot 6; there are snapshots 3 to 5"),
        (-1, "there is no snapshot -1;"),
    ] {
        let err = f.store.get(id).await.unwrap_err();
        assert_eq!(err.kind(), ErrorKind::NotFound);
        assert!(err.to_string().contains(words), "{err}");
    }
    assert_eq!(f.store.get(4).await.unwrap(), snapshot(4));
}

#[tokio::test]
async fn damage_is_corrupt_and_names_the_file() {
    let f = with(1..=2).await;
    let text = snapshot(2).to_json().unwrap();
    let cases = [
        text[..text.len() / 2].to_owned(),
        String::new(),
        "null".to_owned(),
        "{}".to_owned(),
        text.replace("\"id\" : 2", "\"id\" : 1").replace("\"id\": 2", "\"id\": 1"),
        text.replace("APPEND", "EXPLODE"),
        "[".repeat(100_000),
    ];
    for bad in cases {
        f.put("snapshot-2", bad.clone()).await;
        let err = f.store.get(2).await.unwrap_err();
        let expected = matches!(err.kind(), ErrorKind::Corrupt | ErrorKind::Unsupported);
        assert!(expected, "{:?} of {:?}", err, &bad[..bad.len().min(40)]);
        assert!(err.to_string().contains("snapshot-2"), "{err}");
    }
    f.put("snapshot-2", vec![b' '; (MAX_JSON + 1) as usize]).await;
    assert_eq!(f.store.get(2).await.unwrap_err().kind(), ErrorKind::ResourceExhausted);
}

#[tokio::test]
async fn a_file_that_is_being_written_is_read_again() {
    let f = with(1..=1).await;
    let text = snapshot(2).to_json().unwrap();
    f.put("snapshot-2", text[..40].to_owned()).await;
    let (read, ()) = tokio::join!(f.store.get(2), async {
        tokio::time::sleep(PAUSE / 2).await;
        f.put("snapshot-2", text.clone()).await;
    });
    assert_eq!(read.unwrap(), snapshot(2));
}

#[tokio::test]
async fn finds_many_and_by_time() {
    let f = with(1..=40).await;
    assert_eq!(f.store.all().await.unwrap().len(), 40);
    f.remove("snapshot-3").await;
    assert_eq!(f.store.find_all(&[2, 3, 4]).await.unwrap(), [snapshot(2), snapshot(4)]);
    let at = |id: i64| snapshot(id).time_millis;
    let id = |s: Option<Snapshot>| s.map(|s| s.id);
    assert_eq!(id(f.store.at_or_before(at(4)).await.unwrap()), Some(4));
    assert_eq!(id(f.store.at_or_before(at(5) - 1).await.unwrap()), Some(4));
    assert_eq!(id(f.store.at_or_before(i64::MAX).await.unwrap()), Some(40));
    assert_eq!(id(f.store.at_or_before(at(1) - 1).await.unwrap()), None);
    // The clock went back: the newest that is not later wins.
    let back = Snapshot { time_millis: at(4), ..snapshot(30) };
    f.put("snapshot-30", back.to_json().unwrap()).await;
    assert_eq!(id(f.store.at_or_before(at(4)).await.unwrap()), Some(30));
}

#[tokio::test]
async fn branches_have_their_own() {
    let f = with(1..=3).await;
    let layout = Layout::new(&Branch::new("b").unwrap());
    let branch = SnapshotStore::new(f.storage.clone(), layout.clone());
    assert_eq!(branch.latest_id().await.unwrap(), None);
    let file = "branch/branch-b/snapshot/snapshot-2";
    f.storage.overwrite(file, snapshot(2).to_json().unwrap().into()).await.unwrap();
    assert_eq!(branch.latest().await.unwrap(), Some(snapshot(2)));
    assert_eq!(branch.earliest_id().await.unwrap(), Some(2));
    assert_eq!(f.store.latest_id().await.unwrap(), Some(3));
}

#[tokio::test]
async fn tags_keep_snapshots() {
    let f = with([]).await;
    let tags = TagStore::new(f.storage.clone(), Layout::default());
    let err = tags.get("eod").await.unwrap_err();
    assert_eq!(err.hint(), Some("the table has no tags"));
    // As Java writes it with a retention time.
    let mut json: serde_json::Value =
        serde_json::from_str(&snapshot(2).to_json().unwrap()).unwrap();
    json["tagCreateTime"] = serde_json::json!([2024, 1, 2, 3, 4]);
    json["tagTimeRetained"] = serde_json::json!(86400.0);
    f.storage.overwrite("tag/tag-eod", json.to_string().into()).await.unwrap();
    assert_eq!(tags.get("eod").await.unwrap(), snapshot(2));
    assert_eq!(tags.names().await.unwrap(), ["eod"]);
    assert!(tags.find("sod").await.unwrap().is_none());
    let err = tags.get("sod").await.unwrap_err();
    assert_eq!((err.kind(), err.hint()), (ErrorKind::NotFound, Some("tags: eod")));
    assert_eq!(tags.get("../x").await.unwrap_err().kind(), ErrorKind::Invalid);
}
