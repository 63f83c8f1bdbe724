//! What a filter says about partitions, buckets and files. Dropping is always safe: only what cannot match is dropped.
//!
//! `partitions` puts the partition's values into the filter; what is left of it (the *rest*) is true for exactly the
//! rows of that partition that pass, and `buckets` and `files` are asked for the rest. `versions` says which files of
//! a merge no row that passes depends on.

mod buckets;
mod files;
mod partitions;
mod stats;
mod versions;

pub(crate) use buckets::{BucketChoice, BucketFilter};
pub(crate) use files::{FileFilter, FileStats};
pub(crate) use partitions::PartitionFilter;
pub(crate) use versions::{VersionOrder, drop_unneeded};
