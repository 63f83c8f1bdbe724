//! Writing into the tree: a buffer that becomes a sorted run whenever it is full.

use std::sync::Arc;

use arrow::array::{Int8Array, RecordBatch};
use rimon_spec::Result;

use crate::buffer::{BufferSpec, WriteBuffer};
use crate::ports::{RunRole, RunWriterFactory};

/// Writes the rows of one bucket. Mirrors `MergeTreeWriter.java` without compaction.
#[derive(Debug)]
pub struct MergeTreeWriter<F: RunWriterFactory> {
    factory: Arc<F>,
    buffer: WriteBuffer,
    budget: usize,
    files: Vec<F::File>,
}

impl<F: RunWriterFactory> MergeTreeWriter<F> {
    /// A writer whose first row gets `first_sequence` (greatest sequence number of the bucket's
    /// files + 1) and that flushes when the buffer holds more than `budget` bytes.
    pub fn new(
        factory: Arc<F>,
        spec: BufferSpec,
        first_sequence: i64,
        budget: usize,
    ) -> Result<Self> {
        Ok(Self {
            factory,
            buffer: WriteBuffer::new(spec, first_sequence)?,
            budget,
            files: Vec::new(),
        })
    }

    /// Adds rows (all value columns) with their kinds (`_VALUE_KIND` bytes; `None`: all `+I`);
    /// flushes when the buffer is over its budget.
    pub async fn write(&mut self, batch: RecordBatch, kinds: Option<&Int8Array>) -> Result<()> {
        self.buffer.push(batch, kinds)?;
        if self.buffer.memory() > self.budget { self.flush().await } else { Ok(()) }
    }

    /// Takes the rows that are buffered out again, in the order they came, as if they had not come. Whoever writes them
    /// later writes them before any other rows, or their sequence numbers are those of younger rows.
    pub fn take(&mut self) -> Vec<(RecordBatch, Option<Int8Array>)> {
        self.buffer.take()
    }

    /// Bytes held in memory.
    pub fn memory(&self) -> usize {
        self.buffer.memory()
    }

    /// Sequence number of the next row.
    pub fn next_sequence(&self) -> i64 {
        self.buffer.next_sequence()
    }

    /// Writes what is buffered as one run of level 0; nothing when it is empty. On an error the
    /// run is aborted and the buffered rows are lost: the writer must not be used further.
    pub async fn flush(&mut self) -> Result<()> {
        if self.buffer.rows() == 0 {
            return Ok(());
        }
        let role = RunRole { level: 0, rows: self.buffer.rows() };
        let rows = self.buffer.flush()?;
        let mut run = self.factory.create(role).await?;
        for batch in rows {
            let written = match batch {
                Ok(batch) => run.write(batch).await,
                Err(error) => Err(error),
            };
            if let Err(error) = written {
                // The first error is the cause; a failing clean-up adds nothing to it.
                let _ = run.abort().await;
                return Err(error);
            }
        }
        self.files.extend(run.finish().await?);
        Ok(())
    }

