//! `snapshot/snapshot-N`: format.md §2.1, `org.apache.paimon.Snapshot`.

use crate::{Error, Result};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// First snapshot id.
pub const FIRST_SNAPSHOT_ID: i64 = 1;

/// Version of the JSON that is written.
pub const SNAPSHOT_VERSION: i32 = 3;

/// What kind of commit made a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum CommitKind {
    /// New rows.
    Append,
    /// Files rewritten or moved between levels, the same rows.
    Compact,
    /// Rows replaced or dropped.
    Overwrite,
    /// Only statistics.
    Analyze,
}

/// The entry point to all files of one version of a table; field order is the order in the JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// Version of the JSON; 3 is written, absent (0) in very old files.
    #[serde(default)]
    pub version: i32,
    /// Random, new for every attempt; absent in old files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uuid: Option<String>,
    /// 1, 2, 3, …
    pub id: i64,
    /// Latest schema when this was committed; files carry their own.
    pub schema_id: i64,
    /// Manifest list of all changes before this snapshot.
    pub base_manifest_list: String,
    /// Bytes of that list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_manifest_list_size: Option<i64>,
    /// Manifest list of the changes of this snapshot.
    pub delta_manifest_list: String,
    /// Bytes of that list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta_manifest_list_size: Option<i64>,
    /// Manifest list of the changelog files of this snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changelog_manifest_list: Option<String>,
    /// Bytes of that list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changelog_manifest_list_size: Option<i64>,
    /// Index manifest: hash indexes, deletion vectors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index_manifest: Option<String>,
    /// Who committed.
    pub commit_user: String,
    /// Free text naming the writing program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writer_version: Option<String>,
    /// Identifies the commit among those of its user; `i64::MAX` for batch jobs.
    pub commit_identifier: i64,
    /// Kind of the commit.
    pub commit_kind: CommitKind,
    /// Milliseconds since the epoch.
    pub time_millis: i64,
    /// Physical rows of all live files.
    #[serde(default)]
    pub total_record_count: i64,
    /// Physical rows added minus removed by this snapshot.
    #[serde(default)]
    pub delta_record_count: i64,
    /// Rows of the changelog files of this snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changelog_record_count: Option<i64>,
    /// Event-time watermark; `i64::MIN` means none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watermark: Option<i64>,
    /// Statistics file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statistics: Option<String>,
    /// Free properties.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<IndexMap<String, String>>,
    /// Next row id of row-tracking tables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_row_id: Option<i64>,
    /// The statement behind the commit; a word Java does not know makes it fail, so only its words are written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
}

impl Snapshot {
    /// Reads a snapshot file; unknown fields are ignored, as Java does. [`crate::ErrorKind::Corrupt`] for what is not a
    /// snapshot, [`crate::ErrorKind::Unsupported`] for a version after [`SNAPSHOT_VERSION`].
    pub fn from_json(bytes: &[u8]) -> Result<Self> {
        let snapshot: Self = serde_json::from_slice(bytes)
            .map_err(|e| Error::corrupt("not a snapshot").with_source(e))?;
        if snapshot.version > SNAPSHOT_VERSION {
            return Err(Error::unsupported(format!(
                "snapshot of version {}; this build reads versions up to {SNAPSHOT_VERSION}",
                snapshot.version
            )));
        }
        if snapshot.id < FIRST_SNAPSHOT_ID {
            return Err(Error::corrupt(format!("snapshot with id {}", snapshot.id)));
        }
        Ok(snapshot)
    }

    /// The file's text, as Java writes it.
    pub fn to_json(&self) -> Result<String> {
        crate::json::to_pretty(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    macro_rules! vector {
        ($name:literal) => {
            include_str!(concat!("../tests/vectors/", $name))
        };
    }

    #[test]
    fn java_s_snapshots_are_written_back_byte_for_byte() {
        for json in [
            vector!("snapshot-append.json"),
            vector!("snapshot-changelog.json"),
            vector!("snapshot-properties.json"),
            vector!("snapshot-statistics.json"),
        ] {
            let snapshot = Snapshot::from_json(json.as_bytes()).unwrap();
            assert_eq!(snapshot.to_json().unwrap(), json);
        }
    }

    #[test]
    fn old_snapshots_are_read() {
        let snapshot = Snapshot::from_json(vector!("snapshot-0.4.json").as_bytes()).unwrap();
        assert_eq!((snapshot.id, snapshot.commit_kind), (1, CommitKind::Append));
        assert_eq!((snapshot.uuid, snapshot.changelog_manifest_list), (None, None));
    }

    #[test]
    fn what_is_not_a_snapshot_is_refused() {
        let good = vector!("snapshot-append.json");
        for (from, to, kind) in [
            ("\"version\" : 3", "\"version\" : 4", ErrorKind::Unsupported),
            ("\"id\" : 1", "\"id\" : 0", ErrorKind::Corrupt),
            ("\"deltaManifestList\"", "\"deltaManifestLisp\"", ErrorKind::Corrupt),
            ("APPEND", "APPENDED", ErrorKind::Corrupt),
        ] {
            let bad = good.replacen(from, to, 1);
            assert_ne!(bad, good);
            assert_eq!(Snapshot::from_json(bad.as_bytes()).unwrap_err().kind(), kind, "{to}");
        }
        for end in 0..good.len() {
            assert!(Snapshot::from_json(&good.as_bytes()[..end]).is_err());
        }
    }
}
