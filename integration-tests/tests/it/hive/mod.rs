//! Tables in a Hive Metastore: SQL over it, the `rimon` command, partitions, writers of Java beside ours, other engines.

mod command;
mod commits;
mod engines;
mod partitions;
mod race;
mod session;
