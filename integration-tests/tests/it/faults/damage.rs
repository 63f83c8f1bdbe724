//! Damaged files of a table: every kind of file, every kind of damage.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rimon_integration_tests::fixture::{Fixture, Unpacked};
use rimon_spec::{Error, ErrorKind};
use rimon_table::Travel;

use super::contents;
use crate::tables::{open, read, runtime};

/// Tables to damage: merged from several levels, and read file by file.
const TABLES: [&str; 2] = ["pk_deduplicate_none", "append_two_files_parquet"];

/// Longest time that a read of a damaged table may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// One file of each kind that a read of the latest snapshot needs.
fn victims(table: &Unpacked) -> Vec<(&'static str, PathBuf)> {
    let runtime = runtime();
    let directory = table.table();
    let (snapshot, manifest, data) = runtime.block_on(async {
        let opened = open(&directory).await.expect("an undamaged table");
        let snapshot = opened.current_snapshot().await.expect("it is whole").expect("a snapshot");
        let list = opened
            .manifests()
            .read_list(&snapshot.delta_manifest_list, snapshot.delta_manifest_list_size)
            .await;
        let manifest = list.expect("a manifest list").first().expect("a manifest").clone();
        let plan = opened.scan().plan().await.expect("a plan");
        let split = plan.splits.first().expect("a split");
        let data =
            format!("{}/{}", split.directory, split.files.first().expect("a file").file_name);
        (snapshot, manifest.file_name, data)
    });
    let list = snapshot.delta_manifest_list.clone();
    vec![
        ("snapshot", directory.join(format!("snapshot/snapshot-{}", snapshot.id))),
        ("schema", directory.join(format!("schema/schema-{}", snapshot.schema_id))),
        ("manifest list", directory.join("manifest").join(list)),
        ("manifest", directory.join("manifest").join(manifest)),
        ("data file", directory.join(data)),
    ]
}

/// Reads everything; a panic fails the test.
fn outcome(directory: &Path, what: &str) -> Result<Vec<String>, Error> {
    let directory = directory.to_owned();
    let runtime = runtime();
    let begun = Instant::now();
    let task = runtime.spawn(async move { read(&directory, Travel::Latest).await });
    let outcome = runtime.block_on(task).unwrap_or_else(|panic| panic!("{what}: {panic}"));
    assert!(begun.elapsed() < PATIENCE, "{what}: took {:?}", begun.elapsed());
    outcome
}

/// The error of a read that must fail, naming the file.
fn refusal(table: &Unpacked, file: &Path, what: &str) -> Error {
    let before = contents(&table.table());
    let error = outcome(&table.table(), what).expect_err(what);
    // without its only schema a folder is no table, and the folder is what is named
    let gone = !file.exists() && file.starts_with(table.table().join("schema"));
    let name = if gone { table.table() } else { file.file_name().expect("a name").into() };
    let name = name.display().to_string();
    assert!(error.to_string().contains(&name), "{what}: {error:?} does not name {name}");
    assert!(before == contents(&table.table()), "{what}: the table was changed by a read");
    error
}

