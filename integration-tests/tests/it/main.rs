//! Tests across all crates.
