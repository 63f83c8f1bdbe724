//! Comma- and tab-separated values (RFC 4180 quoting) with a header.

use std::io::Write;

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::SchemaRef;

use super::ResultWriter;
use super::cell::{Cells, Style, json_options, prepare};
use crate::failure::Result;

/// NULL is an empty cell, an empty string is `""`; nested values are JSON.
pub(super) struct CsvWriter<W: Write> {
    schema: SchemaRef,
    separator: u8,
    out: W,
}

impl<W: Write> CsvWriter<W> {
    pub(super) fn new(schema: SchemaRef, separator: u8, mut out: W) -> Result<Self> {
        for (i, field) in schema.fields().iter().enumerate() {
            if i > 0 {
                out.write_all(&[separator])?;
            }
            write_cell(&mut out, field.name(), separator)?;
        }
        out.write_all(b"\n")?;
        Ok(Self { schema, separator, out })
    }
}

impl<W: Write> ResultWriter for CsvWriter<W> {
    fn batch(&mut self, batch: &RecordBatch) -> Result<()> {
        let json = json_options();
        let style = Style::Programs;
        let arrays = batch
            .columns()
            .iter()
            .map(|array| prepare(array, style))
            .collect::<Result<Vec<_>>>()?;
        let fields = self.schema.fields();
        let mut cells = fields
            .iter()
            .zip(&arrays)
            .map(|(field, array)| Cells::new(field, array, style, &json))
            .collect::<Result<Vec<_>>>()?;
        let nulls: Vec<_> = arrays.iter().map(|array| array.logical_nulls()).collect();
        let mut text = String::new();
        for row in 0..batch.num_rows() {
            for (i, (cells, nulls)) in cells.iter_mut().zip(&nulls).enumerate() {
                if i > 0 {
                    self.out.write_all(&[self.separator])?;
                }
                if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
                    continue;
                }
                cells.write(row, &mut text)?;
                write_cell(&mut self.out, &text, self.separator)?;
            }
            self.out.write_all(b"\n")?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        Ok(())
    }
}

fn write_cell(out: &mut impl Write, text: &str, separator: u8) -> Result<()> {
    let special = |byte: u8| matches!(byte, b'"' | b'\n' | b'\r') || byte == separator;
    if text.is_empty() || text.bytes().any(special) {
        out.write_all(b"\"")?;
        out.write_all(text.replace('"', "\"\"").as_bytes())?;
        out.write_all(b"\"")?;
    } else {
        out.write_all(text.as_bytes())?;
    }
    Ok(())
}
