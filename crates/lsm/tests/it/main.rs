//! The engine as a whole: what is written through it reads back as a map would give it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests and benchmarks stop at the first surprise"
)]

mod engines;
mod model;
mod sequences;
mod table;
mod tasks;
