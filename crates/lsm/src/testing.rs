//! In-memory implementations of the ports, for tests.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use async_trait::async_trait;
use futures::{StreamExt, stream};
use rimon_spec::{Error, Result, Value};

use crate::bitmap::Bitmap;
use crate::key::{ChunkKeys, KeyRun, check_sorted, value_at};
use crate::plan::{PlanRequest, TableKind, plan_newest};
use crate::ports::{
    BatchStream, KeyBlock, KeyParts, RowRanges, RunBatch, RunRole, RunWriter, RunWriterFactory,
    SortedFile, SortedFileMeta,
};

/// How in-memory files present themselves.
#[derive(Debug, Clone)]
pub struct MemoryLayout {
    /// Number of key columns.
    pub key_columns: usize,
    /// Value columns (by position among the value columns) that `read_values` yields.
    pub values: Vec<usize>,
    /// `sequence.field` columns, by position among the value columns.
    pub user_sequence: Vec<usize>,
    /// Rows of a block; 0: one block without bounds.
    pub block_rows: usize,
    /// Rows of a batch that a read yields.
    pub batch_rows: usize,
}

/// What was read from files, over all that share the log.
#[derive(Debug, Default)]
pub struct ReadLog {
    /// Rows of keys.
    pub key_rows: AtomicU64,
    /// Rows of keys with sequence numbers.
    pub sequence_rows: AtomicU64,
    /// Rows of keys with kinds.
    pub kind_rows: AtomicU64,
    /// Rows of values.
    pub value_rows: AtomicU64,
}

/// A sorted file in memory.
#[derive(Debug, Clone)]
pub struct MemoryFile {
    meta: SortedFileMeta,
    /// File layout: keys, sequence number, kind, values.
    rows: RecordBatch,
    layout: MemoryLayout,
    log: Arc<ReadLog>,
}

impl MemoryFile {
    /// A file of rows in file layout and key order; at least one row.
    pub fn new(
        name: impl Into<String>,
        level: i32,
        rows: RecordBatch,
        layout: MemoryLayout,
        log: Arc<ReadLog>,
    ) -> Result<Self> {
        let mut file = Self {
            meta: SortedFileMeta {
                name: name.into(),
                rows: rows.num_rows() as u64,
                size: rows.num_rows() as u64,
                min_key: Vec::new(),
                max_key: Vec::new(),
                min_sequence: i64::MAX,
                max_sequence: i64::MIN,
                delete_rows: Some(0),
                level,
                creation_time: None,
            },
            rows,
            layout,
            log,
        };
        let last = file.rows.num_rows().saturating_sub(1);
        file.meta.min_key = file.key(0)?;
        file.meta.max_key = file.key(last)?;
        let mut deletes = 0;
        for row in 0..file.rows.num_rows() {
            if let Value::BigInt(sequence) = file.value(file.layout.key_columns, row)? {
                file.meta.min_sequence = file.meta.min_sequence.min(sequence);
                file.meta.max_sequence = file.meta.max_sequence.max(sequence);
            }
            if let Value::TinyInt(1 | 3) = file.value(file.layout.key_columns + 1, row)? {
                deletes += 1;
            }
        }
        file.meta.delete_rows = Some(deletes);
        Ok(file)
    }

    /// The same file with other metadata.
    #[must_use]
    pub fn with_meta(mut self, change: impl FnOnce(&mut SortedFileMeta)) -> Self {
        change(&mut self.meta);
        self
    }

    fn value(&self, column: usize, row: usize) -> Result<Value> {
        let column = self.rows.columns().get(column);
        value_at(column.ok_or_else(|| Error::internal("no such column"))?, row)
    }

    fn key(&self, row: usize) -> Result<Vec<Value>> {
        (0..self.layout.key_columns).map(|column| self.value(column, row)).collect()
    }

    fn stream(&self, columns: &[usize], ranges: &[Range<u64>]) -> Result<BatchStream> {
        let rows = self.rows.project(columns).map_err(|e| Error::internal(e.to_string()))?;
        let mut batches = Vec::new();
        for range in ranges {
            let step = self.layout.batch_rows.max(1);
            for start in (range.start..range.end).step_by(step) {
                let end = (start + step as u64).min(range.end);
                batches.push(Ok(rows.slice(start as usize, (end - start) as usize)));
            }
        }
        Ok(stream::iter(batches).boxed())
    }
}

#[async_trait]
impl SortedFile for MemoryFile {
    fn meta(&self) -> &SortedFileMeta {
        &self.meta
    }

    async fn blocks(&self) -> Result<Arc<[KeyBlock]>> {
        let rows = self.rows.num_rows();
        if self.layout.block_rows == 0 {
            return Ok([KeyBlock { rows: 0..rows as u64, min: None, max: None }].into());
        }
        let mut blocks = Vec::new();
        for start in (0..rows).step_by(self.layout.block_rows) {
            let end = (start + self.layout.block_rows).min(rows);
            blocks.push(KeyBlock {
                rows: start as u64..end as u64,
                min: Some(self.value(0, start)?),
                max: Some(self.value(0, end - 1)?),
            });
        }
        Ok(blocks.into())
    }

