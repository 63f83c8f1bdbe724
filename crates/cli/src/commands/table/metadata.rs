//! `rimon table snapshots|files|schemas|options`: the table's system tables.

use rimon::table::system::SystemTable;

use crate::args::NameArgs;
use crate::config::Config;
use crate::failure::Result;
use crate::output::Output;
use crate::session::Session;

/// Prints a system table.
pub(super) async fn run(args: &NameArgs, config: &Config, system: SystemTable) -> Result<()> {
    let session = Session::open(config).await?;
    let table = session.table(&args.table).await?;
    let rows = system.rows(&table).await?;
    Output::stdout(args.format, false).batch(&rows)
}
