//! Manifests: which files belong to the table. format.md §6–§8.

mod avro;
pub mod codec;
mod data_file;
mod entry;
mod index;
mod list;
pub mod merge;
mod stats;
#[cfg(test)]
mod tests;
pub mod wire;

pub use data_file::{DataFileMeta, FileSource};
pub use entry::{FileIdentifier, FileKind, ManifestEntry};
pub use index::{DeletionVectorRange, GlobalIndexMeta, IndexManifestEntry};
pub use list::ManifestFileMeta;
pub use merge::{live_entries, merge_entries};
pub use stats::SimpleStats;
