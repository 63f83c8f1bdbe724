//! The manifests of what a commit changes, and with `sequence.snapshot-ordering` the sequence numbers in them
//! (`FileStoreCommitImpl.stampSequenceWithSnapshotId`).

use rimon_metadata::{ManifestWriter, ManifestWriterOptions};
use rimon_spec::{CommitKind, FileKind, ManifestEntry, Result};

use super::changes::Changes;
use crate::table::Table;

/// Entries that were written, for one snapshot or for whichever it is.
#[derive(Debug)]
pub(super) struct Delta {
    pub(super) writer: ManifestWriter,
    /// Name and size of the manifest list.
    pub(super) list: (String, i64),
    /// The entries with the snapshot they are for, where they name it.
    stamped: Option<(i64, Vec<ManifestEntry>)>,
}

/// Whether entries name the snapshot that they are committed in: files of a compaction do not, their rows have the
/// snapshots of the rows that they are made of.
pub(super) fn names_snapshot(table: &Table, changes: &Changes) -> bool {
    table.orders_by_snapshot() && changes.kind != CommitKind::Compact
}

impl Delta {
    /// Writes the entries; `snapshot`: the one that they name, if they do. Nothing is left behind on an error.
    pub(super) async fn write(
        table: &Table,
        options: &ManifestWriterOptions,
        entries: &[ManifestEntry],
        snapshot: Option<i64>,
    ) -> Result<Self> {
        let stamped = snapshot.map(|id| (id, stamp(entries, id)));
        let entries = stamped.as_ref().map_or(entries, |(_, entries)| entries);
        let writer = super::attempt::writer(table, options);
        let written = match writer.write_manifests(entries).await {
            Ok(manifests) => writer.write_list(&manifests).await,
            Err(error) => Err(error),
        };
        match written {
            Ok(list) => Ok(Self { writer, list, stamped }),
            Err(error) => {
                writer.discard().await;
                Err(error)
            }
        }
    }

    /// Whether the entries may go into a snapshot.
    pub(super) fn fits(&self, snapshot: i64) -> bool {
        self.stamped.as_ref().is_none_or(|(id, _)| *id == snapshot)
    }

    /// The entries as they are in the manifests, where they are not those of the changes.
    pub(super) fn stamped_entries(&self) -> Option<&[ManifestEntry]> {
        self.stamped.as_ref().map(|(_, entries)| entries.as_slice())
    }
}

/// New files get the id of the snapshot as their only sequence number; files that go away keep theirs.
fn stamp(entries: &[ManifestEntry], snapshot: i64) -> Vec<ManifestEntry> {
    let mut entries = entries.to_vec();
    for entry in entries.iter_mut().filter(|entry| entry.kind == FileKind::Add) {
        entry.file.min_sequence_number = snapshot;
        entry.file.max_sequence_number = snapshot;
    }
    entries
}
