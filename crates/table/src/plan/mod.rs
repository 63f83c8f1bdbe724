//! Planning: from a snapshot to the splits that a read has to open.
//!
//! `travel` finds the snapshot, `entries` reads its manifests, `prune` drops files that cannot matter,
//! `append_splits` and `merge_tree_splits` group the rest.

mod append_splits;
mod deletions;
mod entries;
mod file_index;
mod merge_tree_splits;
mod packing;
mod prune;
mod scan;
mod split;
mod travel;

pub use deletions::{DeletionFile, Deletions};
pub use entries::{LiveFiles, live_files};
pub(crate) use file_index::indexed_rows;
pub use scan::{Plan, PlanReport, TableScan};
pub use split::{Split, SplitKind};
pub use travel::Travel;
