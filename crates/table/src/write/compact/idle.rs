//! Compacting buckets that nothing is written to.

use std::sync::Arc;

use rimon_spec::{BinaryRow, Result};

use super::{BucketBase, Compactor, compacts};
use crate::table::Table;
use crate::write::files::OpenFiles;
use crate::write::message::CommitMessage;

/// Memory of a compaction.
const MEMORY: usize = 64 << 20;

impl Table {
    /// Messages that compact what is in level 0 of buckets; none where there is nothing, and for tables whose writers do not
    /// compact.
    ///
    /// # Errors
    /// Those of reading and writing; what was written is deleted.
    pub(crate) async fn compactions(
        &self,
        buckets: &[(BinaryRow, i32)],
    ) -> Result<Vec<CommitMessage>> {
        if !compacts(self.options()) {
            return Ok(Vec::new());
        }
        let open: Arc<OpenFiles> = Arc::default();
        let compacted = self.compact_into(buckets, &open).await;
        match compacted {
            Ok(messages) => {
                self.storage().sync(&open.take()).await?;
                Ok(messages)
            }
            Err(error) => {
                open.delete_all(self.storage()).await;
                Err(error)
            }
        }
    }

    async fn compact_into(
        &self,
        buckets: &[(BinaryRow, i32)],
        open: &Arc<OpenFiles>,
    ) -> Result<Vec<CommitMessage>> {
        let compactor = Compactor::new(self.clone(), Arc::clone(open), MEMORY);
        let mut base = BucketBase::latest(self, buckets).await?;
        let mut messages = Vec::new();
        for id in buckets {
            let Some(total) = base.total(id) else { continue };
            if let Some(compacted) = compactor.run(id, base.take(id)).await? {
                let mut message =
                    CommitMessage::of_new_files(id.0.clone(), id.1, total, Vec::new());
                compacted.add_to(&mut message);
                messages.push(message);
            }
        }
        Ok(messages)
    }
}
