//! Tests across all crates: tables of Java Paimon, tables that Java reads, many processes, damaged files, SQL.

mod chains;
mod changes;
mod concurrency;
mod faults;
mod harness;
mod histories;
mod hive;
mod indexes;
mod interop_evolution;
mod interop_filter;
mod interop_read;
mod interop_system;
mod interop_write;
mod overwrites;
mod pruning;
mod quickstart;
mod sql;
mod tables;
