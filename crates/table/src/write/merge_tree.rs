//! Sorted runs of a primary-key table as files: the engine's [`RunWriter`] over the format.

use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::kernels::aggregate::{max, min};
use arrow::datatypes::{Int8Type, Int64Type};
use async_trait::async_trait;
use rimon_format::arrow_value::value_at;
use rimon_lsm::{RunBatch, RunRole, RunWriter, RunWriterFactory};
use rimon_spec::{BinaryRow, DataFileMeta, DataType, Error, Result, RowKind};

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::data_file::RowsSummary;
use super::rolling::{BucketFiles, RollingWriter, Summarize};

/// Makes runs in one bucket.
#[derive(Debug)]
pub(crate) struct BucketRuns {
    files: Arc<BucketFiles>,
    key_types: Arc<[DataType]>,
}

impl BucketRuns {
    /// Runs of a table whose key columns have these types.
    pub(crate) fn new(files: Arc<BucketFiles>, key_types: Arc<[DataType]>) -> Self {
        Self { files, key_types }
    }
}

#[async_trait]
impl RunWriterFactory for BucketRuns {
    type File = DataFileMeta;

    async fn create(&self, role: RunRole) -> Result<Box<dyn RunWriter<File = DataFileMeta>>> {
        if role.level != self.files.layout.level {
            return Err(Error::internal("a run of another level than that of its files"));
        }
        let keys = KeyRange::new(self.key_types.clone());
        let files = RollingWriter::new(self.files.clone(), keys).expecting(role.rows as u64);
        Ok(Box::new(FileRun::start(files)))
    }
}

/// Batches that wait for the encoder.
const WAITING: usize = 1;

/// A run whose batches are encoded by a task of its own, so that the next batch is gathered meanwhile.
struct FileRun {
    batches: mpsc::Sender<Step>,
    encoder: JoinHandle<Result<Vec<DataFileMeta>>>,
}

enum Step {
    Write(RunBatch),
    Finish,
}

impl FileRun {
    fn start(files: RollingWriter<KeyRange>) -> Self {
        let (batches, steps) = mpsc::channel(WAITING);
        Self { batches, encoder: tokio::spawn(encode(files, steps)) }
    }

    /// What the encoder ended with.
    async fn ended(encoder: JoinHandle<Result<Vec<DataFileMeta>>>) -> Result<Vec<DataFileMeta>> {
        encoder.await.map_err(|e| Error::internal("the encoder of a run stopped").with_source(e))?
    }
}

/// Writes what comes; without a last step, and after an error, the open file is given up.
async fn encode(
    mut files: RollingWriter<KeyRange>,
    mut steps: mpsc::Receiver<Step>,
) -> Result<Vec<DataFileMeta>> {
    while let Some(step) = steps.recv().await {
        match step {
            Step::Finish => return files.finish().await,
            Step::Write(batch) => {
                if let Err(error) = files.write(&batch.batch).await {
                    // The first error is the cause; a failing clean-up adds nothing to it.
                    let _ = files.abort().await;
                    return Err(error);
                }
            }
        }
    }
    files.abort().await.map(|()| Vec::new())
}

#[async_trait]
impl RunWriter for FileRun {
    type File = DataFileMeta;

    async fn write(&mut self, batch: RunBatch) -> Result<()> {
        if self.batches.send(Step::Write(batch)).await.is_ok() {
            return Ok(());
        }
        // It has failed. The handle is asked once: the run is given up after an error.
        let ended = tokio::spawn(async { Ok(Vec::new()) });
        Self::ended(std::mem::replace(&mut self.encoder, ended)).await?;
        Err(Error::internal("the encoder of a run ended early"))
    }

    async fn finish(self: Box<Self>) -> Result<Vec<DataFileMeta>> {
        let Self { batches, encoder } = *self;
        // A failed encoder does not listen any more; its error is what it ended with.
        let _ = batches.send(Step::Finish).await;
        drop(batches);
        Self::ended(encoder).await
    }

    async fn abort(self: Box<Self>) -> Result<()> {
        let Self { batches, encoder } = *self;
        drop(batches);
        Self::ended(encoder).await.map(|_| ())
    }
}

/// First and last key, sequence numbers and retracting rows of a file.
pub(crate) struct KeyRange {
    types: Arc<[DataType]>,
    first: Option<BinaryRow>,
    last: Option<BinaryRow>,
    min_sequence: i64,
    max_sequence: i64,
    delete_rows: i64,
}

impl KeyRange {
    /// Nothing yet, of keys with these types.
    pub(crate) fn new(types: Arc<[DataType]>) -> Self {
        Self {
            types,
            first: None,
            last: None,
            min_sequence: i64::MAX,
            max_sequence: i64::MIN,
            delete_rows: 0,
        }
    }

    fn key(&self, rows: &RecordBatch, row: usize) -> Result<BinaryRow> {
        let mut values = Vec::with_capacity(self.types.len());
        for (column, data_type) in rows.columns().iter().zip(self.types.iter()) {
            values.push(value_at(column, row, data_type)?);
        }
        BinaryRow::encode(&self.types, &values)
    }
}

impl Summarize for KeyRange {
    fn note(&mut self, rows: &RecordBatch) -> Result<()> {
        let wrong = || Error::internal("a run's batch has not the layout of data files");
        let Some(last) = rows.num_rows().checked_sub(1) else { return Ok(()) };
        if self.first.is_none() {
            self.first = Some(self.key(rows, 0)?);
        }
        self.last = Some(self.key(rows, last)?);
        let sequence = rows.columns().get(self.types.len());
        let sequence =
            sequence.and_then(|c| c.as_primitive_opt::<Int64Type>()).ok_or_else(wrong)?;
        self.min_sequence = self.min_sequence.min(min(sequence).ok_or_else(wrong)?);
        self.max_sequence = self.max_sequence.max(max(sequence).ok_or_else(wrong)?);
        let kinds = rows.columns().get(self.types.len() + 1);
        let kinds = kinds.and_then(|c| c.as_primitive_opt::<Int8Type>()).ok_or_else(wrong)?;
        let is_delete =
            |k: &&i8| **k == RowKind::UpdateBefore as i8 || **k == RowKind::Delete as i8;
        self.delete_rows += kinds.values().iter().filter(is_delete).count() as i64;
        Ok(())
    }

    fn take(&mut self) -> Result<RowsSummary> {
        let fresh = Self::new(self.types.clone());
        let done = std::mem::replace(self, fresh);
        let (Some(min_key), Some(max_key)) = (done.first, done.last) else {
            return Err(Error::internal("a file without rows"));
        };
        Ok(RowsSummary {
            min_key,
            max_key,
            min_sequence: done.min_sequence,
            max_sequence: done.max_sequence,
            delete_rows: done.delete_rows,
        })
    }
}
