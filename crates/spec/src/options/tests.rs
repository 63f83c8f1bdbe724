use super::*;
use crate::ErrorKind;

fn parse(options: &[(&str, &str)], key: bool) -> crate::Result<TableOptions> {
    let map = options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    TableOptions::parse(&map, key)
}

#[test]
fn defaults_are_java_s() {
    let o = parse(&[], true).unwrap();
    assert_eq!((o.bucket, o.compaction.num_levels, o.commit_max_retries), (-1, 6, None));
    assert_eq!((o.file_format.as_str(), o.file_compression.as_str()), ("parquet", "zstd"));
    assert_eq!(o.target_file_size, 128 << 20);
    assert_eq!(parse(&[], false).unwrap().target_file_size, 256 << 20);
    assert_eq!(o.stats_mode, StatsMode::Truncate(16));
    assert_eq!(o.commit_min_retry_wait, Duration::from_millis(10));
    assert!(o.partition_legacy_name && o.stats_dense_store);
}

#[test]
fn values_are_read_as_java_does() {
    let o = parse(
        &[
            ("merge-engine", "Partial-Update"),
            ("target-file-size", "2 kb"),
            ("commit.timeout", "1 h"),
            ("sequence.field", "s1,s2"),
            ("file.format.per.level", "0:avro,4:ORC"),
            ("metadata.stats-mode", "TRUNCATE(4)"),
            ("fields.x.stats-mode", "none"),
            ("deduplicate.ignore-delete", "TRUE"),
            ("num-sorted-run.compaction-trigger", "3"),
        ],
        true,
    )
    .unwrap();
    assert_eq!(o.merge_engine, MergeEngine::PartialUpdate);
    assert_eq!(o.target_file_size, 2048);
    assert_eq!(o.commit_timeout, Some(Duration::from_secs(3600)));
    assert_eq!(o.sequence_fields, ["s1", "s2"]);
    assert_eq!((o.format_of_level(4), o.format_of_level(1)), ("orc", "parquet"));
    assert_eq!(
        o.stats_modes(&["x", "_KEY_x", "y"], 0, &[]),
        [StatsMode::None, StatsMode::Truncate(128), StatsMode::Truncate(4)]
    );
    assert!(o.ignore_delete);
    assert_eq!(o.compaction.num_levels, 4);
}

#[test]
fn kept_columns_are_counted_as_in_java() {
    let o = parse(
        &[("metadata.stats-keep-first-n-columns", "1"), ("fields.c.stats-mode", "full")],
        true,
    )
    .unwrap();
    let modes = o.stats_modes(&["_KEY_a", "a", "b", "c"], 0, &[]);
    let sixteen = StatsMode::Truncate(16);
    assert_eq!(modes, [StatsMode::Truncate(128), sixteen, StatsMode::None, StatsMode::Full]);
}

#[test]
fn bad_values_name_key_and_value() {
    for (key, value) in [
        ("bucket", "four"),
        ("target-file-size", "12 parsecs"),
        ("commit.timeout", "-1 h"),
        ("merge-engine", "dedup"),
        ("partition.legacy-name", "yes"),
        ("metadata.stats-mode", "truncate(0)"),
        ("file.format.per.level", "avro"),
        ("target-file-row-num", "0"),
        ("snapshot.num-retained.min", "0"),
        ("target-file-size", "99999999999 tb"),
        ("file.compression.zstd-level", "99"),
    ] {
        let error = parse(&[(key, value)], true).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        let text = error.to_string();
        assert!(text.contains(key) && text.contains(value), "{text}");
    }
}

