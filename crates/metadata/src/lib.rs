//! The table directory except its data files: schemas, snapshots, manifests, tags, and their atomic
//! publish.
//!
//! [`Storage`] is the only way to files; [`TableHandle`] is what a catalog gives to whoever reads or
//! writes a table; every conditional write goes through [`Storage::create`], every publish of a
//! snapshot through [`SnapshotCommit`].

mod branch_store;
mod changelog_store;
mod commit;
mod consumer_store;
mod failure;
mod handle;
mod hint;
pub mod invariants;
mod layout;
mod local;
mod manifest_cache;
mod manifest_store;
mod manifest_writer;
mod object;
mod schema_store;
mod snapshot_store;
mod storage;
mod tag_store;
pub mod testing;

pub use branch_store::BranchStore;
pub use changelog_store::ChangelogStore;
pub use commit::{CommitListener, CreateIfAbsentCommit, Publish, SnapshotCommit};
pub use consumer_store::ConsumerStore;
pub use handle::TableHandle;
pub use layout::{Branch, Layout};
pub use local::{LocalFs, OsFs};
pub use manifest_cache::ManifestCache;
pub use manifest_store::{ManifestFormats, ManifestStore};
pub use manifest_writer::{ManifestWriter, ManifestWriterOptions};
pub use object::Created;
pub use schema_store::SchemaStore;
pub use snapshot_store::SnapshotStore;
pub use storage::{FileEntry, Storage};
pub use tag_store::TagStore;
