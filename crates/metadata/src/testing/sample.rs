//! Sample metadata.

use rimon_spec::{
    BinaryRow, CommitKind, DataFileMeta, FileKind, FileSource, ManifestEntry, SimpleStats, Snapshot,
};

/// A snapshot as it could follow `snapshot(id - 1)`: 10 rows more, files named after its id.
pub fn snapshot(id: i64) -> Snapshot {
    Snapshot {
        version: 3,
        uuid: Some(format!("uuid-{id}")),
        id,
        schema_id: 0,
        base_manifest_list: format!("manifest-list-{id}-0"),
        base_manifest_list_size: Some(100),
        delta_manifest_list: format!("manifest-list-{id}-1"),
        delta_manifest_list_size: Some(100),
        changelog_manifest_list: None,
        changelog_manifest_list_size: None,
        index_manifest: None,
        commit_user: "user".to_owned(),
        writer_version: None,
        commit_identifier: i64::MAX,
        commit_kind: CommitKind::Append,
        time_millis: 1_700_000_000_000 + id * 1000,
        total_record_count: id * 10,
        delta_record_count: 10,
        changelog_record_count: None,
        watermark: None,
        statistics: None,
        properties: None,
        next_row_id: None,
        operation: None,
    }
}

/// A file of 10 rows added to a bucket, without keys, statistics and anything optional.
pub fn entry(partition: &BinaryRow, bucket: i32, file_name: &str) -> ManifestEntry {
    let no_stats = SimpleStats {
        min_values: BinaryRow::empty(),
        max_values: BinaryRow::empty(),
        null_counts: Some(Vec::new()),
    };
    ManifestEntry {
        kind: FileKind::Add,
        partition: partition.clone(),
        bucket,
        total_buckets: 1,
        file: DataFileMeta {
            file_name: file_name.to_owned(),
            file_size: 1000,
            row_count: 10,
            min_key: BinaryRow::empty(),
            max_key: BinaryRow::empty(),
            key_stats: no_stats.clone(),
            value_stats: no_stats,
            min_sequence_number: 0,
            max_sequence_number: 9,
            schema_id: 0,
            level: 0,
            extra_files: Vec::new(),
            creation_time: Some(1_700_000_000_000),
            delete_row_count: Some(0),
            embedded_index: None,
            file_source: Some(FileSource::Append),
            value_stats_cols: None,
            external_path: None,
            first_row_id: None,
            write_cols: None,
            write_cols_sequences: None,
        },
    }
}
