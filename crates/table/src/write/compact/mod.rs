//! Compaction of the buckets that a writer has written to, before it hands its files over: `MergeTreeWriter.java`,
//! `MergeTreeCompactManager.java`.
//!
//! `base` looks at the files that a bucket has, `bucket` merges them, `idle` does so without new rows.

mod base;
mod bucket;
mod idle;

pub(super) use base::BucketBase;
pub(super) use bucket::Compactor;

use rimon_spec::TableOptions;
use rimon_spec::options::MergeEngine;

/// Whether writers of the table compact what they write. With `sequence.snapshot-ordering` they cannot: rows have their age
/// once they are committed.
pub(super) fn compacts(options: &TableOptions) -> bool {
    options.has_primary_key
        && options.merge_engine == MergeEngine::FirstRow
        && !options.write_only
        && !options.snapshot_sequence_ordering
        && options.bucket != super::writer::POSTPONE_BUCKET
}
