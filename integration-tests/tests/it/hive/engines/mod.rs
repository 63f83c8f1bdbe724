//! Hive, Spark, Flink and we on tables of one metastore.

mod flink;
mod four;
mod hive;
mod site;
mod spark;
mod streams;
