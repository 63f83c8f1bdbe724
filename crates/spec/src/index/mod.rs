//! Index files: what is known of rows beside the data files. format.md §11 and §12.

mod bitmap64;
pub mod deletion_vector;
pub mod file_index;
pub mod hash_index;
mod portable;

pub use bitmap64::union_bitmaps64;
pub use deletion_vector::{DeletionVector, VectorKind};
pub use file_index::FileIndex;
pub use portable::union_bitmaps;
