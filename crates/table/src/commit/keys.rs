//! Whether rows are still in the right dynamic buckets: no two commits may choose buckets for the same keys unseen.
//!
//! Java has no such check: of two hash indexes of a bucket the last one wins, and the keys of the other one get a second
//! bucket when they come again.

use std::collections::BTreeMap;
use std::sync::Arc;

use rimon_spec::index::hash_index::INDEX_TYPE;
use rimon_spec::{BinaryRow, CommitKind, Result, Snapshot};

use super::attempt::Attempt;
use super::outcome::CommitConflict;
use crate::write::KeysBase;

/// A bucket with new rows, and what its choice relies on.
#[derive(Debug, Clone)]
pub(crate) struct ChosenBucket {
    pub(crate) partition: BinaryRow,
    pub(crate) bucket: i32,
    pub(crate) base: Arc<KeysBase>,
}

impl Attempt<'_> {
    /// Checks the choices of buckets against `base`.
    pub(super) async fn check_keys(
        &self,
        base: Option<&Snapshot>,
    ) -> Result<Option<CommitConflict>> {
        let chosen = &self.changes.chosen;
        if chosen.is_empty() {
            return Ok(None);
        }
        let entries = match base {
            Some(base) => self.table.manifests().index_entries(base).await?,
            None => Vec::new(),
        };
        let latest = base.map_or(0, |base| base.id);
        for choice in chosen {
            let conflict = match choice.base.as_ref() {
                KeysBase::Hash { snapshot, files, grown } => {
                    let own = entries
                        .iter()
                        .filter(|e| e.index_type == INDEX_TYPE && e.partition == choice.partition);
                    let now = own.map(|e| (e.bucket, e.file_name.clone())).collect();
                    !unchanged(files, &now, choice.bucket, *grown)
                        && (*grown
                            || !now.contains_key(&choice.bucket)
                            || self.overwritten_since(*snapshot, latest).await?)
                }
                KeysBase::Alone { snapshot } => self.written_since(*snapshot, latest).await?,
            };
            if conflict {
                let conflict = CommitConflict::new(format!(
                    "others wrote keys after this writer chose its buckets (bucket {})",
                    choice.bucket
                ));
                return Ok(Some(conflict.with_hint("write the rows again")));
            }
        }
        Ok(None)
    }

    /// Whether a snapshot after `since` took rows away.
    async fn overwritten_since(&self, since: i64, latest: i64) -> Result<bool> {
        self.any_since(since, latest, |s| s.commit_kind == CommitKind::Overwrite).await
    }

    /// Whether anybody else wrote rows after `since`.
    async fn written_since(&self, since: i64, latest: i64) -> Result<bool> {
        let user = &self.identity.user;
        let others = |s: &Snapshot| {
            s.commit_user != *user
                && matches!(s.commit_kind, CommitKind::Append | CommitKind::Overwrite)
        };
        self.any_since(since, latest, others).await
    }

    /// A snapshot that expired meanwhile counts.
    async fn any_since(
        &self,
        since: i64,
        latest: i64,
        test: impl Fn(&Snapshot) -> bool,
    ) -> Result<bool> {
        let snapshots = self.table.snapshots();
        for id in since.saturating_add(1)..=latest {
            match snapshots.find(id).await? {
                Some(snapshot) if !test(&snapshot) => {}
                _ => return Ok(true),
            }
        }
        // The table may have been rolled back to before what was looked at.
        Ok(latest < since)
    }
}

/// Whether the index files of a partition are still those that a writer knew. For rows with known keys only, their own
/// bucket matters.
fn unchanged(
    before: &BTreeMap<i32, String>,
    now: &BTreeMap<i32, String>,
    bucket: i32,
    grown: bool,
) -> bool {
    if grown { before == now } else { before.get(&bucket) == now.get(&bucket) }
}
