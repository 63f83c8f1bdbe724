//! Streams, consumers, and changelog files of every kind.

use rimon_integration_tests::oracle::Oracle;
use rimon_spec::ErrorKind;
use rimon_table::{StreamScan, StreamStart, StreamStep};
use serde_json::{Value, json};

use super::case::Javas;
use crate::tables::{changelog, difference, follow, runtime};

fn javas_changelog(oracle: &mut Oracle, case: &Javas, arguments: Value) -> Vec<String> {
    let rows = case.java(oracle, "changelog", arguments);
    rows.as_array().expect("rows").iter().map(Value::to_string).collect()
}

/// In the rows of the first snapshot, every kind that adds as +I.
fn added(lines: &mut [String]) {
    let Some((first, _)) = lines.first().and_then(|l| l.split_once(',')) else { return };
    let first = first.to_owned();
    for line in lines.iter_mut().filter(|l| l.starts_with(&first)) {
        *line = line.replacen("\"+U\"", "\"+I\"", 1);
    }
}

/// Streams with every start, over tables of every producer.
#[test]
fn streams_are_those_of_java() {
    let Some(mut oracle) = Oracle::shared() else { return };
    for (producer, compact) in [
        ("none", None),
        ("input", None),
        ("lookup", Some("minor")),
        ("full-compaction", Some("full")),
    ] {
        let case = Javas::new(&mut oracle, json!({"bucket": "1", "changelog-producer": producer}));
        case.fill(&mut oracle, compact);
        let snapshots = runtime().block_on(case.table().snapshots().all()).expect("snapshots");
        let time = snapshots[2].time_millis;
        for (mode, start, arguments) in [
            ("from-snapshot", StreamStart::FromSnapshot(1), json!({"from": 1})),
            ("from-snapshot", StreamStart::FromSnapshot(3), json!({"from": 3})),
            ("from-snapshot-full", StreamStart::FromSnapshotFull(2), json!({"from": 2})),
            ("latest-full", StreamStart::LatestFull, json!({})),
            ("compacted-full", StreamStart::CompactedFull, json!({})),
            (
                "from-timestamp",
                StreamStart::FromTimestampMillis(time),
                json!({"options": {"scan.timestamp-millis": time.to_string()}}),
            ),
        ] {
            let mut arguments = arguments;
            arguments["scan_mode"] = json!(mode);
            let mut javas = javas_changelog(&mut oracle, &case, arguments);
            let ours = runtime().block_on(async {
                let table = case.table_of().await?;
                follow(&table, &mut table.stream_scan().start(start)).await
            });
            let mut ours = ours.expect("a stream");
            if let StreamStart::LatestFull
            | StreamStart::CompactedFull
            | StreamStart::FromSnapshotFull(_) = start
            {
                // In the state a row may be +I or +U: that depends on how Java packs files into splits.
                added(&mut ours);
                added(&mut javas);
            }
            if start != StreamStart::FromSnapshot(1) {
                // rows of a state come in no order
                ours.sort();
                javas.sort();
            }
            assert_eq!(
                difference(&ours, &javas),
                None,
                "{producer}, {mode}:\n{ours:#?}\n{javas:#?}"
            );
        }
    }
}

#[test]
fn overwrites_are_streamed_when_asked_for() {
    let Some(mut oracle) = Oracle::shared() else { return };
    let options = json!({"bucket": "1", "streaming-read-overwrite": "true"});
    let case = Javas::new(&mut oracle, options);
    case.write(&mut oracle, &[("+I", 1, "a"), ("+I", 2, "a")], None);
    let rows = json!([{"id": 2, "v": "b"}, {"id": 3, "v": "b"}]);
    case.java(&mut oracle, "write", json!({"rows": rows, "overwrite": {}}));
    let mut javas = javas_changelog(&mut oracle, &case, json!({"from": 1}));
    let table = case.table();
    let stream = table.stream_scan().start(StreamStart::FromSnapshot(1));
    let mut ours =
        runtime().block_on(async { follow(&table, &mut { stream }).await }).expect("rows");
    ours.sort();
    javas.sort();
    assert_eq!(ours, javas);
    assert!(ours.iter().any(|l| l.contains("\"-D\"")), "{ours:?}");
}

