use super::codec::decode_manifest;
use super::merge::{ManifestMerge, ManifestMergePolicy, plan_manifest_merge};
use super::*;
use crate::ErrorKind;
use proptest::prelude::*;

fn entry(kind: FileKind, name: &str, level: i32) -> ManifestEntry {
    let bytes = include_bytes!("../../tests/vectors/manifest-null.avro");
    let mut entry = decode_manifest(bytes, "m").unwrap().swap_remove(0);
    entry.kind = kind;
    entry.file.file_name = name.into();
    entry.file.level = level;
    entry
}

fn add(name: &str) -> ManifestEntry {
    entry(FileKind::Add, name, 0)
}

fn delete(name: &str) -> ManifestEntry {
    entry(FileKind::Delete, name, 0)
}

#[test]
fn entries_annihilate_in_order() {
    let merged = merge_entries([add("a"), add("b"), delete("a"), delete("c")]).unwrap();
    assert_eq!(merged, [add("b"), delete("c")]);
    let twice = merge_entries([add("a"), add("a")]).unwrap_err();
    assert_eq!(twice.kind(), ErrorKind::Corrupt);
    // An upgrade is the same file at another level.
    let up = merge_entries([add("a"), delete("a"), entry(FileKind::Add, "a", 5)]).unwrap();
    assert_eq!(up, [entry(FileKind::Add, "a", 5)]);
}

#[test]
fn a_scan_takes_deletes_as_a_set() {
    assert_eq!(live_entries(vec![delete("a"), add("a"), add("b")]), [add("b")]);
    assert_eq!(live_entries(vec![add("b")]), [add("b")]);
}

fn manifest(size: i64, deleted: i64) -> ManifestFileMeta {
    ManifestFileMeta {
        file_name: format!("m{size}"),
        file_size: size,
        num_added_files: 1,
        num_deleted_files: deleted,
        partition_stats: SimpleStats::empty(),
        schema_id: 0,
        min_bucket: None,
        max_bucket: None,
        min_level: None,
        max_level: None,
        min_row_id: None,
        max_row_id: None,
    }
}

const POLICY: ManifestMergePolicy = ManifestMergePolicy {
    target_file_size: 100,
    full_compaction_threshold: 200,
    merge_min_count: 3,
};

fn sizes(manifests: &[i64]) -> Vec<usize> {
    let manifests: Vec<_> = manifests.iter().map(|s| manifest(*s, 0)).collect();
    match plan_manifest_merge(&manifests, &POLICY) {
        ManifestMerge::Minor { groups } => groups.iter().map(Vec::len).collect(),
        ManifestMerge::Full { .. } => vec![0],
    }
}

#[test]
fn small_manifests_are_merged_in_groups() {
    assert_eq!(sizes(&[150, 60, 50, 10, 10]), [1, 2, 1, 1]);
    assert_eq!(sizes(&[150, 10, 10, 10]), [1, 3]);
    assert_eq!(sizes(&[]), [0_usize; 0]);
    assert_eq!(sizes(&[90, 90, 90]), [0], "full");
}

#[test]
fn a_full_merge_takes_what_is_small_or_has_deletes() {
    let manifests = [manifest(500, 0), manifest(180, 2), manifest(30, 0)];
    let merge = plan_manifest_merge(&manifests, &POLICY);
    assert_eq!(merge, ManifestMerge::Full { must_change: vec![false, true, true] });
}

proptest! {
    #[test]
    fn groups_hold_every_manifest_in_order(all in prop::collection::vec((0_i64..300, 0_i64..2), 0..20)) {
        let manifests: Vec<_> = all.iter().map(|(s, d)| manifest(*s, *d)).collect();
        let never_full = ManifestMergePolicy { full_compaction_threshold: u64::MAX, ..POLICY };
        let ManifestMerge::Minor { groups } = plan_manifest_merge(&manifests, &never_full) else {
            return Err(TestCaseError::fail("full"));
        };
        prop_assert_eq!(groups.concat(), manifests);
    }
}
