//! The interactive shell.

mod complete;
mod history;
mod meta;

use std::io::Write;

use rustyline::Editor;
use rustyline::config::{CompletionType, Config as LineConfig};
use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use tokio::runtime::{Builder, Runtime};

use crate::args::Format;
use crate::config::Config;
use crate::describe::describe;
use crate::execute::execute;
use crate::failure::{Failure, Result};
use crate::output::{Output, say};
use crate::script::split;
use crate::session::Session;
use complete::Assistant;
use meta::Meta;

const PROMPT: &str = "rimon> ";

type Line = Editor<Assistant, DefaultHistory>;

/// Reads statements from the terminal until `\q` or the end of input. Errors of statements are
/// shown and the shell goes on.
///
/// # Errors
/// When the catalog cannot be opened or the terminal cannot be used.
pub(crate) fn run(runtime: &Runtime, config: &Config, format: Format, quiet: bool) -> Result<()> {
    if format == Format::Arrow {
        return Err(Failure::usage("--format arrow needs -c, -f or a pipe, a terminal shows text"));
    }
    config.check_warehouse(false)?;
    let session = runtime.block_on(Session::open(config))?;
    let mut output = Output::stdout(format, quiet);
    let mut line = editor(&session, runtime)?;
    let history = history::file();
    if let Some(file) = &history {
        // The first time there is none.
        let _ = line.load_history(file);
    }
    output.note(&greeting(config));
    loop {
        match line.readline(PROMPT) {
            Ok(text) if text.trim().is_empty() => {}
            Ok(text) => {
                let _ = line.add_history_entry(text.trim_end());
                if let Some(file) = &history {
                    let _ = line.append_history(file);
                }
                match dispatch(&text, runtime, &session, &mut output) {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(failure) if failure.is_broken_pipe() => return Err(failure),
                    Err(failure) => say(&failure.to_string()),
                }
                if let Some(assistant) = line.helper_mut() {
                    assistant.forget();
                }
            }
            // Ctrl-C drops what was typed, Ctrl-D leaves.
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(Failure::new(format!("cannot read the terminal: {error}"))),
        }
    }
    Ok(())
}

fn editor(session: &Session, runtime: &Runtime) -> Result<Line> {
    let broken = |error: ReadlineError| Failure::new(format!("cannot use the terminal: {error}"));
    let settings = LineConfig::builder()
        .completion_type(CompletionType::List)
        .history_ignore_space(true)
        .max_history_size(10_000)
        .map_err(broken)?
        .build();
    let mut line = Line::with_config(settings).map_err(broken)?;
    line.set_helper(Some(Assistant::new(session.clone(), runtime.handle().clone())));
    Ok(line)
}

fn greeting(config: &Config) -> String {
    let state =
        if config.is_missing() { " (not there yet, made with the first table)" } else { "" };
    format!(
        "rimon {} - warehouse {}{state}\nstatements end with `;`, \\? shows help, \\q leaves",
        env!("CARGO_PKG_VERSION"),
        config.warehouse
    )
}

/// Runs what was typed; gives false when the shell is to end.
fn dispatch<W: Write>(
    text: &str,
    runtime: &Runtime,
    session: &Session,
    output: &mut Output<W>,
) -> Result<bool> {
    if text.trim_start().starts_with('\\') {
        return match Meta::parse(text.trim())? {
            Meta::Quit => Ok(false),
            Meta::Help => {
                say(meta::HELP);
                Ok(true)
            }
            Meta::Format(format) => {
                output.set_format(format);
                Ok(true)
            }
            Meta::Sql(sql) => run_sql(&sql, session, output).map(|()| true),
            Meta::Describe(table) => runtime.block_on(show(&table, session, output)).map(|()| true),
        };
    }
    for statement in split(text)? {
        if matches!(statement.keyword.as_str(), "QUIT" | "EXIT")
            && statement.text.len() == statement.keyword.len()
        {
            return Ok(false);
        }
        run_sql(&statement.text, session, output)?;
    }
    Ok(true)
}

/// Runs a statement until it ends or Ctrl-C is pressed.
fn run_sql<W: Write>(sql: &str, session: &Session, output: &mut Output<W>) -> Result<()> {
    // The terminal's thread waits by itself: all threads of the runtime may be busy computing, and
    // then nobody there would see the signal.
    let waiting = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("cannot wait for Ctrl-C: {error}")))?;
    waiting.block_on(async {
        tokio::select! {
            done = execute(session, sql, output, false) => done,
            _ = tokio::signal::ctrl_c() => Err(Failure::new("cancelled").or_hint(
                "if it was changing rows, look at \"TABLE$snapshots\" for whether it was committed",
            )),
        }
    })
}

async fn show<W: Write>(table: &str, session: &Session, output: &mut Output<W>) -> Result<()> {
    let table = session.table(table).await?;
    describe(&table, output)
}

#[cfg(test)]
mod tests;
