//! Whether rows are still in the right dynamic buckets: no two commits may choose buckets for the same keys unseen.
//!
//! Java has no such check: of two hash indexes of a bucket the last one wins, and the keys of the other one get a second
//! bucket when they come again.

use std::collections::BTreeMap;
use std::sync::Arc;

use rimon_spec::index::hash_index::INDEX_TYPE;
use rimon_spec::{BinaryRow, Result, Snapshot};

use super::attempt::Attempt;
use super::outcome::CommitConflict;
use crate::history::{overwritten_since, written_by_others};
use crate::write::{CommitMessage, KeysBase};

/// A bucket with new rows, and what its choice relies on.
#[derive(Debug, Clone)]
pub(crate) struct ChosenBucket {
    pub(crate) partition: BinaryRow,
    pub(crate) bucket: i32,
    pub(crate) base: Arc<KeysBase>,
}

impl ChosenBucket {
    /// Whether checking this one checks those of `message`: the keys of a whole table are the same for all buckets.
    pub(super) fn covers(&self, message: &CommitMessage) -> bool {
        let alone = matches!(self.base.as_ref(), KeysBase::Alone { .. });
        alone && message.keys.as_ref() == Some(&self.base)
    }
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
                            || overwritten_since(self.table, *snapshot, latest).await?)
                }
                KeysBase::Alone { snapshot } => {
                    written_by_others(self.table, &self.identity.user, *snapshot, latest).await?
                }
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
