//! The noun that writes.

mod buckets;
mod prepare;

use std::sync::Arc;

use arrow::array::{Int8Array, RecordBatch};
use arrow::datatypes::DataType as ArrowType;
use hashbrown::HashMap;
use indexmap::IndexMap;
use rimon_lsm::BufferSpec;
use rimon_spec::{BinaryRow, DataType, Error, Result, RowKind};

use super::assign::Assigner;
use super::budget::{Budget, Pinned};
use super::data_file::FileLayout;
use super::files::OpenFiles;
use super::kinds::Kinds;
use super::normalize::{Normalizer, rows_schema};
use super::postpone::postponed;
use super::restore::Restored;
use super::route::{Routed, Router};
use super::spill::{SpillSettings, Spills};
use super::spilling::FlushRoom;
use super::stage::{Placed, Stage};
use super::worker::{Worker, bytes_of};
use crate::table::Table;
use buckets::{buffer_spec, flush_room};

/// Rows on their way to buckets take this share of the memory, at most.
const STAGE_SHARE: usize = 16;

/// Where buckets are many this share of the memory is kept free: in the end files are written while the rows of all
/// other buckets are still there.
const FREE_SHARE: usize = 4;

/// The bucket of rows that have none yet.
pub(super) const POSTPONE_BUCKET: i32 = -2;

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
        schema.check_functions().map_err(|e| e.with("table", table.name()))?;
        let keys = schema.key_fields();
        let files_of = match options.bucket {
            POSTPONE_BUCKET => postponed(&table, &user)?,
            _ => table.clone(),
        };
        let options = files_of.options().clone();
        let arrow = rows_schema(schema.fields(), &options)?;
        let types: Vec<ArrowType> = arrow.fields().iter().map(|f| f.data_type().clone()).collect();
        let (layout, buffer) = if table.has_primary_key() {
            let layout = FileLayout::key_value(&keys, schema.fields(), &options, 0);
            let buffer = buffer_spec(&files_of)?;
            (layout, Some(buffer))
        } else {
            (FileLayout::append(schema.fields(), &options), None)
        };
        let name = format!("{}-{}", std::process::id(), table.runtime().ids().uuid());
        let spills = |s| Arc::new(Spills::new(s, name));
        Ok(Self {
            spill: spill.map(spills),
            room: Arc::new(flush_room(&table, memory, layout.fields.len())),
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
        self.budget.grow(self.stage.push(placed, bytes));
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
        let bytes = self.stage.memory();
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
        let shared = routed.first().filter(|routed| routed.part.is_shared());
        let bytes = shared.map(|routed| bytes_of(&routed.part.batch));
        let pinned = bytes.map(|bytes| Arc::new(Pinned::new(Arc::clone(&self.budget), bytes)));
        for routed in routed {
            self.hand_over(routed, pinned.clone()).await?;
        }
        Ok(())
    }

    async fn hand_over(&mut self, routed: Routed, pinned: Option<Arc<Pinned>>) -> Result<()> {
        let id = (routed.partition.row.clone(), routed.bucket);
        if !self.workers.contains_key(&id) {
            let writer = self.open_bucket(&id).await?;
            self.workers.insert(id.clone(), Worker::start(writer, self.budget.clone()));
        }
        if let Some(worker) = self.workers.get(&id) {
            worker.write(&self.budget, routed.part, pinned);
        }
        Ok(())
    }

    /// Waits while more than the budget is held, making the bucket that holds most flush.
    async fn keep_to_budget(&mut self) -> Result<()> {
        let free = if self.stage.has_many_buckets() { self.memory / FREE_SHARE } else { 0 };
        while self.budget.used() > self.memory - free && !self.budget.failed() {
            if let Some(worker) = self.workers.values().max_by_key(|w| w.held()) {
                worker.flush();
            }
            self.budget.progress().await;
        }
        self.check_alive().await
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