fn each_victim(mut try_: impl FnMut(&Unpacked, &'static str, &Path, &[u8])) {
    for name in TABLES {
        let table = Fixture::named(name).unpack();
        for (kind, file) in victims(&table) {
            let whole = fs::read(&file).expect("a file");
            try_(&table, kind, &file, &whole);
            fs::write(&file, &whole).expect("the file is put back");
        }
        let rows = outcome(&table.table(), name).expect("it is whole again");
        assert!(!rows.is_empty());
    }
}

#[test]
fn truncated_files_are_corrupt() {
    each_victim(|table, kind, file, whole| {
        for length in [0, 1, whole.len() / 3, whole.len() / 2, whole.len() - 1] {
            fs::write(file, &whole[..length]).expect("truncated");
            let what = format!("{kind} of {} bytes cut to {length}", whole.len());
            let error = refusal(table, file, &what);
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{what}: {error:?}");
        }
    });
}

#[test]
fn missing_files_are_named() {
    each_victim(|table, kind, file, _| {
        if kind == "snapshot" {
            return; // without its newest snapshot a table is simply at the one before
        }
        fs::remove_file(file).expect("removed");
        let what = format!("missing {kind}");
        let error = refusal(table, file, &what);
        let kinds = [ErrorKind::NotFound, ErrorKind::Corrupt];
        assert!(kinds.contains(&error.kind()), "{what}: {error:?}");
    });
}

/// Anything may come of a flipped bit but a panic, a hang, or an error that blames this library. Formats have no
/// checksums everywhere, so rows may differ.
#[test]
fn flipped_bits_never_panic() {
    each_victim(|table, kind, file, whole| {
        let step = (whole.len() / 40).max(1);
        for position in (0..whole.len()).step_by(step) {
            let mut bytes = whole.to_vec();
            bytes[position] ^= 1 << (position % 8);
            fs::write(file, &bytes).expect("damaged");
            let what = format!("{kind} with byte {position} flipped");
            if let Err(error) = outcome(&table.table(), &what) {
                assert_ne!(error.kind(), ErrorKind::Internal, "{what}: {error:?}");
            }
        }
    });
}

#[test]
fn garbage_is_corrupt() {
    each_victim(|table, kind, file, whole| {
        for (name, bytes) in [("zeros", vec![0; whole.len()]), ("ones", vec![0xff; whole.len()])] {
            fs::write(file, bytes).expect("damaged");
            let what = format!("{kind} of {name}");
            let error = refusal(table, file, &what);
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{what}: {error:?}");
        }
    });
}

/// Avro files whose lengths promise more than there is: refused before anything is allocated for them.
#[test]
fn absurd_lengths_are_corrupt() {
    let huge: [u8; 10] = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    let large: [u8; 5] = [0xfe, 0xff, 0xff, 0xff, 0x0f];
    each_victim(|table, kind, file, whole| {
        if !kind.starts_with("manifest") {
            return;
        }
        for lie in [&huge[..], &large[..]] {
            // in the header: the number of its entries, then the length of its first key
            for at in [4, 5] {
                let mut bytes = whole[..at].to_vec();
                bytes.extend_from_slice(lie);
                bytes.extend_from_slice(&whole[at + 1..]);
                fs::write(file, &bytes).expect("damaged");
                let what = format!("{kind} with a length of {lie:02x?} at {at}");
                let error = refusal(table, file, &what);
                assert_eq!(error.kind(), ErrorKind::Corrupt, "{what}: {error:?}");
            }
            // in the last block: its number of rows, then its size in bytes, right after the header's sync marker
            let marker = &whole[whole.len() - 16..];
            let block = find(whole, marker) + 16;
            for skip in [0, varint_length(&whole[block..])] {
                let at = block + skip;
                let mut bytes = whole[..at].to_vec();
                bytes.extend_from_slice(lie);
                bytes.extend_from_slice(&whole[at + varint_length(&whole[at..])..]);
                fs::write(file, &bytes).expect("damaged");
                let what = format!("{kind} with a block length of {lie:02x?}");
                let error = refusal(table, file, &what);
                assert_eq!(error.kind(), ErrorKind::Corrupt, "{what}: {error:?}");
            }
        }
    });
}

fn find(bytes: &[u8], part: &[u8]) -> usize {
    bytes.windows(part.len()).position(|w| w == part).expect("the sync marker")
}

fn varint_length(bytes: &[u8]) -> usize {
    1 + bytes.iter().take_while(|b| **b & 0x80 != 0).count()
}

#[test]
fn unknown_versions_are_unsupported() {
    each_victim(|table, kind, file, whole| {
        if kind != "snapshot" && kind != "schema" {
            return;
        }
        let text = String::from_utf8(whole.to_vec()).expect("JSON");
        let newer = text.replacen("\"version\" : 3", "\"version\" : 99", 1);
        assert_ne!(text, newer, "{kind} has a version");
        fs::write(file, newer).expect("written");
        let what = format!("{kind} of version 99");
        let error = refusal(table, file, &what);
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{what}: {error:?}");
        assert!(error.to_string().contains("99"), "{error:?} does not name the version");
    });
}

/// Two manifests, or two data files, in each other's place.
#[test]
fn swapped_files_are_errors() {
    let table = Fixture::named("append_two_files_parquet").unpack();
    for (folder, prefix) in [("manifest", "manifest-list"), ("bucket-0", "data-")] {
        let folder = table.table().join(folder);
        let mut files: Vec<PathBuf> = fs::read_dir(&folder)
            .expect("a folder")
            .map(|e| e.expect("an entry").path())
            .filter(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with(prefix)))
            .collect();
        files.sort_by_key(|p| fs::metadata(p).expect("a file").len());
        let (small, large) = (files.first().expect("two"), files.last().expect("two"));
        let (a, b) = (fs::read(small).expect("one"), fs::read(large).expect("other"));
        if a.len() == b.len() {
            continue;
        }
        fs::write(small, &b).and_then(|()| fs::write(large, &a)).expect("swapped");
        if let Err(error) = outcome(&table.table(), prefix) {
            assert_ne!(error.kind(), ErrorKind::Internal, "{error:?}");
        }
        fs::write(small, &a).and_then(|()| fs::write(large, &b)).expect("put back");
    }
}
