//! Checking an attempt's changes against its base: which of the checks of [`super::conflict`] its kind needs.

use hashbrown::HashSet;
use rimon_spec::manifest::live_entries;
use rimon_spec::{CommitKind, DataType, ManifestEntry, Result, Snapshot};

use super::attempt::Attempt;
use super::conflict::{check_buckets, check_compacted, check_files};
use super::outcome::CommitConflict;

impl Attempt<'_> {
    /// Checks the changes against `base`, as far as their kind needs.
    pub(super) async fn check(&self, base: &Snapshot) -> Result<Option<CommitConflict>> {
        // New rows are in level 0, where nothing can be in conflict with them.
        let low = self.changes.entries.iter().all(|entry| entry.file.level == 0);
        if self.changes.kind == CommitKind::Append && low {
            return self.check_new_buckets(base).await;
        }
        let manifests = self.table.handle().manifests();
        let read = manifests.read_manifests(&manifests.data_manifests(base).await?).await?;
        let partitions: HashSet<_> =
            self.changes.entries.iter().map(|change| &change.partition).collect();
        let changed = |e: &&ManifestEntry| partitions.contains(&e.partition);
        let entries = read.iter().flat_map(|e| e.iter()).filter(changed).cloned().collect();
        let live = live_entries(entries);
        if let Some(conflict) = check_compacted(&live, &self.changes.compacted) {
            return Ok(Some(conflict));
        }
        let key_types: Option<Vec<DataType>> = self.table.has_primary_key().then(|| {
            self.table.schema().key_fields().iter().map(|f| f.data_type.clone()).collect()
        });
        check_files(&live, &self.changes.entries, self.changes.kind, key_types.as_deref())
    }

    /// New rows only need their partition to have the number of buckets they were written for. Writers have checked
    /// that up to a snapshot; what came later is checked here.
    async fn check_new_buckets(&self, base: &Snapshot) -> Result<Option<CommitConflict>> {
        let buckets = &self.changes.buckets;
        let Some(checked) = buckets.iter().map(|b| b.checked).min() else { return Ok(None) };
        if checked.is_some_and(|id| id >= base.id) {
            return Ok(None);
        }
        let handle = self.table.handle();
        let mut manifests = Vec::new();
        let mut from = checked.map_or(i64::MAX, |id| id.saturating_add(1));
        while from < base.id {
            match handle.snapshots().find(from).await? {
                Some(snapshot) => {
                    manifests.extend(handle.manifests().delta_manifests(&snapshot).await?);
                }
                // Expired meanwhile: everything is looked at.
                None => from = i64::MAX - 1,
            }
            from += 1;
        }
        if from == base.id {
            manifests.extend(handle.manifests().delta_manifests(base).await?);
        } else {
            manifests = handle.manifests().data_manifests(base).await?;
        }
        for read in handle.manifests().read_manifests(&manifests).await? {
            if let Some(conflict) = check_buckets(read.iter(), buckets) {
                return Ok(Some(conflict));
            }
        }
        Ok(None)
    }
}
