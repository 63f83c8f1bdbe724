//! Rows in, files and messages out.

mod append;
mod faults;
mod hash;
mod kinds;
mod merge_tree;
mod normalizing;
mod routing;
