//! Where a bucket stands before it is written to: format.md §16, `AbstractFileStoreWrite.java`.

use hashbrown::HashMap;
use rimon_spec::manifest::live_entries;
use rimon_spec::{BinaryRow, Error, ManifestEntry, Result};

use crate::table::Table;

/// The live files of a snapshot as far as writers care.
#[derive(Debug, Default)]
pub(crate) struct Restored {
    /// The snapshot that was looked at; 0 when there is none yet.
    snapshot: i64,
    /// Greatest sequence number of each bucket's files, over all of them.
    sequences: HashMap<(BinaryRow, i32), i64>,
    /// Number of buckets of each partition.
    totals: HashMap<BinaryRow, i32>,
}

/// The latest snapshot, and of its live entries those that are wanted; `None`: there is no snapshot yet.
///
/// # Errors
/// `Corrupt` metadata; what the storage says.
pub(super) async fn latest_entries(
    table: &Table,
    wanted: impl Fn(&ManifestEntry) -> bool,
) -> Result<Option<(i64, Vec<ManifestEntry>)>> {
    let Some(snapshot) = table.snapshots().latest().await? else { return Ok(None) };
    let manifests = table.handle().manifests();
    let metas = manifests.data_manifests(&snapshot).await?;
    let read = manifests.read_manifests(&metas).await?;
    let entries = read.iter().flat_map(|entries| entries.iter()).filter(|entry| wanted(entry));
    Ok(Some((snapshot.id, live_entries(entries.cloned().collect()))))
}

impl Restored {
    /// Reads the latest snapshot.
    ///
    /// # Errors
    /// `Corrupt` metadata; what the storage says.
    pub(crate) async fn load(table: &Table) -> Result<Self> {
        let Some((snapshot, entries)) = latest_entries(table, |_| true).await? else {
            return Ok(Self::default());
        };
        let mut restored = Self { snapshot, ..Self::default() };
        for entry in entries {
            if entry.total_buckets > 0 {
                restored.totals.insert(entry.partition.clone(), entry.total_buckets);
            }
            let last = entry.file.max_sequence_number;
            let greatest =
                restored.sequences.entry((entry.partition, entry.bucket)).or_insert(last);
            *greatest = last.max(*greatest);
        }
        Ok(restored)
    }

    /// The snapshot that was looked at; 0 when there was none.
    pub(crate) fn snapshot(&self) -> i64 {
        self.snapshot
    }

    /// The first sequence number a writer of the bucket may use.
    pub(crate) fn next_sequence(&self, partition: &BinaryRow, bucket: i32) -> Result<i64> {
        match self.sequences.get(&(partition.clone(), bucket)) {
            None => Ok(0),
            Some(last) => last
                .checked_add(1)
                .ok_or_else(|| Error::exhausted("the bucket is out of sequence numbers")),
        }
    }

    /// Refuses to write a partition for another number of buckets than it has.
    ///
    /// # Errors
    /// `Conflict`.
    pub(crate) fn check_total(&self, partition: &BinaryRow, total: i32) -> Result<()> {
        match self.totals.get(partition) {
            Some(previous) if *previous != total => Err(Error::conflict(format!(
                "the partition has {previous} buckets, but the table's option says {total}"
            ))
            .with_hint("overwrite the partition to change its number of buckets")),
            _ => Ok(()),
        }
    }
}
