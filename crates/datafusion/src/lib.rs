//! Paimon catalogs and tables in a stock DataFusion `SessionContext`.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use datafusion::prelude::SessionContext;
//!
//! let catalog = rimon_catalog::connect([("warehouse", "./warehouse")]).await?;
//! let context = SessionContext::new_with_config(rimon_datafusion::session_config("paimon"));
//! rimon_datafusion::register(&context, "paimon", catalog)?;
//! rimon_datafusion::sql(&context, "CREATE TABLE t (id BIGINT PRIMARY KEY) WITH ('bucket' = '1')").await?;
//! context.sql("SELECT count(*) FROM t").await?.show().await?;
//! # Ok(())
//! # }
//! ```
//!
//! | to | go to |
//! | --- | --- |
//! | put a catalog into a session | [`register`], [`PaimonCatalog`] |
//! | run SQL with Paimon's own statements and `VERSION AS OF` | [`sql`], [`execute`] |
//! | read statements without running them | [`statement`] |
//! | mount a table without a catalog | [`PaimonTable`], [`PaimonTableFactory`] |
//! | tell errors apart | [`from_data_fusion`] |

mod bridge;
mod catalog;
mod commit_exec;
mod ddl;
mod error;
mod expr;
mod factory;
mod global;
mod insert;
mod memory;
mod names;
mod nullability;
mod rows_view;
mod run;
mod scalar;
mod schema;
mod session;
mod source;
pub mod statement;
mod static_partition;
mod system;
mod table;
mod travel;
mod write_exec;

pub use catalog::PaimonCatalog;
pub use error::{OutcomeUnknown, from_data_fusion, is_outcome_unknown, to_data_fusion};
pub use factory::PaimonTableFactory;
pub use insert::PaimonInsertExec;
pub use run::Outcome;
pub use schema::PaimonSchema;
pub use session::{execute, register, session_config, sql};
pub use source::PaimonScanExec;
pub use statement::{Kind, Statement, parse};
pub use system::PaimonSystemTable;
pub use table::PaimonTable;
