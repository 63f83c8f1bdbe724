//! `rimon sql` with `-c`, `-f` or a pipe.

use std::io::{self, Read, Write};
use std::path::Path;

use crate::args::{Format, Source, SqlArgs};
use crate::config::Config;
use crate::execute::execute;
use crate::failure::{Failure, Result};
use crate::output::Output;
use crate::script::{Statement, split};
use crate::session::Session;

/// Statements of one source, in order.
struct Script {
    /// File name for messages, none for `-c`.
    name: Option<String>,
    statements: Vec<Statement>,
}

/// Runs all sources in the order they were typed; the first error ends the command.
///
/// # Errors
/// Whatever a statement says. Texts that are not SQL at all are refused before any statement runs.
pub(crate) async fn run(args: &SqlArgs, config: &Config) -> Result<()> {
    config.check_warehouse(false)?;
    let scripts = read(&args.sources.0)?;
    for statement in scripts.iter().flat_map(Script::placed) {
        statement.check()?;
    }
    let session = Session::open(config).await?;
    let mut output = Output::stdout(args.format, args.quiet);
    run_all(&scripts, &session, &mut output).await
}

async fn run_all<W: Write>(
    scripts: &[Script],
    session: &Session,
    output: &mut Output<W>,
) -> Result<()> {
    let all: Vec<_> = scripts.iter().flat_map(Script::placed).collect();
    let last_rows = all.iter().rposition(|placed| placed.statement.returns_rows());
    for (i, placed) in all.iter().enumerate() {
        if placed.script.name.is_some() {
            output.headings(&placed.statement.comments);
        }
        // An Arrow stream holds one schema, so only the last result is written.
        let silent = output.format() == Format::Arrow && Some(i) != last_rows;
        let done = execute(session, &placed.statement.text, output, silent).await;
        if let Err(failure) = done {
            let left = all.len() - i - 1;
            if failure.is_broken_pipe() && left > 0 {
                let what = if left == 1 { "statement was" } else { "statements were" };
                let cause = format!("standard output was closed; {left} {what} not run");
                return Err(Failure::new(cause));
            }
            return Err(placed.locate(failure));
        }
    }
    Ok(())
}

struct Placed<'a> {
    script: &'a Script,
    statement: &'a Statement,
}

impl Placed<'_> {
    fn locate(&self, failure: Failure) -> Failure {
        match &self.script.name {
            Some(_) if failure.is_broken_pipe() => failure,
            Some(name) => failure.at(&format!("{name}:{}", self.statement.line)),
            None => failure,
        }
    }

    fn check(&self) -> Result<()> {
        Session::check(&self.statement.text).map_err(|failure| self.locate(failure))
    }
}

impl Script {
    fn new(name: Option<String>, text: &str) -> Result<Self> {
        let statements = split(text).map_err(|failure| match &name {
            Some(name) => failure.at(name),
            None => failure,
        })?;
        Ok(Self { name, statements })
    }

    fn placed(&self) -> impl Iterator<Item = Placed<'_>> {
        self.statements.iter().map(|statement| Placed { script: self, statement })
    }
}

fn read(sources: &[Source]) -> Result<Vec<Script>> {
    if sources.is_empty() {
        return Ok(vec![Script::new(Some("stdin".to_string()), &read_stdin()?)?]);
    }
    sources
        .iter()
        .map(|source| match source {
            Source::Command(sql) => Script::new(None, sql),
            Source::File(file) if file == Path::new("-") => {
                Script::new(Some("stdin".to_string()), &read_stdin()?)
            }
            Source::File(file) => {
                let name = file.display().to_string();
                let text = std::fs::read_to_string(file)
                    .map_err(|error| Failure::new(format!("cannot read it: {error}")).at(&name))?;
                Script::new(Some(name), text.trim_start_matches('\u{feff}'))
            }
        })
        .collect()
}

fn read_stdin() -> Result<String> {
    let mut text = String::new();
    io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Failure::new(format!("cannot read it: {error}")).at("stdin"))?;
    Ok(text)
}
