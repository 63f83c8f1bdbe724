//! The files that buckets have before they are compacted.

use hashbrown::{HashMap, HashSet};
use rimon_spec::{BinaryRow, DataFileMeta, ManifestEntry, Result};

use crate::table::Table;
use crate::write::restore::latest_entries;

type BucketId = (BinaryRow, i32);

/// The live files of some buckets.
#[derive(Debug, Default)]
pub(in crate::write) struct BucketBase {
    files: HashMap<BucketId, Vec<DataFileMeta>>,
    /// `_TOTAL_BUCKETS` of each bucket's files.
    totals: HashMap<BucketId, i32>,
}

impl BucketBase {
    /// Those that the latest snapshot has of `buckets`.
    ///
    /// # Errors
    /// `Corrupt` metadata; what the storage says.
    pub(in crate::write) async fn latest(table: &Table, buckets: &[BucketId]) -> Result<Self> {
        let wanted: HashSet<(&BinaryRow, i32)> = buckets.iter().map(|(p, b)| (p, *b)).collect();
        let of_buckets = |entry: &ManifestEntry| wanted.contains(&(&entry.partition, entry.bucket));
        let entries = latest_entries(table, of_buckets).await?;
        let mut base = Self::default();
        for entry in entries.into_iter().flat_map(|(_, entries)| entries) {
            let id = (entry.partition, entry.bucket);
            base.totals.insert(id.clone(), entry.total_buckets);
            base.files.entry(id).or_default().push(entry.file);
        }
        Ok(base)
    }

    /// Takes the files of a bucket out.
    pub(in crate::write) fn take(&mut self, id: &BucketId) -> Vec<DataFileMeta> {
        self.files.remove(id).unwrap_or_default()
    }

    /// The number of buckets that the files of a bucket were written for; `None` when it has no file.
    pub(in crate::write) fn total(&self, id: &BucketId) -> Option<i32> {
        self.totals.get(id).copied()
    }
}
