//! Making written files visible: format.md §13–§15, `FileStoreCommitImpl.java`.
//!
//! [`TableCommitter::commit`] turns the messages of writers into manifest entries, writes them once, and then tries:
//! read the latest snapshot, check that the changes can be combined with it, merge its manifests, write the next
//! snapshot and publish it. The identity of a commit is the name of its own manifest list, a random one that every
//! try carries: whatever a store answered, a snapshot with that name is this commit.

mod append;
mod attempt;
mod changes;
mod cleanup;
mod committer;
mod conflict;
mod delta;
mod identity;
mod index_files;
mod keys;
mod manifest_merge;
mod outcome;
mod overwrite;
mod publish;
mod rest;
mod restart;
mod retry;
mod snapshot;
mod validate;

#[cfg(test)]
pub(crate) mod tests;

pub use committer::TableCommitter;
pub use outcome::{CommitConflict, CommitOutcome, UnknownCommit};
pub use overwrite::Overwrite;

/// Identifier of batch commits, whose user is new for every job.
pub const BATCH_COMMIT: i64 = i64::MAX;
