//! Paimon tables in a Hive Metastore: what Hive, Spark, Flink, Trino and StarRocks share.
//!
//! [`connect`] gives a [`Catalog`](rimon_catalog::Catalog). The metastore says where a table is; its files say what it
//! is; what the metastore is told besides is a projection of them, object by object what Java Paimon registers.
//!
//! From the bottom up: `thrift` (bytes), `transport` (guarded connections), `objects` (what a metastore keeps),
//! `metastore` (the port), `client` (the port over Thrift), `projection` (a schema as an object), and the catalog with
//! its locks and partitions.

mod catalog;
mod client;
mod clock;
mod commit;
mod connect;
mod location;
mod lock;
mod metastore;
mod objects;
mod options;
mod partitions;
mod projection;
mod site;
pub mod testing;
mod thrift;
mod transport;
mod types;

pub use catalog::HiveCatalog;
pub use connect::{connect, open};
