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
    sample: Vec<Vec<Cell>>,
    widths: Option<Vec<usize>>,
}

impl<W: Write> TableWriter<W> {
    pub(super) fn new(schema: SchemaRef, out: W) -> Self {
        Self { schema, out, sample: Vec::new(), widths: None }
    }

    fn settle(&mut self) -> Result<()> {
        let header: Vec<Cell> =
            self.schema.fields().iter().map(|field| visible(field.name())).collect();
        let sample = std::mem::take(&mut self.sample);
        let mut widths: Vec<usize> = header.iter().map(width).collect();
        for row in &sample {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = self::width(cell).max(*width);
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

    /// A row is as many lines high as its highest cell.
    fn row(&mut self, cells: &[Cell], widths: &[usize], align: bool) -> Result<()> {
        let height = cells.iter().map(Vec::len).max().unwrap_or(1);
        (0..height).try_for_each(|at| {
            let line: Vec<_> =
                cells.iter().map(|cell| cell.get(at).map_or("", String::as_str)).collect();
            self.line(&line, widths, align)
        })
    }

    fn line(&mut self, cells: &[&str], widths: &[usize], align: bool) -> Result<()> {
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

/// The lines of a value.
type Cell = Vec<String>;

fn width(cell: &Cell) -> usize {
    cell.iter().map(|line| line.width()).max().unwrap_or(0)
}

/// Line breaks make a cell higher; other control characters are shown, not obeyed: a value must
/// not drive the terminal.
fn visible(text: &str) -> Cell {
    let mut lines = vec![String::new()];
    for c in text.trim_end_matches('\n').chars() {
        match lines.last_mut() {
            Some(_) if c == '\n' => lines.push(String::new()),
            Some(line) if c.is_control() => line.extend(c.escape_default()),
            Some(line) => line.push(c),
            None => {}
        }
    }
    lines
}
