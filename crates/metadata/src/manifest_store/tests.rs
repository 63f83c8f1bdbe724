use super::*;
use crate::testing::{entry, snapshot};
use rimon_spec::BinaryRow;
use rimon_spec::manifest::codec::AvroCodec;
use tempfile::TempDir;

struct Fixture {
    dir: TempDir,
    store: ManifestStore,
    metas: Vec<ManifestFileMeta>,
    snapshot: Snapshot,
}

/// A snapshot with two manifests in its base list and one in its delta list.
async fn fixture() -> Fixture {
    let dir = TempDir::new().unwrap();
    let store = ManifestStore::new(Storage::local(dir.path()).unwrap());
    let options = ManifestWriterOptions {
        codec: AvroCodec::Null,
        target_size: 8 << 20,
        partition_types: Vec::new(),
    };
    let writer = store.writer("u", options);
    let mut metas = Vec::new();
    for name in ["a", "b", "c"] {
        let entries = [entry(&BinaryRow::empty(), 0, name)];
        metas.extend(writer.write_manifests(&entries).await.unwrap());
    }
    let (base, base_size) = writer.write_list(&metas[..2]).await.unwrap();
    let (delta, delta_size) = writer.write_list(&metas[2..]).await.unwrap();
    let snapshot = Snapshot {
        base_manifest_list: base,
        base_manifest_list_size: Some(base_size),
        delta_manifest_list: delta,
        delta_manifest_list_size: Some(delta_size),
        ..snapshot(3)
    };
    Fixture { dir, store, metas, snapshot }
}

impl Fixture {
    fn path(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join("manifest").join(name)
    }
}

#[tokio::test]
async fn a_snapshot_leads_to_its_files() {
    let f = fixture().await;
    assert_eq!(f.store.data_manifests(&f.snapshot).await.unwrap(), f.metas);
    assert_eq!(f.store.base_manifests(&f.snapshot).await.unwrap(), f.metas[..2]);
    assert_eq!(f.store.delta_manifests(&f.snapshot).await.unwrap(), f.metas[2..]);
    assert!(f.store.changelog_manifests(&f.snapshot).await.unwrap().is_empty());
    assert!(f.store.index_entries(&f.snapshot).await.unwrap().is_empty());
    let read = f.store.read_manifests(&f.metas).await.unwrap();
    let names: Vec<_> = read.iter().flat_map(|e| e.iter()).map(|e| &e.file.file_name).collect();
    assert_eq!(names, ["a", "b", "c"]);
}

#[tokio::test]
async fn decoded_manifests_are_kept() {
    let f = fixture().await;
    let first = f.store.read_manifest(&f.metas[0]).await.unwrap();
    std::fs::remove_file(f.path(&f.metas[0].file_name)).unwrap();
    let again = f.store.clone().read_manifest(&f.metas[0]).await.unwrap();
    assert!(Arc::ptr_eq(&first, &again));
    // Another size is another file.
    let other = ManifestFileMeta { file_size: 1, ..f.metas[0].clone() };
    assert!(f.store.read_manifest(&other).await.is_err());
}

#[tokio::test]
async fn what_is_missing_is_damage() {
    let f = fixture().await;
    std::fs::remove_file(f.path(&f.metas[0].file_name)).unwrap();
    let err = f.store.read_manifest(&f.metas[0]).await.unwrap_err();
    assert_eq!(err.kind(), ErrorKind::Corrupt);
    assert!(err.to_string().contains(&f.metas[0].file_name), "{err}");
    std::fs::remove_file(f.path(&f.snapshot.delta_manifest_list)).unwrap();
    let err = f.store.data_manifests(&f.snapshot).await.unwrap_err();
    assert_eq!(err.kind(), ErrorKind::Corrupt);
    assert!(err.to_string().contains("snapshot: 3"), "{err}");
    assert!(err.to_string().contains(&f.snapshot.delta_manifest_list), "{err}");
}

#[tokio::test]
async fn every_cut_and_flipped_bit_is_an_error_or_harmless() {
    let f = fixture().await;
    let list = f.path(&f.snapshot.base_manifest_list);
    let good = std::fs::read(&list).unwrap();
    for length in 0..good.len() {
        std::fs::write(&list, &good[..length]).unwrap();
        let err = f.store.base_manifests(&f.snapshot).await.unwrap_err();
        assert_eq!(err.kind(), ErrorKind::Corrupt, "cut at {length}: {err}");
        let name = f.snapshot.base_manifest_list.as_str();
        assert!(err.to_string().contains(name), "{err}");
        let unsized_list = f.store.read_list(name, None).await;
        assert!(unsized_list.is_err() || length > 0, "cut at {length}");
    }
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        std::fs::write(&list, &bad).unwrap();
        // A changed statistic or name cannot be seen here; what matters is that nothing panics.
        if let Err(err) = f.store.base_manifests(&f.snapshot).await {
            let kind = err.kind();
            assert!(matches!(kind, ErrorKind::Corrupt | ErrorKind::Unsupported), "{at}: {err}");
        }
    }
}

#[tokio::test]
async fn counts_are_checked() {
    let f = fixture().await;
    let meta = ManifestFileMeta { num_deleted_files: 1, ..f.metas[0].clone() };
    let err = f.store.read_manifest(&meta).await.unwrap_err();
    assert!(err.to_string().contains("1 entries, its list says 2"), "{err}");
}

#[tokio::test]
async fn names_do_not_lead_out() {
    let f = fixture().await;
    std::fs::write(f.dir.path().join("secret"), "x").unwrap();
    for name in ["../secret", "/etc/passwd", "", ".."] {
        let err = f.store.read_list(name, None).await.unwrap_err();
        assert_eq!(err.kind(), ErrorKind::Corrupt, "{name}");
    }
}

#[tokio::test]
async fn manifests_of_other_formats_are_refused_by_name() {
    let f = fixture().await;
    for (bytes, format) in [("ORC...", "'orc'"), ("PAR1...", "'parquet'")] {
        std::fs::write(f.path("list"), bytes).unwrap();
        let err = f.store.read_list("list", None).await.unwrap_err();
        assert_eq!(err.kind(), ErrorKind::Unsupported);
        assert!(err.message().contains(format), "{err}");
    }
}
