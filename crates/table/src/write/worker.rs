//! One background task per bucket: encoding happens off the caller's task.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::{Array, ArrayRef, RecordBatch};
use rimon_spec::{DataFileMeta, Error, Result};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::bucket_writer::BucketWriter;
use super::budget::{Budget, Pinned};
use super::part::Part;
use super::spill::Spool;

/// What a worker leaves behind.
#[derive(Debug)]
pub(crate) struct Finished {
    /// The bucket's new files.
    pub(crate) files: Vec<DataFileMeta>,
    /// Sequence number that the bucket's next row would have.
    pub(crate) next_sequence: i64,
}

enum Command {
    Write { part: Part, bytes: usize, pinned: Option<Arc<Pinned>> },
    Wait(Spool),
    Flush,
    Finish(oneshot::Sender<Finished>),
}

/// The caller's end of a bucket's task. Dropping it makes the task give up.
#[derive(Debug)]
pub(crate) struct Worker {
    commands: mpsc::UnboundedSender<Command>,
    held: Arc<AtomicUsize>,
    flushing: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Worker {
    /// Starts the task of a bucket.
    pub(crate) fn start(writer: BucketWriter, budget: Arc<Budget>) -> Self {
        let (commands, receiver) = mpsc::unbounded_channel();
        let held = Arc::new(AtomicUsize::new(0));
        let flushing = Arc::new(AtomicUsize::new(0));
        let state =
            State { writer, budget, held: held.clone(), flushing: flushing.clone(), buffered: 0 };
        let task = tokio::spawn(state.run(receiver));
        Self { commands, held, flushing, task }
    }

    /// Hands rows over; memory is bounded by the caller, see [`Budget`]. `pinned` counts the batch that the rows are a
    /// part of.
    pub(crate) fn write(&self, budget: &Budget, part: Part, pinned: Option<Arc<Pinned>>) {
        let bytes = if pinned.is_some() { 0 } else { bytes_of(&part.batch) };
        budget.grow(bytes);
        self.held.fetch_add(bytes, Ordering::AcqRel);
        if self.commands.send(Command::Write { part, bytes, pinned }).is_err() {
            // The task has failed; its error is with the budget.
            budget.shrink(bytes);
        }
    }

    /// Bytes that this bucket holds.
    pub(crate) fn held(&self) -> usize {
        self.held.load(Ordering::Acquire)
    }

    /// Lets rows of append tables wait from now on, because buckets are many.
    pub(crate) fn wait(&self, spool: Spool) {
        let _ = self.commands.send(Command::Wait(spool));
    }

    /// Asks for a flush, unless one is under way.
    pub(crate) fn flush(&self) {
        if self.flushing.swap(1, Ordering::AcqRel) == 0 {
            let _ = self.commands.send(Command::Flush);
        }
    }

    /// Completes the bucket's files; `None` when the task has failed.
    pub(crate) fn finish(self) -> impl Future<Output = Option<Finished>> {
        let (reply, answer) = oneshot::channel();
        let sent = self.commands.send(Command::Finish(reply)).is_ok();
        async move {
            let finished = if sent { answer.await.ok() } else { None };
            let _ = self.task.await;
            finished
        }
    }

    /// Gives up, and waits until the task is gone.
    pub(crate) async fn abort(self) {
        drop(self.commands);
        let _ = self.task.await;
    }
}

/// What an array is beside its values.
const ARRAY: usize = 256;
/// Allocators round sizes up, by an eighth at most.
const ROUNDED: usize = 8;

/// Bytes that the rows take: a slice may keep a much larger batch alive, which is the caller's.
pub(crate) fn bytes_of(batch: &RecordBatch) -> usize {
    let bytes = |c: &ArrayRef| {
        c.to_data().get_slice_memory_size().unwrap_or_else(|_| c.get_array_memory_size())
    };
    let with_rest = |bytes: usize| bytes + bytes / ROUNDED + ARRAY;
    batch.columns().iter().map(bytes).map(with_rest).sum()
}

struct State {
    writer: BucketWriter,
    budget: Arc<Budget>,
    held: Arc<AtomicUsize>,
    flushing: Arc<AtomicUsize>,
    /// Bytes of the writer that are counted in the budget.
    buffered: usize,
}

impl State {
    async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        let mut done = false;
        while let Some(command) = commands.recv().await {
            if let Err(error) = self.execute(command, &mut done).await {
                self.budget.fail(error);
                break;
            }
            if done {
                break;
            }
        }
        if !done && let Err(err) = self.writer.abort().await {
            tracing::warn!(%err, "an unfinished data file is left behind");
        }
        commands.close();
        while let Some(command) = commands.recv().await {
            if let Command::Write { bytes, .. } = command {
                self.release(bytes);
            }
        }
        let buffered = std::mem::take(&mut self.buffered);
        self.release(buffered);
    }

    async fn execute(&mut self, command: Command, done: &mut bool) -> Result<()> {
        match command {
            Command::Write { part, mut bytes, pinned } => {
                let (batch, kinds) = part.cut()?;
                if let Some(pinned) = pinned {
                    bytes = bytes_of(&batch);
                    self.budget.grow(bytes);
                    self.held.fetch_add(bytes, Ordering::AcqRel);
                    drop(pinned);
                }
                let written = self.writer.write(batch, kinds.as_ref()).await;
                self.recount(bytes);
                written
            }
            Command::Wait(spool) => {
                self.writer.wait(spool);
                Ok(())
            }
            Command::Flush => {
                let flushed = self.writer.relieve().await;
                self.flushing.store(0, Ordering::Release);
                self.recount(0);
                flushed
            }
            Command::Finish(reply) => {
                let files = self.writer.finish().await?;
                let next_sequence = self.writer.next_sequence();
                *done = true;
                reply
                    .send(Finished { files, next_sequence })
                    .map_err(|_| Error::internal("nobody waits for a finished bucket"))
            }
        }
    }

    /// Counts what the writer holds now in place of what it held and of `taken` bytes from the queue.
    fn recount(&mut self, taken: usize) {
        let now = self.writer.memory();
        self.budget.grow(now);
        self.held.fetch_add(now, Ordering::AcqRel);
        let before = std::mem::replace(&mut self.buffered, now);
        self.release(before.saturating_add(taken));
    }

    fn release(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::AcqRel);
        self.budget.shrink(bytes);
    }
}
