//! Thrift's strict binary protocol over values without generated code.
//!
//! Structs keep every field they were read with, also those this build has no name for: what a newer server
//! says about a table survives our altering it.

mod message;
mod read;
mod value;
mod write;

pub(crate) use message::{Reply, call_bytes, read_reply};
pub(crate) use read::{Broken, Limits};
pub(crate) use value::{Struct, Type, Value};

#[cfg(test)]
mod tests;
