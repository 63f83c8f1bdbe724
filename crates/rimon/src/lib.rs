//! Apache Paimon tables in Rust: the crates of Rimon under one name.
//!
//! # Map
//!
//! | to | go to | feature |
//! | --- | --- | --- |
//! | find, make and drop tables by name | [`catalog`]: `Catalog`, `connect` | `catalog` |
//! | read and write a table | [`Table`], [`table`] | – |
//! | query with SQL, in a session of your own | [`datafusion`]: `register`, `sql` | `datafusion` |
//! | look at snapshots, schemas and manifests on storage | [`metadata`] | – |
//! | read and write single data files | [`format`](mod@format) | – |
//! | merge sorted runs with your own I/O | [`lsm`] | – |
//! | turn bytes of the format into structs and back, without any I/O | [`spec`] | – |
//!
//! All crates have one error, [`Error`]; what to do about it is decided by its [`ErrorKind`].
//!
//! # Three altitudes, the same nouns
//!
//! One call reads, or writes and commits; the middle altitude shows splits and commit messages to an engine that
//! spreads them over machines; SQL stands on top.
//!
//! ```no_run
//! THREE_ALTITUDES
//! ```
//!
//! # Features
//!
//! `catalog` and `datafusion` (which needs `catalog`) are on by default. Without them the library has no query engine.

pub use rimon_format as format;
pub use rimon_lsm as lsm;
pub use rimon_metadata as metadata;
pub use rimon_spec as spec;
pub use rimon_table as table;

#[cfg(feature = "catalog")]
pub use rimon_catalog as catalog;
#[cfg(feature = "datafusion")]
pub use rimon_datafusion as datafusion;

pub use rimon_spec::{Error, ErrorKind, Predicate, Result};
pub use rimon_table::{Table, Travel};

/// The examples of the readme.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct Readme;
