//! The suite that every catalog must pass.
