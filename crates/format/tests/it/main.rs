//! What the crate promises, over real stores and files that Java wrote.

mod damage;
mod java;
mod json;
mod pruning;
mod round_trip;
mod support;
