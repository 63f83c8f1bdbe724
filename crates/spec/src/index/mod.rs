//! Index files: what is known of rows beside the data files. format.md §11 and §12.

pub mod deletion_vector;
mod portable;

pub use deletion_vector::{DeletionVector, VectorKind};
