use super::*;
use bytes::Bytes;
use object_store::{ObjectStoreExt, PutPayload};
use rimon_spec::ErrorKind;
use tempfile::TempDir;

fn none() -> IndexMap<String, String> {
    IndexMap::new()
}

#[test]
fn resolves_local_paths() {
    let here = std::env::current_dir().unwrap();
    let dir = |location: &str| {
        let storage = Storage::open(location, &none()).unwrap();
        storage.local_dir().unwrap().to_path_buf()
    };
    assert_eq!(dir("/a/b"), PathBuf::from("/a/b"));
    assert_eq!(dir("/a/./b//c/../d/"), PathBuf::from("/a/b/d"));
    assert_eq!(dir("warehouse"), here.join("warehouse"));
    assert_eq!(dir("./w/x"), here.join("w/x"));
    assert_eq!(dir("file:///a/b c"), PathBuf::from("/a/b c"));
    assert_eq!(dir("file:/a/b%20c"), PathBuf::from("/a/b%20c"));
    assert_eq!(dir("file://localhost/a"), PathBuf::from("/a"));
    // A colon without a slash behind it is a plain name.
    assert_eq!(dir("dt=10:30"), here.join("dt=10:30"));
    assert_eq!(dir("/a/é 100%"), PathBuf::from("/a/é 100%"));
}

#[test]
fn a_url_leads_back() {
    for location in ["/a/b c/é/10%3A00", "memory://m/a/b"] {
        let storage = Storage::open(location, &none()).unwrap().child("t").unwrap();
        let again = Storage::open(storage.url(), &none()).unwrap();
        assert_eq!(again.path("x").unwrap(), storage.path("x").unwrap());
        assert_eq!(again.url(), storage.url());
    }
}

#[test]
fn refuses_by_name() {
    for scheme in ["s3", "s3a", "gs", "abfss", "hdfs", "oss", "http"] {
        let url = format!("{scheme}://user:secret@host/b/k?sig=secret");
        let err = Storage::open(&url, &none()).unwrap_err();
        assert_eq!(err.kind(), ErrorKind::Unsupported);
        assert!(err.to_string().contains(&format!("'{scheme}'")), "{err}");
        assert!(!err.to_string().contains("secret"), "{err}");
    }
    for bad in ["", "  ", "file://otherhost/a", "/a/b\nc", "/a/\0"] {
        assert_eq!(Storage::open(bad, &none()).unwrap_err().kind(), ErrorKind::Invalid, "{bad:?}");
    }
    let option = |k: &str, v: &str| IndexMap::from([(k.to_owned(), v.to_owned())]);
    assert!(Storage::open("/a", &option("fs.local.fsync", "off")).is_ok());
    assert!(Storage::open("/a", &option("fs.local.fsync", "maybe")).is_err());
    let err = Storage::open("/a", &option("s3.endpoint", "x")).unwrap_err();
    assert!(err.to_string().contains("s3.endpoint"), "{err}");
}

#[tokio::test]
async fn nothing_leads_out_of_the_root() {
    let dir = TempDir::new().unwrap();
    let storage = Storage::local(dir.path().join("root")).unwrap();
    for bad in ["../x", "a/../../x", "a//b", "./a", "a/./b", "a\0b"] {
        assert_eq!(storage.read(bad).await.unwrap_err().kind(), ErrorKind::Invalid, "{bad:?}");
        assert!(storage.child(bad).is_err());
        assert!(storage.path(bad).is_err());
        assert!(storage.delete(bad).await.is_err());
    }
    // A leading slash is the root of the storage, not of the machine.
    assert_eq!(storage.child("/t").unwrap().local_dir().unwrap(), dir.path().join("root/t"));
}

