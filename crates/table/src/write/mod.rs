//! Writing rows into data files: format.md §7–§9, `TableWriteImpl.java`.
//!
//! A [`TableWriter`] checks and casts batches (`normalize`), gives them buckets (`assign`), splits them by partition and bucket (`route`) and hands
//! them to one background task per bucket (`worker`), which encodes them: directly (`append`) or sorted and merged
//! by the LSM engine (`merge_tree`). Where rows show once they are compacted, `compact` does that. [`TableWriter::prepare_commit`] gives the messages that
//! `TableCommitter::commit` takes. Nothing is visible before that.

mod append;
mod assign;
mod bucket;
mod bucket_writer;
mod budget;
mod builder;
mod cast;
mod compact;
mod cross_partition;
mod data_file;
mod dynamic;
mod encoding;
mod files;
mod kernel;
mod kinds;
mod merge_tree;
mod message;
mod normalize;
mod part;
mod postpone;
mod restore;
mod rolling;
mod route;
mod spill;
mod spilling;
mod stage;
mod waiting;
mod worker;
mod writer;

#[cfg(test)]
mod tests;

pub(crate) use files::{bucket_directory, index_path};

pub use builder::WriterBuilder;
pub use message::{CommitMessage, KeysBase};
pub use writer::TableWriter;
