//! Aligned columns for people.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use unicode_width::UnicodeWidthStr;

use super::ResultWriter;
use super::cell::{Cells, Style, is_number, json_options};
use crate::failure::Result;

/// Rows that settle the widths of the columns; later rows are written as they come, so that a
/// result of any size needs little memory.
const SAMPLE_ROWS: usize = 2000;

/// Draws a table as rows come in. A value that is wider than all of the first rows makes its own
/// row wider; nothing is cut off.
pub(super) struct TableWriter<W: Write> {
    schema: SchemaRef,
    out: W,
    sample: Vec<Vec<String>>,
    widths: Option<Vec<usize>>,
}

impl<W: Write> TableWriter<W> {
    pub(super) fn new(schema: SchemaRef, out: W) -> Self {
        Self { schema, out, sample: Vec::new(), widths: None }
    }

    fn settle(&mut self) -> Result<()> {
        let header: Vec<String> =
            self.schema.fields().iter().map(|field| visible(field.name())).collect();
        let sample = std::mem::take(&mut self.sample);
        let mut widths: Vec<usize> = header.iter().map(|name| name.width()).collect();
        for row in &sample {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.width().max(*width);
            }
        }
        self.rule(&widths)?;
        self.row(&header, &widths, false)?;
        self.rule(&widths)?;
        for row in &sample {
            self.row(row, &widths, true)?;
        }
        self.widths = Some(widths);
        Ok(())
    }

    fn rule(&mut self, widths: &[usize]) -> Result<()> {
        let mut line = String::from("+");
        for width in widths {
            line.push_str(&"-".repeat(width + 2));
            line.push('+');
        }
        Ok(writeln!(self.out, "{line}")?)
    }

    fn row(&mut self, cells: &[String], widths: &[usize], align: bool) -> Result<()> {
        let mut line = String::from("|");
        for ((cell, width), field) in cells.iter().zip(widths).zip(self.schema.fields()) {
            let space = " ".repeat(width.saturating_sub(cell.width()));
            let (before, after) = if align && is_number(field.data_type()) {
                (space.as_str(), "")
            } else {
                ("", space.as_str())
            };
            line.extend([" ", before, cell, after, " |"]);
        }
        Ok(writeln!(self.out, "{line}")?)
    }
}

impl<W: Write> ResultWriter for TableWriter<W> {
    fn batch(&mut self, batch: &RecordBatch) -> Result<()> {
        let json = json_options();
        let schema = self.schema.clone();
        let mut columns = schema
            .fields()
            .iter()
            .zip(batch.columns())
            .map(|(field, array)| Cells::new(field, array, Style::People, &json))
            .collect::<Result<Vec<_>>>()?;
        let mut text = String::new();
        for row in 0..batch.num_rows() {
            let mut cells = Vec::with_capacity(columns.len());
            for column in &mut columns {
                column.write(row, &mut text)?;
                cells.push(visible(&text));
            }
            match self.widths.take() {
                Some(widths) => {
                    self.row(&cells, &widths, true)?;
                    self.widths = Some(widths);
                }
                None => {
                    self.sample.push(cells);
                    if self.sample.len() >= SAMPLE_ROWS {
                        self.settle()?;
                    }
                }
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        if self.widths.is_none() {
            self.settle()?;
        }
        let widths = self.widths.take().unwrap_or_default();
        self.rule(&widths)
    }
}

/// Control characters are shown, not obeyed: a value must not break the table or drive the
/// terminal.
fn visible(text: &str) -> String {
    if !text.chars().any(char::is_control) {
        return text.to_string();
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if c.is_control() {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}
