//! `rimon table list [DB]`.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};

use crate::args::ListArgs;
use crate::config::Config;
use crate::failure::Result;
use crate::output::Output;
use crate::session::Session;

/// Prints the tables there are, by database and name.
pub(super) async fn run(args: &ListArgs, config: &Config) -> Result<()> {
    let session = Session::open(config).await?;
    let mut databases = match &args.database {
        Some(database) => vec![database.clone()],
        None => session.catalog().list_databases().await?,
    };
    databases.sort();
    let mut rows = Vec::new();
    for database in databases {
        let mut tables = session.catalog().list_tables(&database).await?;
        tables.sort();
        rows.extend(tables.into_iter().map(|table| (database.clone(), table)));
    }
    let column = |values: Vec<String>| Arc::new(StringArray::from(values)) as ArrayRef;
    let (databases, tables) = rows.into_iter().unzip();
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("database", column(databases), false),
        ("table", column(tables), false),
    ])?;
    Output::stdout(args.format, false).batch(&batch)
}
