//! Keys as the engine compares them.

mod bounds;

pub use bounds::{compare_keys, compare_values};
