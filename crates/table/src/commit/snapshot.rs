//! The next snapshot, every field as Java fills it: `FileStoreCommitImpl.tryCommitOnce`, format.md §2.1, §13.3.

use rimon_spec::{CommitKind, Error, FIRST_SNAPSHOT_ID, FileKind, ManifestEntry, Result, Snapshot};

/// Version of the snapshot JSON.
const VERSION: i32 = 3;
/// What `writerVersion` says.
const WRITER_VERSION: &str = concat!("rimon-", env!("CARGO_PKG_VERSION"));

/// What the next snapshot is made of.
#[derive(Debug)]
pub(crate) struct NextSnapshot<'a> {
    pub(crate) base: Option<&'a Snapshot>,
    pub(crate) uuid: String,
    pub(crate) schema_id: i64,
    pub(crate) base_list: (String, i64),
    pub(crate) index_manifest: Option<String>,
    pub(crate) delta_list: (String, i64),
    pub(crate) user: &'a str,
    pub(crate) identifier: i64,
    pub(crate) kind: CommitKind,
    pub(crate) now_millis: i64,
    pub(crate) entries: &'a [ManifestEntry],
    pub(crate) watermark: Option<i64>,
}

/// The id of the snapshot after `base`.
///
/// # Errors
/// `Corrupt` when ids overflow.
pub(crate) fn id_after(base: Option<&Snapshot>) -> Result<i64> {
    let Some(base) = base else { return Ok(FIRST_SNAPSHOT_ID) };
    base.id.checked_add(1).ok_or_else(|| Error::corrupt("the table's snapshot ids overflow"))
}

impl NextSnapshot<'_> {
    /// The snapshot after `base`.
    ///
    /// # Errors
    /// `Corrupt` when counts or ids overflow.
    pub(crate) fn build(self) -> Result<Snapshot> {
        let overflow = || Error::corrupt("the table's record counts overflow");
        let id = id_after(self.base)?;
        let delta = record_count(self.entries).ok_or_else(overflow)?;
        let previous = self.base.map_or(0, |s| s.total_record_count);
        let statistics = self.inherited_statistics();
        Ok(Snapshot {
            version: VERSION,
            uuid: Some(self.uuid),
            id,
            schema_id: self.schema_id,
            base_manifest_list: self.base_list.0,
            base_manifest_list_size: Some(self.base_list.1),
            delta_manifest_list: self.delta_list.0,
            delta_manifest_list_size: Some(self.delta_list.1),
            changelog_manifest_list: None,
            changelog_manifest_list_size: None,
            index_manifest: self.index_manifest,
            commit_user: self.user.to_owned(),
            writer_version: Some(WRITER_VERSION.to_owned()),
            commit_identifier: self.identifier,
            commit_kind: self.kind,
            time_millis: self.now_millis,
            total_record_count: previous.checked_add(delta).ok_or_else(overflow)?,
            delta_record_count: delta,
            changelog_record_count: None,
            watermark: self.watermark.max(self.base.and_then(|s| s.watermark)),
            statistics,
            properties: None,
            next_row_id: Some(self.base.and_then(|s| s.next_row_id).unwrap_or(0)),
            operation: None,
        })
    }

    /// Statistics stay while the schema does.
    fn inherited_statistics(&self) -> Option<String> {
        self.base.filter(|s| s.schema_id == self.schema_id).and_then(|s| s.statistics.clone())
    }
}

/// Rows of added files minus rows of deleted files; `None` on overflow.
fn record_count(entries: &[ManifestEntry]) -> Option<i64> {
    entries.iter().try_fold(0i64, |count, entry| match entry.kind {
        FileKind::Add => count.checked_add(entry.file.row_count),
        FileKind::Delete => count.checked_sub(entry.file.row_count),
    })
}
