//! For tests: an object store and a file system that fail on command, before or after the effect,
//! and sample metadata.

mod fault_fs;
mod fault_store;
mod sample;

pub use fault_fs::{FaultFs, FsCall};
pub use fault_store::{FaultStore, PutFault};
pub use sample::{entry, snapshot};
