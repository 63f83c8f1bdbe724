//! The built `rimon` command, as its users meet it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod catalog;
mod errors;
mod formats;
mod guide;
mod hive;
mod process;
mod sources;
mod tables;
