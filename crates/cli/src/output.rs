//! Results to standard output, everything else to standard error.

mod arrow_ipc;
mod cell;
mod csv;
mod json;
mod table;

use std::io::{self, BufWriter, Write};
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::{Stream, StreamExt};

use crate::args::Format;
use crate::failure::{Failure, Result};

/// Writes one result, batch after batch.
pub(crate) trait ResultWriter {
    /// Writes the rows of `batch`, or keeps them until enough is known to write them.
    fn batch(&mut self, batch: &RecordBatch) -> Result<()>;
    /// Writes what is left.
    fn finish(&mut self) -> Result<()>;
}

/// Where a command's output goes.
#[derive(Debug)]
pub(crate) struct Output<W: Write> {
    results: BufWriter<W>,
    format: Format,
    quiet: bool,
    count: usize,
}

impl Output<io::Stdout> {
    /// Standard output.
    pub(crate) fn stdout(format: Format, quiet: bool) -> Self {
        Self::new(io::stdout(), format, quiet)
    }
}

impl<W: Write> Output<W> {
    /// Results go to `writer`.
    pub(crate) fn new(writer: W, format: Format, quiet: bool) -> Self {
        Self { results: BufWriter::with_capacity(1 << 16, writer), format, quiet, count: 0 }
    }

    /// How results are written.
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// Changes how results are written from now on.
    pub(crate) fn set_format(&mut self, format: Format) {
        self.format = format;
    }

    /// Writes a whole result while it comes in; gives the number of its rows.
    ///
    /// # Errors
    /// An error of the rows or of standard output; what was read before an error is written.
    pub(crate) async fn stream<S, E>(&mut self, schema: SchemaRef, rows: S) -> Result<usize>
    where
        S: Stream<Item = Result<RecordBatch, E>>,
        Failure: From<E>,
    {
        let mut rows = std::pin::pin!(rows);
        let mut total = 0;
        let mut broken = None;
        {
            let mut writer = writer(self.format, self.count, schema, &mut self.results)?;
            while let Some(batch) = rows.next().await {
                match batch {
                    Ok(batch) => {
                        total += batch.num_rows();
                        writer.batch(&batch)?;
                    }
                    Err(error) => {
                        broken = Some(Failure::from(error));
                        break;
                    }
                }
            }
            // A stream of Arrow or JSON that is closed properly would look whole.
            if broken.is_none() || (total > 0 && self.format == Format::Table) {
                writer.finish()?;
            }
        }
        self.count += 1;
        self.results.flush()?;
        broken.map_or(Ok(total), Err)
    }

    /// Writes a result that is at hand.
    ///
    /// # Errors
    /// An error of standard output.
    pub(crate) fn batch(&mut self, batch: &RecordBatch) -> Result<()> {
        let mut writer = writer(self.format, self.count, batch.schema(), &mut self.results)?;
        writer.batch(batch)?;
        writer.finish()?;
        drop(writer);
        self.count += 1;
        Ok(self.results.flush()?)
    }

    /// Says something to the user that is no result, unless quiet.
    pub(crate) fn note(&mut self, text: &str) {
        if !self.quiet {
            say(&format!("{text}\n"));
        }
    }

    /// The comments before a statement of a script, as headings of its result.
    pub(crate) fn headings(&mut self, comments: &[String]) {
        if self.format != Format::Table || comments.is_empty() {
            return;
        }
        self.note("");
        for line in comments {
            self.note(line);
        }
    }

    /// How many rows, and how long it took.
    pub(crate) fn summary(&mut self, rows: u64, what: &str, elapsed: Duration) {
        let noun = if rows == 1 { "row" } else { "rows" };
        let what = if what.is_empty() { String::new() } else { format!(" {what}") };
        self.note(&format!("{rows} {noun}{what} ({:.3} s)", elapsed.as_secs_f64()));
    }
}

/// Writes to standard error; that nobody reads it is no reason to stop.
pub(crate) fn say(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

fn writer<'a, W: Write>(
    format: Format,
    written_before: usize,
    schema: SchemaRef,
    out: &'a mut W,
) -> Result<Box<dyn ResultWriter + 'a>> {
    if written_before > 0 && matches!(format, Format::Csv | Format::Tsv) {
        out.write_all(b"\n")?;
    }
    Ok(match format {
        Format::Table => Box::new(table::TableWriter::new(schema, out)),
        Format::Csv => Box::new(csv::CsvWriter::new(schema, b',', out)?),
        Format::Tsv => Box::new(csv::CsvWriter::new(schema, b'\t', out)?),
        Format::Json => Box::new(json::JsonWriter::array(&schema, out)),
        Format::Ndjson => Box::new(json::JsonWriter::lines(&schema, out)),
        Format::Arrow => Box::new(arrow_ipc::ArrowWriter::new(&schema, out)?),
    })
}

#[cfg(test)]
mod tests;
