//! Faults for tests: an object store and a file system that fail on command, before or after the
//! effect.

mod fault_fs;
mod fault_store;

pub use fault_fs::{FaultFs, FsCall};
pub use fault_store::{FaultStore, PutFault};
