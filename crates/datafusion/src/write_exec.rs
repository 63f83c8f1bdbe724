//! Rows of several streams through the writers of one table, in parallel.

use std::sync::Arc;

use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{Field, Schema};
use datafusion::common::runtime::SpawnedTask;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::memory_pool::{MemoryPool, MemoryReservation};
use datafusion::physical_plan::SendableRecordBatchStream;
use futures::StreamExt;
use futures::future::join_all;
use rimon_table::Table;
use rimon_table::write::TableWriter;

use crate::error::to_data_fusion;
use crate::memory::reserve;

/// All rows taken by writers that have not prepared anything yet.
pub(crate) struct Written {
    pub(crate) writers: Vec<TableWriter>,
    /// Name of the job, also the committer's.
    pub(crate) user: String,
    /// Rows taken.
    pub(crate) rows: u64,
    /// Held as long as the writers keep rows.
    #[expect(dead_code, reason = "what matters is when it is dropped")]
    reservations: Vec<MemoryReservation>,
}

/// Writes every stream with a writer and a task of its own. When one fails all give up, and their files are deleted;
/// the same happens when the caller stops waiting.
pub(crate) async fn write_all(
    table: &Table,
    inputs: Vec<SendableRecordBatchStream>,
    pool: &Arc<dyn MemoryPool>,
    overwrite: bool,
) -> Result<Written> {
    let user = commit_user(table);
    let share = inputs.len().max(1);
    let buffer = usize::try_from(table.options().write_buffer_size).unwrap_or(usize::MAX);
    let mut reservations = Vec::with_capacity(inputs.len());
    let mut tasks = Vec::with_capacity(inputs.len());
    for input in inputs {
        let (reservation, memory) = reserve(pool, buffer / share);
        reservations.push(reservation);
        let mut writer = table.writer(&user).memory(memory);
        if overwrite {
            writer = writer.ignore_previous_files();
        }
        let writer = writer.build().map_err(to_data_fusion)?;
        tasks.push(SpawnedTask::spawn(write(writer, input)));
    }
    let mut written = Written { writers: Vec::new(), user, rows: 0, reservations };
    let mut failed = None;
    for ended in join_all(tasks.into_iter().map(SpawnedTask::join)).await {
        match ended {
            Ok(Ok((writer, rows))) => {
                written.rows += rows;
                written.writers.push(writer);
            }
            Ok(Err(error)) => failed = failed.or(Some(error)),
            Err(error) => {
                failed = failed.or(Some(DataFusionError::ExecutionJoin(Box::new(error))));
            }
        }
    }
    match failed {
        None => Ok(written),
        Some(error) => {
            for writer in &mut written.writers {
                writer.abort().await;
            }
            Err(error)
        }
    }
}

async fn write(
    mut writer: TableWriter,
    input: SendableRecordBatchStream,
) -> Result<(TableWriter, u64)> {
    match take_all(&mut writer, input).await {
        Ok(rows) => Ok((writer, rows)),
        Err(error) => {
            writer.abort().await;
            Err(error)
        }
    }
}

async fn take_all(writer: &mut TableWriter, mut input: SendableRecordBatchStream) -> Result<u64> {
    let mut rows = 0u64;
    let schema = named_as(writer.table(), &input.schema());
    while let Some(batch) = input.next().await {
        let batch = batch?;
        rows += batch.num_rows() as u64;
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let (_, columns, _) = batch.into_parts();
        let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), columns, &options)?;
        writer.write(batch).await.map_err(to_data_fusion)?;
    }
    Ok(rows)
}

/// Columns are matched by position in SQL and by name in writers. All may be null here, so that it is the writer
/// that says which column may not.
fn named_as(table: &Table, input: &Schema) -> Arc<Schema> {
    let fields: Vec<Field> = table
        .schema()
        .fields
        .iter()
        .zip(input.fields())
        .map(|(field, given)| Field::new(&field.name, given.data_type().clone(), true))
        .collect();
    Arc::new(Schema::new(fields))
}

/// A name that no other job has: `CoreOptions.createCommitUser`.
fn commit_user(table: &Table) -> String {
    let id = table.runtime().ids().uuid();
    match &table.options().commit_user_prefix {
        Some(prefix) => format!("{prefix}_{id}"),
        None => id,
    }
}
