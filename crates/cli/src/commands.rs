//! What each command does, one file each.

mod registry;
mod sql;
mod table;

use std::env;
use std::io::{self, IsTerminal};

use tokio::runtime::{Builder, Runtime};

use crate::args::{Cli, Command};
use crate::config::Config;
use crate::failure::{Failure, Result};
use crate::shell;

/// Stack of a worker thread; DataFusion plans by recursion.
const STACK: usize = 8 << 20;

/// Runs the command line.
///
/// # Errors
/// What the command says; the caller prints it.
pub(crate) fn run(cli: Cli) -> Result<()> {
    let environment = env::var("RIMON_WAREHOUSE").ok();
    let config = Config::resolve(&[&cli.catalog, cli.command.catalog()], environment)?;
    let runtime = runtime()?;
    let done = match cli.command {
        Command::Sql(sql) if sql.sources.0.is_empty() && io::stdin().is_terminal() => {
            shell::run(&runtime, &config, sql.format, sql.quiet)
        }
        Command::Sql(sql) => runtime.block_on(sql::run(&sql, &config)),
        Command::Table(table) => runtime.block_on(table::run(table, &config)),
        Command::Catalog(catalog) => runtime.block_on(registry::run(catalog, &config)),
    };
    // A statement that was cancelled may still compute until it next looks up.
    runtime.shutdown_background();
    done
}

fn runtime() -> Result<Runtime> {
    Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK)
        .build()
        .map_err(|error| Failure::new(format!("cannot start threads: {error}")))
}