#[test]
fn what_this_build_lacks_is_refused_by_name() {
    let read =
        |options: &[(&str, &str)], key| parse(options, key).unwrap().refuse_unsupported_read();
    let write = |options: &[(&str, &str)]| parse(options, true).unwrap().refuse_unsupported_write();
    write(&[("bucket", "4")]).unwrap();
    write(&[("bucket", "4"), ("file.format", "avro")]).unwrap();
    write(&[("bucket", "4"), ("avro.codec", "null")]).unwrap();
    let unspilled = ("write-buffer-spillable", "false");
    write(&[("bucket", "4"), unspilled, ("spill-compression", "lz4")]).unwrap();
    write(&[("bucket", "4"), ("spill-compression", "ZSTD")]).unwrap();
    let own = [("bucket", "4"), ("file.format.per.level", "0:avro"), ("avro.codec", "null")];
    assert!(write(&own).unwrap_err().to_string().contains("avro.codec"));
    read(&[("merge-engine", "aggregation")], false).unwrap();
    read(&[("changelog-producer", "input"), ("bucket", "-1")], true).unwrap();
    let vectors = ("deletion-vectors.enabled", "true");
    read(&[vectors, ("pk-clustering-override", "true")], true).unwrap();
    assert!(parse(&[vectors], true).unwrap().batch_scan_skips_level0());
    assert!(!parse(&[vectors], false).unwrap().batch_scan_skips_level0());
    let merged = ("deletion-vectors.merge-on-read", "true");
    assert!(!parse(&[vectors, merged], true).unwrap().batch_scan_skips_level0());
    for (key, value) in [
        ("pk-clustering-override", "true"),
        ("query-auth.enabled", "true"),
        ("scan.mode", "incremental"),
        ("type", "format-table"),
        ("orc.timestamp-ltz.legacy.type", "false"),
    ] {
        let error = read(&[(key, value)], true).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains(key), "{error}");
    }
    let engine = ("merge-engine", "aggregation");
    read(&[engine, ("fields.s.aggregate-function", "sum")], true).unwrap();
    let error = read(&[engine, ("fields.s.aggregate-function", "hll_sketch")], true).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("fields.s.aggregate-function"), "{error}");
    for (key, value) in [
        ("chain-table.enabled", "true"),
        ("changelog-producer", "lookup"),
        ("file.format", "orc"),
        ("file.format.per.level", "5:orc"),
        ("tag.automatic-creation", "batch"),
        ("commit.callbacks", "x.Y"),
        ("manifest.format", "parquet"),
        ("spill-compression", "lz4"),
        ("spill-compression.zstd-level", "9"),
        ("variant.inferShreddingSchema", "true"),
        ("commit.discard-duplicate-files", "true"),
        ("precommit-compact", "true"),
        ("file-index.bloom-filter.columns", "a"),
        ("parquet.writer.version", "v2"),
        ("deletion-vectors.enabled", "true"),
    ] {
        let error = write(&[("bucket", "4"), (key, value)]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{key}");
    }
    // Writers of first rows compact, but not in every way.
    let first_row = ("merge-engine", "first-row");
    write(&[first_row]).unwrap();
    for (key, value) in [
        ("lookup-compact", "gentle"),
        ("compaction.optimization-interval", "1 h"),
        ("compaction.offpeak-ratio", "50"),
        ("record-level.expire-time", "1 d"),
    ] {
        let error = write(&[first_row, (key, value)]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{key}");
        assert!(error.to_string().contains(key), "{error}");
        write(&[first_row, (key, value), ("write-only", "true")]).unwrap();
    }
    let error = write(&[first_row, ("num-levels", "1")]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

#[test]
fn sizes_and_durations() {
    assert_eq!(parse_memory("1gb"), Some(1 << 30));
    assert_eq!(parse_memory(" 500 B "), Some(500));
    assert_eq!(parse_memory("7"), Some(7));
    assert_eq!(parse_memory("1.5 mb"), None);
    assert_eq!(parse_duration("7 days"), Some(Duration::from_secs(604_800)));
    assert_eq!(parse_duration("250"), Some(Duration::from_millis(250)));
    assert_eq!(parse_duration("h"), None);
    assert_eq!(parse_duration("99999999999999999999 h"), None);
}
