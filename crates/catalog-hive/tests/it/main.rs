//! The Hive catalog against real metastores.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod contract;
mod faults;
mod locks;
mod objects;
mod refusals;
mod scale;
mod site;