/// Names go to disk as they are, through our own calls and through the object store alike; Java
/// writes partition directories such as `dt=2024-01-01 10%3A00`.
#[tokio::test]
async fn names_are_taken_as_they_are() {
    let top = TempDir::new().unwrap();
    let storage = Storage::local(top.path().join("ware house 100%/t=1")).unwrap();
    let names = [
        "dt=2024-01-01 10%3A00",
        "a b",
        "100%",
        "%25",
        "%2F",
        "x=y",
        "é",
        "e\u{301}",
        "日本語",
        "😀",
        "a:b",
        "a~b",
        "a+b",
        "a&b",
        "a;b",
        "a'b",
        "a\"b",
        "a<b>",
        "a|b",
        "a^b",
        "a`b",
        "{x}",
        "[x]",
        "a#b",
        "a?b",
        "a*b",
        "a,b",
        "a@b",
        "a$b",
        "a!b",
        "(a)",
        ".hidden",
        "trailing.",
        " ",
        "a\\b",
        "__DEFAULT_PARTITION__",
        "\u{7f}x",
    ];
    for name in names {
        let rel = format!("{name}/bucket-0/{name}.parquet");
        let on_disk = storage.local_dir().unwrap().join(&rel);
        let path = match storage.path(&rel) {
            Ok(path) => path,
            Err(_) => {
                assert!(name.contains('\u{7f}'), "{name:?} is refused");
                continue;
            }
        };
        // Written by the object store, read by us.
        storage.object_store().put(&path, PutPayload::from_static(b"1")).await.unwrap();
        assert_eq!(std::fs::read(&on_disk).unwrap(), b"1", "{name:?}");
        assert_eq!(storage.read(&rel).await.unwrap(), "1");
        // Written by us, read and listed by the object store.
        storage.overwrite(&rel, Bytes::from("2")).await.unwrap();
        let got = storage.object_store().get(&path).await.unwrap();
        assert_eq!(got.bytes().await.unwrap(), "2", "{name:?}");
        let dir = storage.path(name).unwrap();
        let listed: Vec<_> =
            futures::TryStreamExt::try_collect(storage.object_store().list(Some(&dir)))
                .await
                .unwrap();
        let listed: Vec<_> =
            listed.into_iter().map(|o: object_store::ObjectMeta| o.location).collect();
        assert_eq!(listed, [path], "{name:?}");
        // Written by Java, as it were.
        let of_java = on_disk.with_file_name("java.parquet");
        std::fs::write(of_java, "3").unwrap();
        assert_eq!(storage.read(&format!("{name}/bucket-0/java.parquet")).await.unwrap(), "3");
        assert!(storage.list_dirs("").await.unwrap().contains(&name.to_owned()));
        storage.delete_dir(name).await.unwrap();
        assert!(!storage.exists(name).await.unwrap());
    }
}

#[tokio::test]
async fn lists_ids_in_order_and_nothing_else() {
    let dir = TempDir::new().unwrap();
    let local = Storage::local(dir.path()).unwrap();
    let memory = Storage::open("memory:///", &none()).unwrap();
    for storage in [local, memory] {
        assert!(storage.list_ids("snapshot", "snapshot-").await.unwrap().is_empty());
        for name in [
            "snapshot-10",
            "snapshot-9",
            "snapshot-1",
            "LATEST",
            "EARLIEST",
            "snapshot-01",
            "snapshot-+2",
            "snapshot--3",
            "snapshot-",
            "snapshot-4x",
            "snapshot-99999999999999999999",
            ".snapshot-5.0b0c0d0e-0000-0000-0000-000000000000.tmp",
            "schema-6",
        ] {
            storage.overwrite(&format!("snapshot/{name}"), Bytes::from("x")).await.unwrap();
        }
        storage.overwrite("snapshot/snapshot-7/x", Bytes::from("x")).await.unwrap();
        assert_eq!(storage.list_ids("snapshot", "snapshot-").await.unwrap(), [1, 9, 10]);
    }
}

#[tokio::test]
async fn directories_of_both_kinds_of_store() {
    let dir = TempDir::new().unwrap();
    let local = Storage::local(dir.path()).unwrap();
    let memory = Storage::open("memory:///", &none()).unwrap();
    for storage in [local, memory] {
        storage.overwrite("a/x/1", Bytes::from("1")).await.unwrap();
        storage.overwrite("a/2", Bytes::from("22")).await.unwrap();
        assert_eq!(storage.list_dirs("").await.unwrap(), ["a"]);
        assert_eq!(storage.list_dirs("a").await.unwrap(), ["x"]);
        let files = storage.list("a").await.unwrap();
        assert_eq!(files, [FileEntry { name: "2".to_owned(), size: 2 }]);
        storage.rename_dir("a", "b").await.unwrap();
        assert_eq!(storage.read("b/x/1").await.unwrap(), "1");
        assert_eq!(storage.list_dirs("").await.unwrap(), ["b"]);
        assert_eq!(storage.child("b").unwrap().size("2").await.unwrap(), Some(2));
        storage.delete("b/2").await.unwrap();
        storage.delete("b/2").await.unwrap();
        storage.delete_dir("b").await.unwrap();
        storage.delete_dir("b").await.unwrap();
        assert!(storage.list_dirs("").await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_rename_replaces_nothing() {
    let dir = TempDir::new().unwrap();
    let storage = Storage::local(dir.path()).unwrap();
    storage.overwrite("a/1", Bytes::from("1")).await.unwrap();
    storage.overwrite("b/1", Bytes::from("2")).await.unwrap();
    let err = storage.rename_dir("a", "b").await.unwrap_err();
    assert_eq!(err.kind(), ErrorKind::AlreadyExists);
    assert_eq!(storage.read("b/1").await.unwrap(), "2");
}

#[tokio::test]
async fn memory_is_shared_by_name_while_held() {
    let one = Storage::open("memory://shared-by-name/w", &none()).unwrap();
    one.overwrite("x", Bytes::from("1")).await.unwrap();
    let two = Storage::open("memory://shared-by-name", &none()).unwrap();
    assert_eq!(two.read("w/x").await.unwrap(), "1");
    let other = Storage::open("memory:///w", &none()).unwrap();
    assert!(!other.exists("x").await.unwrap());
}
