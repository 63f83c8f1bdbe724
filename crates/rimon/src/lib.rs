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
//! ```
//! use std::sync::Arc;
//!
//! use arrow::array::{Int64Array, RecordBatch, StringArray};
//! use datafusion::prelude::SessionContext;
//! use futures::TryStreamExt;
//! use rimon::spec::{NewColumn, NewTable, Test, Value};
//! use rimon::table::commit::CommitOutcome;
//! use rimon::{Predicate, Table, Travel};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # let warehouse = directory.path().to_string_lossy().into_owned();
//! let catalog = rimon::catalog::connect([("warehouse", warehouse)]).await?;
//! let new = NewTable {
//!     columns: vec![
//!         NewColumn::new("id", "BIGINT NOT NULL".parse()?),
//!         NewColumn::new("city", "STRING".parse()?),
//!     ],
//!     primary_keys: vec!["id".into()],
//!     options: [("bucket".to_string(), "1".to_string())].into_iter().collect(),
//!     ..NewTable::default()
//! };
//! let name = "default.users".parse()?;
//! catalog.create_table(&name, new, false).await?;
//! let users = Table::new(catalog.load_table(&name).await?)?;
//! let batch = RecordBatch::try_from_iter([
//!     ("id", Arc::new(Int64Array::from(vec![1, 2, 30])) as _),
//!     ("city", Arc::new(StringArray::from(vec!["Oslo", "Lima", "Turin"])) as _),
//! ])?;
//!
//! // High: one call writes and commits, one reads.
//! users.append([batch.clone()]).await?;
//! let young = Predicate::leaf("id", Test::Lt(Value::BigInt(30)));
//! let batches: Vec<_> =
//!     users.scan().select(["city"]).filter(young).stream().await?.try_collect().await?;
//! assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 2);
//!
//! // Middle: splits go to workers, commit messages come back to one committer.
//! let plan = users.scan().at(Travel::Snapshot(1)).plan().await?;
//! let rows: Vec<_> = plan.read.stream(plan.splits.clone()).await?.try_collect().await?;
//! assert_eq!(rows.iter().map(RecordBatch::num_rows).sum::<usize>(), 3);
//!
//! let mut writer = users.writer("job-1").build()?;
//! writer.write(batch).await?;
//! let messages = writer.prepare_commit(7).await?;
//! match users.committer("job-1").commit(7, messages).await? {
//!     CommitOutcome::Committed(snapshot) => assert_eq!(snapshot.id, 2),
//!     other => panic!("another writer: {other:?}"),
//! }
//!
//! // SQL: a stock session of DataFusion.
//! let config = rimon::datafusion::session_config("paimon");
//! let context = SessionContext::new_with_config(config);
//! rimon::datafusion::register(&context, "paimon", catalog)?;
//! let rows = context.sql("SELECT count(*) FROM users").await?.collect().await?;
//! assert_eq!(rows.iter().map(RecordBatch::num_rows).sum::<usize>(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! `catalog`, `hive` (catalogs of Hive Metastores) and `datafusion`, which need `catalog`, are on by default. Without
//! `datafusion` the library has no query engine.

pub use rimon_format as format;
pub use rimon_lsm as lsm;
pub use rimon_metadata as metadata;
pub use rimon_spec as spec;
pub use rimon_table as table;

#[cfg(all(feature = "catalog", not(feature = "hive")))]
pub use rimon_catalog as catalog;
/// Tables by name: `connect` opens what the options describe, a Hive Metastore among them.
#[cfg(feature = "hive")]
pub mod catalog {
    pub use rimon_catalog::*;
    pub use rimon_catalog_hive::{HiveCatalog, open as connect};
}
#[cfg(feature = "datafusion")]
pub use rimon_datafusion as datafusion;

pub use rimon_spec::{Error, ErrorKind, Predicate, Result};
pub use rimon_table::{Table, Travel};

/// The examples of the readme.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct Readme;
