//! `rimon table describe`.

use crate::args::NameArgs;
use crate::config::Config;
use crate::describe::describe;
use crate::failure::Result;
use crate::output::Output;
use crate::session::Session;

/// Prints what there is to know about a table without reading its data.
pub(super) async fn run(args: &NameArgs, config: &Config) -> Result<()> {
    let session = Session::open(config).await?;
    let table = session.table(&args.table).await?;
    describe(&table, &mut Output::stdout(args.format, false))
}
