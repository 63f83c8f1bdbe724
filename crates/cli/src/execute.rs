//! One statement, from its text to what the user sees of it.

use std::io::{self, Write};
use std::time::Instant;

use crate::args::Format;
use crate::failure::Result;
use crate::output::Output;
use crate::session::{Outcome, Session};

/// Runs one statement and writes what comes out of it; `silent` drops its rows.
pub(crate) async fn execute<W: Write>(
    session: &Session,
    sql: &str,
    output: &mut Output<W>,
    silent: bool,
) -> Result<()> {
    let start = Instant::now();
    match session.run(sql).await? {
        Outcome::Rows(rows) if silent => {
            let schema = rows.schema();
            let mut nowhere = Output::new(io::sink(), Format::Ndjson, true);
            nowhere.stream(schema, rows).await?;
        }
        Outcome::Rows(rows) => {
            let schema = rows.schema();
            let count = output.stream(schema, rows).await?;
            output.summary(count as u64, "", start.elapsed());
        }
        Outcome::Changed(count) => output.summary(count, "changed", start.elapsed()),
        Outcome::Done(words) => {
            output.note(&format!("{words} ({:.3} s)", start.elapsed().as_secs_f64()));
        }
    }
    Ok(())
}
