//! The noun that writes.

use std::sync::Arc;

use arrow::array::{Int8Array, RecordBatch};
use arrow::datatypes::DataType as ArrowType;
use futures::future::join_all;
use hashbrown::HashMap;
use indexmap::IndexMap;
use rimon_lsm::{BufferSpec, MergeTreeWriter};
use rimon_spec::{BinaryRow, DataField, DataType, Error, Result, RowKind, SpecialField};

use super::append::AppendWriter;
use super::assign::Assigner;
use super::bucket_writer::BucketWriter;
use super::budget::Budget;
use super::data_file::FileLayout;
use super::files::{OpenFiles, bucket_directory};
use super::kinds::Kinds;
use super::merge_tree::BucketRuns;
use super::message::CommitMessage;
use super::normalize::{Normalizer, rows_schema};
use super::postpone::{PostponeWriter, postponed};
use super::restore::Restored;
use super::rolling::BucketFiles;
use super::route::{Routed, Router};
use super::spill::{SpillSettings, Spills, Spool};
use super::spilling::{FlushRoom, SpillingWriter, WaitingWriter};
use super::stage::{Placed, Stage};
use super::worker::{Worker, bytes_of};
use crate::merge_engine::merge_function;
use crate::table::Table;

/// Rows of a flushed batch.
const FLUSH_ROWS: usize = 16_384;

/// Rows on their way to buckets take this share of the memory, at most.
const STAGE_SHARE: usize = 16;

/// Flushes take this share of the memory, at most, beside the rows that are in memory anyway.
const FLUSH_SHARE: usize = 3;

/// The bucket of rows that have none yet.
const POSTPONE_BUCKET: i32 = -2;

type BucketId = (BinaryRow, i32);

/// Writes rows of one table into data files that nobody sees before they are committed.
///
/// One writer is used by one task at a time; several writers of one table may work at once, but only one at a time
/// may write a bucket of a primary-key table if the order of its versions is to be certain. A writer is reusable after
/// [`TableWriter::prepare_commit`], and dead after an error. Dropping it abandons what was not prepared.
#[derive(Debug)]
pub struct TableWriter {
    table: Table,
    /// The table with the options that its files are written with.
    files_of: Table,
    user: String,
    memory: usize,
    normalizer: Normalizer,
    kinds: Kinds,
    router: Router,
    assigner: Assigner,
    layout: Arc<FileLayout>,
    buffer: Option<BufferSpec>,
    key_types: Arc<[DataType]>,
    budget: Arc<Budget>,
    stage: Stage,
    /// Where rows are spilled.
    spill: Option<Arc<Spills>>,
    room: Arc<FlushRoom>,
    open: Arc<OpenFiles>,
    restored: Option<Restored>,
    /// The rows replace those that are there.
    ignore_previous: bool,
    sequences: HashMap<BucketId, i64>,
    workers: IndexMap<BucketId, Worker>,
    dead: bool,
}

impl TableWriter {
    pub(crate) fn new(
        table: Table,
        user: String,
        memory: usize,
        spill: Option<SpillSettings>,
    ) -> Result<Self> {
        let options = table.options().clone();
        options.refuse_unsupported_write().map_err(|e| e.with("table", table.name()))?;
        let schema = table.schema().clone();
        let keys = schema.key_fields();
        let files_of = match options.bucket {
            POSTPONE_BUCKET => postponed(&table, &user)?,
            _ => table.clone(),
        };
        let options = files_of.options().clone();
        let arrow = rows_schema(schema.fields(), &options)?;
        let types: Vec<ArrowType> = arrow.fields().iter().map(|f| f.data_type().clone()).collect();
        let (layout, buffer) = if table.has_primary_key() {
            let layout = FileLayout::key_value(&keys, schema.fields(), &options);
            let buffer = buffer_spec(&files_of)?;
            (layout, Some(buffer))
        } else {
            (FileLayout::append(schema.fields(), &options), None)
        };
        let name = format!("{}-{}", std::process::id(), table.runtime().ids().uuid());
        let spills = |s| Arc::new(Spills::new(s, name));
        Ok(Self {
            spill: spill.map(spills),
            room: Arc::new(FlushRoom::new(memory / FLUSH_SHARE, layout.fields.len())),
            normalizer: Normalizer::new(schema.clone(), arrow)?,
            kinds: Kinds::new(&options, table.has_primary_key()),
            router: Router::new(&schema, &types)?,
            assigner: Assigner::of(&table)?,
            layout: Arc::new(layout),
            buffer,
            key_types: keys.iter().map(|f| f.data_type.clone()).collect(),
            budget: Arc::default(),
            stage: Stage::default(),
            open: Arc::default(),
            restored: None,
            ignore_previous: false,
            sequences: HashMap::new(),
            workers: IndexMap::new(),
            dead: false,
            files_of,
            table,
            user,
            memory,
        })
    }

