//! What the crate promises, over real stores and files that Java wrote.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::single_range_in_vec_init,
    clippy::indexing_slicing,
    reason = "a test fails by panicking; a set of rows may be one range"
)]

mod avro;
mod blob;
mod contract;
mod damage;
mod java;
mod json;
mod orc;
mod physical;
mod pruning;
mod pruning_random;
mod round_trip;
mod support;