    async fn read_keys(&self, parts: KeyParts, rows: Range<u64>) -> Result<BatchStream> {
        let keys = self.layout.key_columns;
        let mut columns: Vec<usize> = (0..keys).collect();
        let count = rows.end - rows.start;
        self.log.key_rows.fetch_add(count, Ordering::Relaxed);
        if parts.sequence {
            columns.push(keys);
            self.log.sequence_rows.fetch_add(count, Ordering::Relaxed);
        }
        if parts.kind {
            columns.push(keys + 1);
            self.log.kind_rows.fetch_add(count, Ordering::Relaxed);
        }
        if parts.user_sequence {
            columns.extend(self.layout.user_sequence.iter().map(|column| keys + 2 + column));
        }
        self.stream(&columns, &[rows])
    }

    async fn read_values(&self, rows: RowRanges) -> Result<BatchStream> {
        self.log.value_rows.fetch_add(rows.rows(), Ordering::Relaxed);
        let columns: Vec<usize> =
            self.layout.values.iter().map(|c| self.layout.key_columns + 2 + c).collect();
        self.stream(&columns, rows.as_slice())
    }
}

/// Makes [`MemoryFile`]s of the runs that are written.
#[derive(Debug)]
pub struct MemoryWriters {
    /// Layout of the files.
    pub layout: MemoryLayout,
    /// Log of the files.
    pub log: Arc<ReadLog>,
    /// Rolls to a new file after this many rows.
    pub file_rows: usize,
    names: Mutex<u64>,
}

impl MemoryWriters {
    /// Writers of files that share a log.
    pub fn new(layout: MemoryLayout, log: Arc<ReadLog>, file_rows: usize) -> Self {
        Self { layout, log, file_rows, names: Mutex::new(0) }
    }

    fn name(&self) -> String {
        let mut next = self.names.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        *next += 1;
        format!("file-{:05}", *next)
    }
}

struct MemoryRun {
    role: RunRole,
    layout: MemoryLayout,
    log: Arc<ReadLog>,
    name: String,
    file_rows: usize,
    batches: Vec<RecordBatch>,
}

#[async_trait]
impl RunWriterFactory for MemoryWriters {
    type File = Arc<dyn SortedFile>;

    async fn create(&self, role: RunRole) -> Result<Box<dyn RunWriter<File = Self::File>>> {
        Ok(Box::new(MemoryRun {
            role,
            layout: self.layout.clone(),
            log: Arc::clone(&self.log),
            name: self.name(),
            file_rows: self.file_rows.max(1),
            batches: Vec::new(),
        }))
    }
}

#[async_trait]
impl RunWriter for MemoryRun {
    type File = Arc<dyn SortedFile>;

    async fn write(&mut self, batch: RunBatch) -> Result<()> {
        self.batches.push(batch.batch);
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<Vec<Self::File>> {
        let Some(first) = self.batches.first() else { return Ok(Vec::new()) };
        let rows = concat_batches(&first.schema(), &self.batches)
            .map_err(|e| Error::internal(e.to_string()))?;
        let mut files: Vec<Self::File> = Vec::new();
        for start in (0..rows.num_rows()).step_by(self.file_rows) {
            let part = rows.slice(start, self.file_rows.min(rows.num_rows() - start));
            let (layout, log) = (self.layout.clone(), Arc::clone(&self.log));
            let name = format!("{}-{start:08}", self.name);
            files.push(Arc::new(MemoryFile::new(name, self.role.level, part, layout, log)?));
        }
        Ok(files)
    }

    async fn abort(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}

/// The key phase alone, for benchmarks: runs of keys in memory, oldest first.
#[derive(Debug)]
pub struct KeyPhase(ChunkKeys);

impl KeyPhase {
    /// Encodes the first column of each run's batches and checks their order.
    pub fn encode(runs: &[Vec<RecordBatch>]) -> Result<Self> {
        let keys = ChunkKeys::encode(runs, 1, true)?;
        match &keys {
            ChunkKeys::Words(runs) => runs.iter().try_for_each(|r| check_sorted(r).map(drop)),
            ChunkKeys::Wide(runs) => runs.iter().try_for_each(|r| check_sorted(r).map(drop)),
            ChunkKeys::Bytes(runs) => runs.iter().try_for_each(|r| check_sorted(r).map(drop)),
        }?;
        Ok(Self(keys))
    }

    /// Rows of all runs.
    pub fn rows(&self) -> usize {
        match &self.0 {
            ChunkKeys::Words(runs) => runs.iter().map(KeyRun::len).sum(),
            ChunkKeys::Wide(runs) => runs.iter().map(KeyRun::len).sum(),
            ChunkKeys::Bytes(runs) => runs.iter().map(KeyRun::len).sum(),
        }
    }

    /// Finds the newest row of each key; how many there are.
    pub fn plan(&self, force: Option<TableKind>, ordered: bool) -> Result<usize> {
        let request = PlanRequest { ordered, force, slab_rows: None };
        let plan = match &self.0 {
            ChunkKeys::Words(runs) => plan_newest(runs, request),
            ChunkKeys::Wide(runs) => plan_newest(runs, request),
            ChunkKeys::Bytes(runs) => plan_newest(runs, request),
        }?;
        Ok(plan.survivors.iter().map(Bitmap::count).sum())
    }
}