    pub(super) fn ignoring_previous_files(mut self) -> Self {
        self.ignore_previous = true;
        self.assigner.forget_keys();
        self
    }

    /// Who writes.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The table that is written.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Bytes of rows that are in memory, about.
    pub fn memory_held(&self) -> usize {
        self.budget.used()
    }

    /// Takes rows. Columns are matched by name; nullable columns may be missing; types are cast where nothing is
    /// lost. All rows are `+I` unless the table has a `rowkind.field`.
    ///
    /// # Errors
    /// `Invalid`, naming the column, for rows that do not fit the table: nothing of the batch is written and the
    /// writer can go on. Other errors come from earlier batches, too, and end the writer.
    pub async fn write(&mut self, batch: RecordBatch) -> Result<()> {
        self.take(batch, None).await
    }

    /// As [`TableWriter::write`], with the kind of each row: 0 `+I`, 1 `-U`, 2 `+U`, 3 `-D` ([`RowKind`]).
    ///
    /// # Errors
    /// As [`TableWriter::write`]; `Invalid` for retracting rows of an append table.
    pub async fn write_with_kinds(&mut self, batch: RecordBatch, kinds: Int8Array) -> Result<()> {
        self.take(batch, Some(kinds)).await
    }

    /// As [`TableWriter::write`], all rows being of one kind.
    ///
    /// # Errors
    /// As [`TableWriter::write_with_kinds`].
    pub async fn write_as(&mut self, batch: RecordBatch, kind: RowKind) -> Result<()> {
        let kinds = Int8Array::from(vec![kind as i8; batch.num_rows()]);
        self.take(batch, Some(kinds)).await
    }

    async fn take(&mut self, batch: RecordBatch, kinds: Option<Int8Array>) -> Result<()> {
        self.check_alive().await?;
        if batch.num_rows() == 0 {
            return Ok(());
        }
        if kinds.as_ref().is_some_and(|k| arrow::array::Array::len(k) != batch.num_rows()) {
            return Err(Error::invalid("every row needs one row kind"));
        }
        let named = |e: Error| e.with("table", self.table.name());
        let batch = self.normalizer.normalize(&batch).map_err(named)?;
        let (batch, kinds) = self.kinds.apply(batch, kinds).map_err(named)?;
        if batch.num_rows() == 0 {
            return Ok(());
        }
        if let (Some(kinds), Some(buffer)) = (&kinds, &self.buffer) {
            buffer.merge.check_input(kinds, batch.columns()).map_err(named)?;
        }
        let placed = self.place(batch, kinds).await?;
        let bytes = bytes_of(&placed.batch);
        self.budget.grow(bytes);
        self.stage.push(placed, bytes);
        if self.stage.is_ready(self.memory / STAGE_SHARE) {
            self.divide().await?;
        }
        self.keep_to_budget().await
    }

    /// Buckets that depend on what came before are wrong after an error.
    async fn place(&mut self, batch: RecordBatch, kinds: Option<Int8Array>) -> Result<Placed> {
        let placed = self.assigner.place(batch, kinds, &mut self.router).await;
        if placed.is_err() && !matches!(self.assigner, Assigner::OfRow(_)) {
            self.abort().await;
        }
        placed.map_err(|e| e.with("table", self.table.name()))
    }

    /// Hands the rows that wait over to their buckets.
    async fn divide(&mut self) -> Result<()> {
        let bytes = self.stage.bytes();
        let divided = self.hand_all_over().await;
        self.budget.shrink(bytes);
        if divided.is_err() {
            self.abort().await;
        }
        divided
    }

    async fn hand_all_over(&mut self) -> Result<()> {
        let Some(placed) = self.stage.take()? else { return Ok(()) };
        let routed = self.router.route(placed)?;
        self.stage.divided(routed.len());
        for routed in routed {
            self.hand_over(routed).await?;
        }
        Ok(())
    }

    async fn hand_over(&mut self, routed: Routed) -> Result<()> {
        let id = (routed.partition.row.clone(), routed.bucket);
        if !self.workers.contains_key(&id) {
            let writer = self.open_bucket(&id).await?;
            self.workers.insert(id.clone(), Worker::start(writer, self.budget.clone()));
        }
        if let Some(worker) = self.workers.get(&id) {
            worker.write(&self.budget, routed.batch, routed.kinds);
        }
        Ok(())
    }

    /// Waits while more than the budget is held, making the bucket that holds most flush.
    async fn keep_to_budget(&mut self) -> Result<()> {
        while self.budget.used() > self.memory && !self.budget.failed() {
            if let Some(worker) = self.workers.values().max_by_key(|w| w.held()) {
                worker.flush();
            }
            self.budget.progress().await;
        }
        self.check_alive().await
    }

