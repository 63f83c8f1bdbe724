//! An Arrow IPC stream, for other programs.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use arrow::ipc::writer::StreamWriter;

use super::ResultWriter;
use crate::failure::Result;

/// Writes the schema at once, then a message for each batch.
pub(super) struct ArrowWriter<W: Write> {
    stream: StreamWriter<W>,
}

impl<W: Write> ArrowWriter<W> {
    pub(super) fn new(schema: &Schema, out: W) -> Result<Self> {
        Ok(Self { stream: StreamWriter::try_new(out, schema)? })
    }
}

impl<W: Write> ResultWriter for ArrowWriter<W> {
    fn batch(&mut self, batch: &RecordBatch) -> Result<()> {
        Ok(self.stream.write(batch)?)
    }

    fn finish(&mut self) -> Result<()> {
        Ok(self.stream.finish()?)
    }
}
