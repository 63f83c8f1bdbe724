//! How a writer is made.

use std::path::PathBuf;

use rimon_spec::Result;

use super::spill::SpillSettings;
use super::writer::TableWriter;
use crate::table::Table;

/// The least memory of a writer.
const LEAST: usize = 64 << 10;

/// Settings of a [`TableWriter`]: [`Table::writer`].
#[derive(Debug, Clone)]
pub struct WriterBuilder {
    table: Table,
    user: String,
    memory: Option<usize>,
    spill: Option<PathBuf>,
    ignore_previous: bool,
}

impl WriterBuilder {
    pub(crate) fn new(table: Table, user: String) -> Self {
        Self { table, user, memory: None, spill: None, ignore_previous: false }
    }

    /// Bytes of rows that the writer keeps in memory, over all its buckets, about; the default is the table's
    /// `write-buffer-size`.
    #[must_use]
    pub fn memory(mut self, bytes: usize) -> Self {
        self.memory = Some(bytes);
        self
    }

    /// The directory under which rows are spilled, if the table has `write-buffer-spillable`; the default is the
    /// system's for temporary files. It must exist. What is spilled goes with the writer, or, after a crash, with the
    /// next writer that spills there.
    #[must_use]
    pub fn spill_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.spill = Some(directory.into());
        self
    }

    /// The rows are to replace those of the buckets they go to (`TableCommitter::overwrite`): nothing
    /// is asked about the files that are there, neither sequence numbers nor the number of buckets nor keys.
    #[must_use]
    pub fn ignore_previous_files(mut self) -> Self {
        self.ignore_previous = true;
        self
    }

    /// The writer. It must be used inside a Tokio runtime.
    ///
    /// # Errors
    /// `Unsupported` naming the feature when this build cannot write the table; `Invalid` options.
    pub fn build(self) -> Result<TableWriter> {
        let options = self.table.options();
        let default = usize::try_from(options.write_buffer_size).unwrap_or(usize::MAX);
        let spill = options.write_buffer_spillable.then(|| {
            let settings =
                SpillSettings::in_temporary_files(options.write_buffer_spill_max_disk_size);
            match &self.spill {
                Some(parent) => SpillSettings { parent: parent.clone(), ..settings },
                None => settings,
            }
        });
        let memory = self.memory.unwrap_or(default).max(LEAST);
        let writer = TableWriter::new(self.table, self.user, memory, spill)?;
        Ok(if self.ignore_previous { writer.ignoring_previous_files() } else { writer })
    }
}

impl Table {
    /// Begins to write on behalf of `user`, a name that nobody else writes and commits with.
    pub fn writer(&self, user: impl Into<String>) -> WriterBuilder {
        WriterBuilder::new(self.clone(), user.into())
    }
}
