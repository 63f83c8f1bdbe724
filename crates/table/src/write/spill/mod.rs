//! Rows of writers that are over their memory, on the local disk until they are written to data files.
//!
//! Rows go out as they came and come back in the same order ([`Spool`]), so that spilling changes nothing but the
//! memory that is held: sequence numbers, merge engines and the files that result are those of a writer with room.

mod directory;
mod segment;
mod spool;
#[cfg(test)]
mod tests;

pub(crate) use directory::{SpillSettings, Spills};
pub(crate) use spool::{Rows, Spool};
