//! `statistics/stat-<uuid>-0`: format.md §2.6, `org.apache.paimon.stats.{Statistics, ColStats}`.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// What an `ANALYZE` found out about a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TableStatistics {
    /// The snapshot that was looked at.
    pub snapshot_id: i64,
    /// Its schema.
    pub schema_id: i64,
    /// Rows after merging.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_record_count: Option<i64>,
    /// Bytes after merging.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_record_size: Option<i64>,
    /// By column, in the order of the file.
    #[serde(default)]
    pub col_stats: IndexMap<String, ColumnStatistics>,
}

/// What is known about one column; field order is the order in the JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ColumnStatistics {
    /// Field id.
    pub col_id: i32,
    /// Different values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distinct_count: Option<i64>,
    /// Least value, as CAST to STRING writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<String>,
    /// Greatest value, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<String>,
    /// Nulls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub null_count: Option<i64>,
    /// Average bytes of a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avg_len: Option<i64>,
    /// Most bytes of a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_len: Option<i64>,
}

impl TableStatistics {
    /// Reads a statistics file.
    ///
    /// # Errors
    /// `Corrupt` for what is none.
    pub fn from_json(bytes: &[u8]) -> Result<Self> {
        serde_json::from_slice(bytes)
            .map_err(|e| Error::corrupt("not a statistics file").with_source(e))
    }

    /// [`TableStatistics::col_stats`] as Java's pretty printer lays them out.
    pub fn col_stats_json(&self) -> Result<String> {
        crate::json::to_pretty(&self.col_stats)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_shown_as_they_were_written() {
        let text = "{\n  \"snapshotId\" : 2,\n  \"schemaId\" : 1,\n  \"colStats\" : {\n    \"p\" : {\n      \
                    \"colId\" : 0,\n      \"min\" : \"a\"\n    }\n  }\n}";
        let statistics = TableStatistics::from_json(text.as_bytes()).unwrap();
        assert_eq!((statistics.snapshot_id, statistics.merged_record_count), (2, None));
        let shown = "{\n  \"p\" : {\n    \"colId\" : 0,\n    \"min\" : \"a\"\n  }\n}";
        assert_eq!(statistics.col_stats_json().unwrap(), shown);
        assert!(TableStatistics::from_json(b"[]").is_err());
    }
}
