//! SQL on Paimon tables through a stock DataFusion session, in a warehouse of its own per test.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

mod ddl;
mod errors;
mod external;
mod insert;
mod lake;
mod model;
mod pruning;
mod query;
mod system;
mod travel;