    async fn open_bucket(&mut self, id: &BucketId) -> Result<BucketWriter> {
        let first_sequence = self.first_sequence(id).await?;
        let directory = bucket_directory(&self.table, &id.0, id.1)?;
        let files =
            BucketFiles::new(&self.files_of, self.layout.clone(), directory, self.open.clone())?;
        let files = Arc::new(files);
        let spool = self.spill.as_ref().map(|spills| Spool::new(Arc::clone(spills)));
        let room = Arc::clone(&self.room);
        let Some(spec) = &self.buffer else {
            let writer = AppendWriter::new(files, first_sequence);
            let many = self.table.options().write_max_writers_to_spill as usize;
            return Ok(match spool.filter(|_| self.workers.len() >= many) {
                Some(spool) => BucketWriter::Waiting(WaitingWriter::new(writer, spool, room)),
                None => BucketWriter::Append(writer),
            });
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

    /// Completes all files written since the last call and makes them durable. `identifier` is the one they will be
    /// committed with. The writer can go on with the rows of the next commit.
    ///
    /// # Errors
    /// Any error of the background tasks; all files are deleted then, and the writer is dead.
    pub async fn prepare_commit(&mut self, identifier: i64) -> Result<Vec<CommitMessage>> {
        self.check_alive().await?;
        self.divide().await?;
        let prepared = self.finish_buckets().await;
        let synced = match prepared {
            Ok(messages) => self.sync().await.map(|()| messages),
            Err(error) => Err(error),
        };
        match synced {
            Ok(messages) => Ok(messages),
            Err(error) => {
                self.abort().await;
                Err(error.with("table", self.table.name()).with("commit", identifier))
            }
        }
    }

    async fn finish_buckets(&mut self) -> Result<Vec<CommitMessage>> {
        let workers = std::mem::take(&mut self.workers);
        let ids: Vec<BucketId> = workers.keys().cloned().collect();
        let finished = join_all(workers.into_values().map(Worker::finish)).await;
        if let Some(error) = self.budget.take_error() {
            return Err(error);
        }
        let checked = self.restored.take().map(|r| r.snapshot());
        let keys = self.assigner.prepare(&self.open, &self.router, &self.user).await?;
        let mut messages = Vec::with_capacity(ids.len());
        for (id, finished) in ids.into_iter().zip(finished) {
            let finished = finished.ok_or_else(|| {
                Error::internal("the task of a bucket ended before its files were complete")
            })?;
            self.sequences.insert(id.clone(), finished.next_sequence);
            if finished.files.is_empty() {
                continue;
            }
            let total = self.assigner.total_buckets();
            let mut message = CommitMessage::of_new_files(id.0, id.1, total, finished.files);
            message.checked_snapshot = checked;
            messages.push(message);
        }
        keys.add_to(&mut messages);
        Ok(messages)
    }

    /// Forces the files to disk; from here on they belong to the messages.
    async fn sync(&self) -> Result<()> {
        let paths = self.open.take();
        let synced = self.table.storage().sync(&paths).await;
        if synced.is_err() {
            paths.into_iter().for_each(|path| self.open.add(path));
        }
        synced
    }

    /// Gives up: deletes every file that no message of [`TableWriter::prepare_commit`] names. The writer is dead
    /// afterwards.
    pub async fn abort(&mut self) {
        self.dead = true;
        for worker in std::mem::take(&mut self.workers).into_values() {
            worker.abort().await;
        }
        self.open.delete_all(self.table.storage()).await;
    }

    /// The first error of a background task ends the writer.
    async fn check_alive(&mut self) -> Result<()> {
        if let Some(error) = self.budget.take_error() {
            self.abort().await;
            return Err(error.with("table", self.table.name()));
        }
        if self.dead {
            return Err(Error::invalid("the writer has failed or was aborted")
                .with("table", self.table.name())
                .with_hint("make a new one"));
        }
        Ok(())
    }
}

impl Drop for TableWriter {
    /// Best effort: deletes what was not prepared, if a runtime is at hand.
    fn drop(&mut self) {
        let workers = std::mem::take(&mut self.workers);
        if workers.is_empty() {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (open, storage) = (self.open.clone(), self.table.storage().clone());
        runtime.spawn(async move {
            for worker in workers.into_values() {
                worker.abort().await;
            }
            open.delete_all(&storage).await;
        });
    }
}

fn buffer_spec(table: &Table) -> Result<BufferSpec> {
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
        descending: options.sequence_sort_order == rimon_spec::options::SortOrder::Descending,
        merge,
        batch_rows: FLUSH_ROWS,
    })
}
