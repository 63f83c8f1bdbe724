//! Opening the writer of a bucket.

use std::sync::Arc;

use rimon_lsm::{BufferSpec, MergeTreeWriter};
use rimon_spec::options::SortOrder;
use rimon_spec::{DataField, Error, Result, SpecialField};

use super::{BucketId, POSTPONE_BUCKET, TableWriter};
use crate::merge_engine::merge_function;
use crate::table::Table;
use crate::write::append::AppendWriter;
use crate::write::bucket_writer::BucketWriter;
use crate::write::files::bucket_directory;
use crate::write::merge_tree::BucketRuns;
use crate::write::normalize::rows_schema;
use crate::write::postpone::PostponeWriter;
use crate::write::restore::Restored;
use crate::write::rolling::BucketFiles;
use crate::write::spill::Spool;
use crate::write::spilling::{FlushRoom, SpillingWriter};
use crate::write::waiting::WaitingWriter;

/// Rows of a flushed batch.
const FLUSH_ROWS: usize = 16_384;

/// Flushes take this share of the memory, at most, beside the rows that are in memory anyway.
const FLUSH_SHARE: usize = 3;

/// Files that are written at once, for each processor, when nothing but processors limits them.
const FILES_PER_CORE: usize = 2;

impl TableWriter {
    /// A writer for a bucket that has none yet.
    pub(super) async fn open_bucket(&mut self, id: &BucketId) -> Result<BucketWriter> {
        let first_sequence = self.first_sequence(id).await?;
        let directory = bucket_directory(&self.table, &id.0, id.1)?;
        let files =
            BucketFiles::new(&self.files_of, self.layout.clone(), directory, self.open.clone())?;
        let files = Arc::new(files);
        let spool = self.spill.as_ref().map(|spills| Spool::new(Arc::clone(spills)));
        let room = Arc::clone(&self.room);
        let Some(spec) = &self.buffer else {
            let writer = AppendWriter::new(files, first_sequence);
            let mut writer = WaitingWriter::new(writer, room);
            if let Some(spool) = spool.filter(|_| self.are_many()) {
                writer.wait(spool);
            }
            return Ok(BucketWriter::Append(Box::new(writer)));
        };
        if id.1 == POSTPONE_BUCKET {
            let writer = PostponeWriter::new(files, spec.clone(), self.key_types.clone());
            return Ok(BucketWriter::Postpone(Box::new(writer)));
        }
        let runs = Arc::new(BucketRuns::new(files, self.key_types.clone()));
        // Half of the memory for rows that arrive while the other half is flushed.
        let half = self.memory / 2;
        let budget = if spool.is_some() { usize::MAX } else { half };
        let writer = MergeTreeWriter::new(runs, spec.clone(), first_sequence, budget)?;
        Ok(match spool {
            Some(spool) => {
                BucketWriter::Spilling(Box::new(SpillingWriter::new(writer, spool, room, half)))
            }
            None => BucketWriter::MergeTree(Box::new(writer), room),
        })
    }

    /// Whether buckets of an append table beside those that are open are too many to have a file open each
    /// (`write-max-writers-to-spill`). Those that are open wait from then on, too.
    fn are_many(&self) -> bool {
        let many = self.table.options().write_max_writers_to_spill as usize;
        if let (true, Some(spills)) = (self.workers.len() == many, &self.spill) {
            for worker in self.workers.values() {
                worker.wait(Spool::new(Arc::clone(spills)));
            }
        }
        self.workers.len() >= many
    }

    /// The first sequence number for a bucket: after all its files, and after what this writer used already.
    async fn first_sequence(&mut self, id: &BucketId) -> Result<i64> {
        let options = self.table.options();
        let total = self.assigner.total_buckets();
        let unordered = !options.bucket_append_ordered && options.write_only;
        if id.1 == POSTPONE_BUCKET {
            return Ok(0);
        }
        if self.buffer.is_none() && (total <= 0 || unordered) {
            return Ok(self.sequences.get(id).copied().unwrap_or(0));
        }
        if self.restored.is_none() {
            self.restored = Some(match self.ignore_previous {
                true => Restored::default(),
                false => Restored::load(&self.table).await?,
            });
        }
        let Some(restored) = &self.restored else {
            return Err(Error::internal("the bucket's files were not looked at"));
        };
        restored.check_total(&id.0, total).map_err(|e| e.with("table", self.table.name()))?;
        let used = self.sequences.get(id).copied().unwrap_or(0);
        Ok(restored.next_sequence(&id.0, id.1)?.max(used))
    }
}

/// The room for the flushes of a writer with `memory` bytes to files of so many columns. Files of the local disk are
/// encoded as fast as there are processors; elsewhere they wait for the network, and more of them go together.
pub(super) fn flush_room(table: &Table, memory: usize, columns: usize) -> FlushRoom {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let local = table.storage().local_dir().is_some();
    let most = if local { FILES_PER_CORE * cores } else { usize::MAX };
    FlushRoom::new(memory / FLUSH_SHARE, columns, most)
}

/// How the rows of a bucket of a primary-key table are merged before they are written.
pub(super) fn buffer_spec(table: &Table) -> Result<BufferSpec> {
    let schema = table.schema();
    let options = table.options();
    let position = |name: &str| {
        schema
            .fields()
            .iter()
            .position(|f| f.name == name)
            .ok_or_else(|| Error::invalid("the table has no such column").with("column", name))
    };
    let mut file: Vec<DataField> =
        schema.key_fields().iter().map(|f| SpecialField::key(f)).collect();
    file.extend([SpecialField::sequence_number(), SpecialField::value_kind()]);
    file.extend_from_slice(schema.fields());
    let mut values = schema.fields().to_vec();
    let merge = merge_function(schema, options, &mut values)?;
    Ok(BufferSpec {
        keys: schema.trimmed_primary_keys().into_iter().map(position).collect::<Result<_>>()?,
        file_schema: rows_schema(&file, options)?,
        user_sequence: options
            .sequence_fields
            .iter()
            .map(|name| position(name))
            .collect::<Result<_>>()?,
        descending: options.sequence_sort_order == SortOrder::Descending,
        merge,
        batch_rows: FLUSH_ROWS,
    })
}
