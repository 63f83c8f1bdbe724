//! Rows in, files and messages out.

mod append;
mod bad_input;
mod compacting;
mod dynamic;
mod faults;
mod hash;
mod kinds;
mod merge_tree;
mod moving;
mod normalizing;
mod ordering;
mod postponed;
mod routing;
mod spill;