    /// Flushes, and hands out the files written since the last call; the writer can go on.
    pub async fn finish(&mut self) -> Result<Vec<F::File>> {
        self.flush().await?;
        Ok(std::mem::take(&mut self.files))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::merge::Deduplicate;
    use crate::ports::{RunBatch, RunWriter};
    use arrow::array::Int64Array;
    use arrow::datatypes::{DataType, Field, Schema};
    use async_trait::async_trait;
    use rimon_spec::Error;

    /// Notes what it is asked to do; writing fails from the second batch on if told so.
    #[derive(Debug, Default)]
    struct Notes {
        done: Arc<Mutex<Vec<String>>>,
        fail: bool,
    }

    #[async_trait]
    impl RunWriterFactory for Notes {
        type File = usize;

        async fn create(&self, role: RunRole) -> Result<Box<dyn RunWriter<File = usize>>> {
            self.done.lock().unwrap().push(format!("create {}", role.level));
            Ok(Box::new(Notes { done: Arc::clone(&self.done), fail: self.fail }))
        }
    }

    #[async_trait]
    impl RunWriter for Notes {
        type File = usize;

        async fn write(&mut self, batch: RunBatch) -> Result<()> {
            let mut done = self.done.lock().unwrap();
            done.push(format!("write {}", batch.batch.num_rows()));
            if self.fail && done.len() > 2 {
                return Err(Error::exhausted("no space left"));
            }
            Ok(())
        }

        async fn finish(self: Box<Self>) -> Result<Vec<usize>> {
            self.done.lock().unwrap().push("finish".into());
            Ok(vec![1])
        }

        async fn abort(self: Box<Self>) -> Result<()> {
            self.done.lock().unwrap().push("abort".into());
            Ok(())
        }
    }

    fn writer(fail: bool, budget: usize) -> (MergeTreeWriter<Notes>, Arc<Mutex<Vec<String>>>) {
        let key = Field::new("k", DataType::Int64, false);
        let file_schema = Arc::new(Schema::new(vec![
            key.clone().with_name("_KEY_k"),
            Field::new("_SEQUENCE_NUMBER", DataType::Int64, false),
            Field::new("_VALUE_KIND", DataType::Int8, false),
            key,
        ]));
        let spec = BufferSpec {
            keys: vec![0],
            file_schema,
            user_sequence: vec![],
            descending: false,
            merge: Arc::new(Deduplicate::default()),
            batch_rows: 4,
        };
        let notes = Notes { fail, ..Notes::default() };
        let done = Arc::clone(&notes.done);
        (MergeTreeWriter::new(Arc::new(notes), spec, 10, budget).unwrap(), done)
    }

    fn rows(keys: std::ops::Range<i64>) -> RecordBatch {
        let keys = Int64Array::from_iter_values(keys);
        RecordBatch::try_from_iter([("k", Arc::new(keys) as _)]).unwrap()
    }

    #[tokio::test]
    async fn a_full_buffer_becomes_a_run() {
        let (mut writer, done) = writer(false, 1_000);
        writer.write(rows(0..6), None).await.unwrap();
        assert!(done.lock().unwrap().is_empty());
        writer.write(rows(3..100), None).await.unwrap();
        assert_eq!(writer.finish().await.unwrap(), [1]);
        assert_eq!(writer.next_sequence(), 10 + 6 + 97);
        let done = done.lock().unwrap().clone();
        assert_eq!(done.first().map(String::as_str), Some("create 0"));
        assert_eq!(done.iter().filter(|d| *d == "write 4").count(), 25);
        assert_eq!(done.iter().filter(|d| *d == "finish").count(), 1);
    }

    #[tokio::test]
    async fn rows_that_were_taken_come_again_with_the_same_sequence_numbers() {
        let (mut writer, done) = writer(false, 1 << 20);
        writer.write(rows(0..6), None).await.unwrap();
        writer.write(rows(6..8), Some(&Int8Array::from(vec![3, 3]))).await.unwrap();
        let taken = writer.take();
        assert_eq!((writer.next_sequence(), writer.memory(), taken.len()), (10, 0, 2));
        assert!(taken[0].1.is_none() && taken[1].1.is_some());
        assert_eq!(writer.finish().await.unwrap(), [0_usize; 0]);
        for (batch, kinds) in taken {
            writer.write(batch, kinds.as_ref()).await.unwrap();
        }
        assert_eq!(writer.finish().await.unwrap(), [1]);
        assert_eq!(writer.next_sequence(), 18);
        assert_eq!(done.lock().unwrap().iter().filter(|d| *d == "write 4").count(), 2);
    }

    #[tokio::test]
    async fn a_failing_run_is_aborted() {
        let (mut writer, done) = writer(true, 1 << 20);
        writer.write(rows(0..20), None).await.unwrap();
        assert!(writer.finish().await.is_err());
        assert_eq!(*done.lock().unwrap(), ["create 0", "write 4", "write 4", "abort"]);
    }
}
