//! The steps of planning: from a snapshot to the splits that a read has to open. [`crate::TableScan`] takes them.
//!
//! `travel` finds the snapshot, `entries` reads its manifests, `prune` drops files that cannot matter,
//! `append_splits`, `evolution_splits` and `merge_tree_splits` group the rest. `incremental` finds the snapshots whose
//! changes are asked for.

mod append_splits;
mod deletions;
mod entries;
mod evolution_splits;
mod file_index;
mod incremental;
mod local_time;
mod merge_tree_splits;
mod packing;
mod prune;
mod split;
mod travel;

pub(crate) use append_splits::append_splits;
pub(crate) use deletions::DeletionIndex;
pub use deletions::{DeletionFile, Deletions};
pub(crate) use entries::by_bucket;
pub use entries::{LiveFiles, live_files};
pub(crate) use evolution_splits::{evolution_splits, row_ids};
pub(crate) use file_index::indexed_rows;
pub(crate) use incremental::{ChangeFiles, Increment, files_of, increment};
pub(crate) use local_time::local_millis;
pub(crate) use merge_tree_splits::merge_tree_splits;
pub(crate) use prune::{
    BucketChoice, BucketFilter, FileFilter, FileStats, PartitionFilter, VersionOrder, drop_unneeded,
};
pub use split::{Before, Split, SplitKind};
pub use travel::Travel;
pub(crate) use travel::compacted;
