//! From rows to buckets, whatever the table's bucket mode: `BucketMode.java`.

use std::sync::Arc;

use arrow::array::{Int8Array, RecordBatch};
use hashbrown::HashMap;
use rimon_spec::{BinaryRow, Result};

use super::bucket::{BucketAssigner, assigner};
use super::cross_partition::CrossPartition;
use super::dynamic::{DynamicBuckets, KeyChanges};
use super::files::OpenFiles;
use super::message::{CommitMessage, KeysBase};
use super::route::Router;
use super::stage::Placed;
use crate::table::Table;

/// `_TOTAL_BUCKETS` of files with rows that are not bound to a number of buckets.
const UNBOUND: i32 = -1;

/// Gives rows their buckets.
#[derive(Debug)]
pub(crate) enum Assigner {
    /// The row says it.
    OfRow(Box<dyn BucketAssigner>),
    /// The hash indexes of the partition say it.
    Dynamic(Box<DynamicBuckets>),
    /// The keys of the whole table say it.
    CrossPartition(Box<CrossPartition>),
}

/// What the messages of one commit say of the keys of its rows.
#[derive(Debug)]
pub(crate) enum Keys {
    /// Nothing.
    None,
    /// By partition.
    Changes(HashMap<BinaryRow, KeyChanges>),
    /// The same for all.
    All(Arc<KeysBase>),
}

impl Keys {
    /// Tells every message what its buckets rely on, and brings the index files.
    pub(crate) fn add_to(self, messages: &mut Vec<CommitMessage>) {
        match self {
            Self::None => {}
            Self::All(base) => messages.iter_mut().for_each(|m| m.keys = Some(base.clone())),
            Self::Changes(changes) => {
                for (partition, change) in changes {
                    add_changes(&partition, change, messages);
                }
            }
        }
    }
}

fn add_changes(partition: &BinaryRow, change: KeyChanges, messages: &mut Vec<CommitMessage>) {
    for message in messages.iter_mut().filter(|m| m.partition == *partition) {
        message.keys = Some(change.base.clone());
    }
    for file in change.files {
        let same = |m: &&mut CommitMessage| m.partition == *partition && m.bucket == file.bucket;
        if let Some(message) = messages.iter_mut().find(same) {
            message.index.push(file);
            continue;
        }
        let mut message =
            CommitMessage::of_new_files(partition.clone(), file.bucket, UNBOUND, Vec::new());
        message.keys = Some(change.base.clone());
        message.index.push(file);
        messages.push(message);
    }
}

impl Assigner {
    /// The assigner of a table.
    ///
    /// # Errors
    /// `Invalid` options and keys.
    pub(crate) fn of(table: &Table) -> Result<Self> {
        let (schema, options) = (table.schema(), table.options());
        Ok(match options.bucket {
            -1 if schema.is_cross_partition() => {
                Self::CrossPartition(Box::new(CrossPartition::new(table)?))
            }
            -1 if schema.has_primary_key() => Self::Dynamic(Box::new(DynamicBuckets::new(table)?)),
            _ => Self::OfRow(assigner(schema, options)?),
        })
    }

    /// The table's keys go away with its rows: all rows have new keys.
    pub(crate) fn forget_keys(&mut self) {
        match self {
            Self::OfRow(_) => {}
            Self::Dynamic(dynamic) => dynamic.forget_keys(),
            Self::CrossPartition(cross) => cross.forget_keys(),
        }
    }

    /// What `_TOTAL_BUCKETS` of the files is.
    pub(crate) fn total_buckets(&self) -> i32 {
        match self {
            Self::OfRow(assigner) => assigner.total_buckets(),
            Self::Dynamic(_) | Self::CrossPartition(_) => UNBOUND,
        }
    }

    /// The rows to be written for a batch, with partitions and buckets.
    ///
    /// # Errors
    /// Those of reading what the table knows of keys.
    pub(crate) async fn place(
        &mut self,
        batch: RecordBatch,
        kinds: Option<Int8Array>,
        router: &mut Router,
    ) -> Result<Placed> {
        let partitions = router.partitions(&batch)?;
        let buckets = match self {
            Self::OfRow(assigner) => assigner.assign(&batch)?,
            Self::Dynamic(dynamic) => dynamic.assign(&batch, &partitions, router).await?,
            Self::CrossPartition(cross) => {
                return cross.place(batch, kinds, partitions, router).await;
            }
        };
        Ok(Placed { batch, kinds, partitions, buckets })
    }

    /// Completes what a commit has to say of keys.
    ///
    /// # Errors
    /// Those of writing index files.
    pub(crate) async fn prepare(
        &mut self,
        open: &OpenFiles,
        router: &Router,
        user: &str,
    ) -> Result<Keys> {
        Ok(match self {
            Self::OfRow(_) => Keys::None,
            Self::Dynamic(dynamic) => Keys::Changes(dynamic.prepare(open, router).await?),
            Self::CrossPartition(cross) => Keys::All(cross.base(user).await?),
        })
    }
}
