//! `rimon table …`.

mod create;
mod describe;
mod drop;
mod list;
mod metadata;

use rimon::table::system::SystemTable;

use crate::args::TableCommand;
use crate::config::Config;
use crate::failure::Result;

/// Runs one verb.
///
/// # Errors
/// What the verb says.
pub(crate) async fn run(command: TableCommand, config: &Config) -> Result<()> {
    let makes = matches!(command, TableCommand::Create(_));
    config.check_warehouse(!makes)?;
    match command {
        TableCommand::List(args) => list::run(&args, config).await,
        TableCommand::Describe(args) => describe::run(&args, config).await,
        TableCommand::Create(args) => create::run(&args, config).await,
        TableCommand::Drop(args) => drop::run(&args, config).await,
        TableCommand::Snapshots(args) => metadata::run(&args, config, SystemTable::Snapshots).await,
        TableCommand::Files(args) => metadata::run(&args, config, SystemTable::Files).await,
        TableCommand::Schemas(args) => metadata::run(&args, config, SystemTable::Schemas).await,
        TableCommand::Options(args) => metadata::run(&args, config, SystemTable::Options).await,
    }
}