/// Progress under a consumer id keeps Java from expiring what is not read yet; without one the stream says what is lost.
#[test]
fn consumers_hold_snapshots_and_streams_name_what_expired() {
    let Some(mut oracle) = Oracle::shared() else { return };
    let case = Javas::new(&mut oracle, json!({"bucket": "1"}));
    for round in 0..3 {
        case.write(&mut oracle, &[("+I", round, "x")], None);
    }
    let runtime = runtime();
    let table = case.table().with_options([("consumer-id", "job")]).expect("options");
    let mut stream: StreamScan = table.stream_scan().start(StreamStart::FromSnapshot(1));
    runtime.block_on(async {
        let StreamStep::Plan(_) = stream.plan().await.expect("a plan") else { panic!("no plan") };
        assert_eq!(stream.next_snapshot(), Some(2));
        stream.record_progress(2).await.expect("it is kept");
    });
    let shown = oracle.run(case.warehouse(), "db.t$consumers", "system", json!({}));
    let shown = shown.to_string();
    assert!(
        shown.contains("\"consumer_id\":\"job\"") && shown.contains("\"next_snapshot_id\":2"),
        "{shown}"
    );
    for round in 0..3 {
        case.write(&mut oracle, &[("+I", round, "y")], None);
    }
    let expire = json!({"retain_max": 1, "retain_min": 1, "older_than_ms": 1i64 << 50});
    case.java(&mut oracle, "expire-snapshots", expire.clone());
    // it begins where the consumer is, whatever else it is told
    let mut again = table.stream_scan().start(StreamStart::LatestFull);
    let rows = runtime.block_on(follow(&table, &mut again)).expect("rows");
    assert_eq!(rows.len(), 5, "{rows:?}");
    assert!(rows[0].starts_with("{\"_snapshot\":2,"), "{rows:?}");
    // a position of Java's is taken up
    case.java(&mut oracle, "consumer", json!({"name": "job", "next": 5}));
    let rows = runtime.block_on(follow(&table, &mut table.stream_scan())).expect("rows");
    assert_eq!(rows.len(), 2, "{rows:?}");
    case.java(&mut oracle, "consumer", json!({"name": "job", "drop": true}));
    case.java(&mut oracle, "expire-snapshots", expire);
    let mut late = case.table().stream_scan();
    late.restore(Some(2));
    let error = runtime.block_on(late.plan()).expect_err("it has expired");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let text = error.to_string();
    assert!(text.contains("snapshot 2") && text.contains("expired"), "{text}");
    late.restore(Some(100));
    let error = runtime.block_on(late.plan()).expect_err("it will never be");
    assert!(error.to_string().contains("100"), "{error}");
}

/// Changelog files of two buckets put together into one object, as Flink's writer does: the same changes as before.
#[test]
fn compacted_changelog_files_are_read() {
    let Some(mut oracle) = Oracle::shared() else { return };
    let case = Javas::new(&mut oracle, json!({"bucket": "2", "changelog-producer": "input"}));
    let rows: Vec<(&str, i64, &str)> = (0..20).map(|id| ("+I", id, "x")).collect();
    case.write(&mut oracle, &rows, None);
    let runtime = runtime();
    let mut before = runtime.block_on(changelog(&case.table(), 1)).expect("changes");
    before.sort();
    assert_eq!(before.len(), 20);
    runtime.block_on(compact_changelog(&case)).expect("it is rewritten");
    let mut after = runtime.block_on(changelog(&case.table(), 1)).expect("changes");
    after.sort();
    assert_eq!(after, before);
}

async fn compact_changelog(case: &Javas) -> rimon_spec::Result<()> {
    let table = case.table_of().await?;
    let snapshot = table.snapshots().get(1).await?;
    let manifests = table.manifests();
    let metas = manifests.changelog_manifests(&snapshot).await?;
    let read = manifests.read_manifests(&metas).await?;
    let mut entries: Vec<_> = read.iter().flat_map(|e| e.iter().cloned()).collect();
    assert_eq!(entries.len(), 2, "one file in each bucket");
    let (mut whole, mut parts) = (Vec::new(), Vec::new());
    for entry in &entries {
        let path =
            case.directory().join(format!("bucket-{}/{}", entry.bucket, entry.file.file_name));
        let bytes = std::fs::read(&path).expect("a changelog file");
        std::fs::remove_file(&path).expect("it goes");
        parts.push((whole.len(), bytes.len()));
        whole.extend(bytes);
    }
    let (home, first) = (entries[0].bucket, parts[0].1);
    let name = format!("compacted-changelog-12ab-cd${home}-{first}");
    entries[0].file.file_name = format!("{name}.cc-parquet");
    entries[1].file.file_name = format!("{name}-{}-{}.cc-parquet", parts[1].0, parts[1].1);
    let object = case.directory().join(format!("bucket-{home}/{name}.cc-parquet"));
    std::fs::write(object, whole).expect("it is written");
    let options = rimon_metadata::ManifestWriterOptions::of(table.schema())?;
    let writer = manifests.writer("rewritten", options);
    let (list, size) = writer.write_list(&writer.write_manifests(&entries).await?).await?;
    let changed = rimon_spec::Snapshot {
        changelog_manifest_list: Some(list),
        changelog_manifest_list_size: Some(size),
        ..snapshot
    };
    std::fs::write(case.directory().join("snapshot/snapshot-1"), changed.to_json()?)
        .expect("it is written");
    Ok(())
}
