//! Sample metadata.

use rimon_spec::{CommitKind, Snapshot};

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
