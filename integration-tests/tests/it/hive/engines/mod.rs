//! Hive, Spark, Flink and we on tables of one metastore.

#![expect(
    clippy::await_holding_lock,
    reason = "an engine serves one test at a time, which waits on its own thread"
)]

mod flink;
mod four;
mod hive;
mod site;
mod spark;
mod streams;
