//! Paimon tables: plan and read them, write and commit to them.
//!
//! | to | go to |
//! | --- | --- |
//! | open a table | [`Table`] |
//! | choose columns, rows and a version | [`TableScan`], [`Travel`] |
//! | follow a table | [`StreamScan`] |
//! | spread a read over threads or machines | [`Plan`], [`Split`], [`TableRead`], [`ReadTask`] |
//! | write rows | [`mod@write`] |
//! | make them visible | [`commit`] |
//! | look at a table's metadata as rows | [`system`] |

mod history;
mod merge_engine;
mod runtime;
mod scan;
mod stream;
mod table;

pub mod commit;
pub mod plan;
pub mod read;
pub mod system;
pub mod write;

pub use plan::{Split, SplitKind, Travel};
pub use read::{BatchStream, LateFilter, ReadTask, TableRead};
pub use runtime::{Clock, IdSource, Runtime};
pub use scan::{ColumnSummary, DroppedFiles, Plan, PlanReport, TableScan};
pub use stream::{StreamScan, StreamStart, StreamStep};
pub use table::Table;
