//! Harness of the tests across crates: the Java oracle, the fixtures it wrote, and rows in a form both sides print.
//!
//! | to | go to |
//! | --- | --- |
//! | ask Java Paimon | [`oracle`] |
//! | unpack a table that Java wrote | [`fixture`] |
//! | compare Arrow batches with Java's rows, or make batches from them | [`row`] |
//! | make random rows | [`random`] |
//! | run the `rimon` command | [`command`] |
//! | start a Hive metastore | [`metastore`] |
//! | harm what it answers | [`proxy`] |
//! | run SQL of Hive, Spark or Flink over it | [`engine`] |

pub mod command;
pub mod engine;
pub mod fixture;
pub mod metastore;
pub mod oracle;
pub mod proxy;
pub mod random;
pub mod row;
