//! Compaction: which runs of a bucket are merged and where to ([`CompactUnit::choose`]), what of them is rewritten and
//! what only changes its level ([`CompactUnit::steps`]), and the rewrite itself ([`rewrite`]).
//!
//! The choices are pure functions of what manifests say of the files, and those of Java: two writers that take turns
//! keep the shape of the tree.

mod rewrite;
mod steps;
#[cfg(test)]
mod tests;
mod unit;
mod universal;

pub use rewrite::{Upper, rewrite};
pub use steps::{Step, StepRules};
pub use unit::CompactUnit;
pub use universal::{Choice, LevelSize, choose};
