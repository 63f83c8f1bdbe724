//! How a writer is made.

use rimon_spec::Result;

use super::writer::TableWriter;
use crate::table::Table;

/// Settings of a [`TableWriter`]: [`Table::writer`].
#[derive(Debug, Clone)]
pub struct WriterBuilder {
    table: Table,
    user: String,
    memory: Option<usize>,
}

impl WriterBuilder {
    pub(crate) fn new(table: Table, user: String) -> Self {
        Self { table, user, memory: None }
    }

    /// Bytes of rows that the writer keeps in memory, over all its buckets, about; the default is the table's
    /// `write-buffer-size`.
    #[must_use]
    pub fn memory(mut self, bytes: usize) -> Self {
        self.memory = Some(bytes);
        self
    }

    /// The writer. It must be used inside a Tokio runtime.
    ///
    /// # Errors
    /// `Unsupported` naming the feature when this build cannot write the table; `Invalid` options.
    pub fn build(self) -> Result<TableWriter> {
        let default = usize::try_from(self.table.options().write_buffer_size).unwrap_or(usize::MAX);
        TableWriter::new(self.table, self.user, self.memory.unwrap_or(default).max(1 << 20))
    }
}

impl Table {
    /// Begins to write on behalf of `user`, a name that nobody else writes and commits with.
    pub fn writer(&self, user: impl Into<String>) -> WriterBuilder {
        WriterBuilder::new(self.clone(), user.into())
    }
}
