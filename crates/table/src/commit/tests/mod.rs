//! Commits without data files: metas made by hand, checked through the manifests.

pub(crate) mod fixture;

mod faults;
mod fields;
mod merging;
mod races;
mod restarts;
mod stamps;
