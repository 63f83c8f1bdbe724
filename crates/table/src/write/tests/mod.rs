//! Rows in, files and messages out.

mod append;
mod hash;
mod merge_tree;
mod normalizing;
mod routing;
