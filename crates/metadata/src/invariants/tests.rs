use super::*;
use crate::testing::snapshot;
use rimon_spec::ErrorKind;

fn next() -> Snapshot {
    Snapshot { total_record_count: 15, delta_record_count: 5, ..snapshot(2) }
}

fn first() -> Snapshot {
    Snapshot { total_record_count: 10, delta_record_count: 10, ..snapshot(1) }
}

#[test]
fn good_steps_pass() {
    check(None, &first()).unwrap();
    check(Some(&first()), &next()).unwrap();
    let compact = Snapshot {
        commit_kind: CommitKind::Compact,
        total_record_count: 8,
        delta_record_count: -2,
        ..next()
    };
    check(Some(&first()), &compact).unwrap();
    // An index manifest that did not change is named again.
    let with_index =
        |s: Snapshot| Snapshot { index_manifest: Some("index-manifest-u-0".into()), ..s };
    check(Some(&with_index(first())), &with_index(next())).unwrap();
}

#[test]
fn each_violation_is_found() {
    type Change = fn(&mut Snapshot);
    let changes: [(&str, Change); 22] = [
        ("id", |s| s.id = 3),
        ("id", |s| s.id = 1),
        ("version", |s| s.version = 2),
        ("commit user", |s| s.commit_user.clear()),
        ("time", |s| s.time_millis = 0),
        ("schema", |s| s.schema_id = -1),
        ("total", |s| s.total_record_count = 16),
        ("total", |s| s.delta_record_count = i64::MAX),
        ("below zero", |s| (s.total_record_count, s.delta_record_count) = (-1, -11)),
        ("below zero", |s| s.changelog_record_count = Some(-1)),
        ("same", |s| s.delta_manifest_list = s.base_manifest_list.clone()),
        ("same", |s| s.index_manifest = Some(s.base_manifest_list.clone())),
        ("of its base", |s| s.base_manifest_list = first().delta_manifest_list),
        ("of its base", |s| s.delta_manifest_list = first().base_manifest_list),
        ("plain name", |s| s.base_manifest_list = "../x".into()),
        ("plain name", |s| s.delta_manifest_list = String::new()),
        ("no size", |s| s.base_manifest_list_size = Some(0)),
        ("changelog list", |s| s.changelog_manifest_list = Some("c".into())),
        ("statistics", |s| s.commit_kind = CommitKind::Analyze),
        ("watermark", |s| s.watermark = Some(41)),
        ("row id", |s| s.next_row_id = Some(6)),
        ("uuid", |s| s.uuid = first().uuid),
    ];
    let base = Snapshot { watermark: Some(42), next_row_id: Some(7), ..first() };
    let good = Snapshot { watermark: Some(42), next_row_id: Some(7), ..next() };
    check(Some(&base), &good).unwrap();
    for (what, change) in changes {
        let mut bad = good.clone();
        change(&mut bad);
        let err = check(Some(&base), &bad).unwrap_err();
        assert_eq!(err.kind(), ErrorKind::Internal);
        assert!(err.to_string().contains(what), "{what}: {err}");
    }
}

#[test]
fn the_first_starts_from_nothing() {
    assert!(check(None, &next()).is_err());
    let bad = Snapshot { total_record_count: 11, ..first() };
    assert!(check(None, &bad).is_err());
}
