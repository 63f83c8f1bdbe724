//! `rimon table drop`.

use std::io::{self, BufRead, IsTerminal};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};

use crate::args::DropArgs;
use crate::config::Config;
use crate::failure::{Failure, Result};
use crate::output::{Output, say};
use crate::session::{Session, sql_name};

/// Drops a table after asking; without a terminal to ask on, only with `--yes`.
pub(super) async fn run(args: &DropArgs, config: &Config) -> Result<()> {
    let session = Session::open(config).await?;
    let name = Session::name(&args.table)?;
    if let Err(failure) = session.table(&args.table).await {
        // A table that cannot be opened may still be dropped, one that is not there cannot.
        if failure.is_not_found() {
            return if args.if_exists { Ok(()) } else { Err(failure) };
        }
    }
    if !args.yes && !confirm(&format!("drop table {name} and all its data?"))? {
        return Err(Failure::new(format!("table {name} was not dropped")));
    }
    let exists = if args.if_exists { "IF EXISTS " } else { "" };
    session.run(&format!("DROP TABLE {exists}{}", sql_name(&name))).await?;
    let dropped = Arc::new(StringArray::from(vec![name.to_string()])) as ArrayRef;
    let batch = RecordBatch::try_from_iter_with_nullable([("dropped", dropped, false)])?;
    Output::stdout(args.format, false).batch(&batch)
}

fn confirm(question: &str) -> Result<bool> {
    if !io::stdin().is_terminal() {
        return Err(Failure::usage("nobody can be asked whether to drop the table")
            .or_hint("say --yes when standard input is not a terminal"));
    }
    say(&format!("{question} [y/N] "));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
