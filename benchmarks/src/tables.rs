//! The tables of the benchmarks and the rows that go into them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::prelude::{ParquetReadOptions, SessionConfig, SessionContext};
use rimon::catalog::{Catalog, connect};
use rimon::datafusion::{Outcome, register, session_config, sql};

use crate::{Args, Result};

/// Columns of the primary-key table.
pub(crate) const PK_COLUMNS: &str = "id BIGINT NOT NULL, k INT, price DOUBLE, qty INT, name STRING, city STRING, \
     ts TIMESTAMP(3), PRIMARY KEY (id)";

/// Columns of the append table.
pub(crate) const APPEND_COLUMNS: &str = "id BIGINT, k INT, price DOUBLE, qty INT, name STRING, city STRING, \
     ts TIMESTAMP(3), note STRING";

/// 500 K rows of run `run`: distinct keys below 2,000,003 in no order.
pub(crate) fn pk_rows(run: usize) -> String {
    format!(
        "SELECT (value * 2654435761 + {run} * 7919) % 2000003 AS id, CAST(value % 1000 AS INT) AS k, \
         CAST((value * 7919) % 100000 AS DOUBLE) / 100.0 AS price, CAST({run} AS INT) AS qty, \
         concat('name_', CAST(value % 100000 AS VARCHAR)) AS name, \
         concat('city_', CAST(value % 500 AS VARCHAR)) AS city, \
         arrow_cast(1700000000000 + value * 1000, 'Timestamp(Millisecond, None)') AS ts \
         FROM generate_series(1, 500000)"
    )
}

/// `rows` rows of the append table.
pub(crate) fn append_rows(rows: usize) -> String {
    format!(
        "SELECT value AS id, CAST(value % 1000 AS INT) AS k, \
         CAST((value * 7919) % 100000 AS DOUBLE) / 100.0 AS price, CAST(value % 50 AS INT) AS qty, \
         concat('name_', CAST(value % 100000 AS VARCHAR)) AS name, \
         concat('city_', CAST(value % 500 AS VARCHAR)) AS city, \
         arrow_cast(1700000000000 + value * 1000, 'Timestamp(Millisecond, None)') AS ts, \
         concat('note-', CAST((value * 2654435761) % 1000000007 AS VARCHAR)) AS note \
         FROM generate_series(1, {rows})"
    )
}

/// A session over a catalog in `dir`.
pub(crate) async fn session(args: &Args, dir: &Path) -> Result<SessionContext> {
    std::fs::create_dir_all(dir)?;
    let warehouse = dir.to_string_lossy().into_owned();
    let catalog: Arc<dyn Catalog> = connect([("warehouse".to_owned(), warehouse)]).await?;
    let context = SessionContext::new_with_config(partitions(args, session_config("paimon")));
    register(&context, "paimon", catalog)?;
    Ok(context)
}

/// A session without our catalog.
pub(crate) fn context(args: &Args) -> SessionContext {
    SessionContext::new_with_config(partitions(args, SessionConfig::new()))
}

fn partitions(args: &Args, config: SessionConfig) -> SessionConfig {
    match args.partitions {
        Some(n) => config.with_target_partitions(n),
        None => config,
    }
}

/// Runs a statement of either kind to its end.
pub(crate) async fn execute(context: &SessionContext, text: &str) -> Result<()> {
    for outcome in sql(context, text).await? {
        if let Outcome::Rows(frame) = outcome {
            frame.collect().await?;
        }
    }
    Ok(())
}

/// The Parquet files of a table's only bucket as plain table `plain`.
pub(crate) async fn register_plain(ctx: &SessionContext, table: &Path) -> Result<()> {
    let bucket: PathBuf = table.join("bucket-0");
    let path = format!("{}/", bucket.to_string_lossy());
    ctx.register_parquet("plain", path, ParquetReadOptions::default()).await?;
    Ok(())
}

/// `SELECT` of the greatest of every column of `table`: of expressions, so that statistics of files do not answer.
pub(crate) async fn maxima(ctx: &SessionContext, table: &str) -> Result<(usize, String)> {
    let schema = ctx.table(table).await?.schema().as_arrow().clone();
    let one = |field: &Arc<datafusion::arrow::datatypes::Field>| {
        let name = field.name();
        match field.data_type() {
            DataType::Utf8 | DataType::Utf8View => format!("MAX(concat({name}, ''))"),
            DataType::Timestamp(..) => format!("MAX(CAST({name} AS BIGINT) + 1)"),
            _ => format!("MAX({name} + 1)"),
        }
    };
    let all: Vec<String> = schema.fields().iter().map(one).collect();
    Ok((all.len(), format!("SELECT {} FROM", all.join(", "))))
}
