//! Rows as JSON lines, the form that the oracle prints and reads (`engines/java/README.md`, "Rows").
//!
//! Equal rows are equal bytes, so sets of rows are compared as sorted lines.

mod calendar;
mod decode;
mod encode;
pub(crate) mod float;
mod variant;

pub use decode::{Rows, array};
pub use encode::{lines, lines_of_kinds};
