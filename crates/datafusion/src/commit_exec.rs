//! From written files to one snapshot.

use futures::future::join_all;
use rimon_spec::{Error, Result};
use rimon_table::Table;
use rimon_table::commit::{BATCH_COMMIT, CommitOutcome, Overwrite};
use rimon_table::write::CommitMessage;

use crate::error::OutcomeUnknown;
use crate::write_exec::Written;

/// What a commit made visible.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Committed {
    pub(crate) files: u64,
    pub(crate) bytes: u64,
}

/// Completes the files of all writers and commits them in one snapshot, in place of the rows that `overwrite` says;
/// without that, rows that are none make no snapshot.
///
/// This runs to its end even when the caller stops waiting: a commit that is cut off would have an unknown outcome.
///
/// # Errors
/// Nothing is committed and all files are deleted, except after [`OutcomeUnknown`].
pub(crate) async fn commit(
    table: &Table,
    written: Written,
    overwrite: Option<Overwrite>,
) -> Result<Committed> {
    let table = table.clone();
    let running = tokio::spawn(async move { finish(&table, written, overwrite).await });
    running.await.map_err(|e| Error::internal("the commit ended abnormally").with_source(e))?
}

async fn finish(
    table: &Table,
    written: Written,
    overwrite: Option<Overwrite>,
) -> Result<Committed> {
    let committer = table.committer(&written.user);
    let messages = prepare(table, written).await?;
    let files = || messages.iter().flat_map(|m| &m.new_files);
    let bytes = files().map(|f| u64::try_from(f.file_size).unwrap_or(0)).sum();
    let committed = Committed { files: files().count() as u64, bytes };
    let outcome = match &overwrite {
        None => committer.commit(BATCH_COMMIT, messages.clone()).await,
        Some(what) => committer.overwrite(BATCH_COMMIT, messages.clone(), what).await,
    };
    match outcome {
        Ok(CommitOutcome::Unknown(unknown)) => {
            let error = unknown.into_error();
            let told = Error::new(error.kind(), error.message());
            let told = match error.hint() {
                Some(hint) => told.with_hint(hint),
                None => told,
            };
            Err(told.with("table", table.name()).with_source(OutcomeUnknown(error)))
        }
        Ok(CommitOutcome::Conflict(conflict)) => {
            abandon(table, &committer, &messages).await;
            Err(conflict.into_error().with("table", table.name()))
        }
        Ok(CommitOutcome::NotCompacted { .. }) => {
            table.compact_after(&committer, &messages).await;
            Ok(committed)
        }
        Ok(_) => Ok(committed),
        Err(error) => {
            abandon(table, &committer, &messages).await;
            Err(error.with("table", table.name()))
        }
    }
}

/// The messages of all writers; when one fails, what the others made is deleted.
async fn prepare(table: &Table, mut written: Written) -> Result<Vec<CommitMessage>> {
    let prepared =
        join_all(written.writers.iter_mut().map(|w| w.prepare_commit(BATCH_COMMIT))).await;
    let mut messages = Vec::new();
    let mut failed = None;
    for result in prepared {
        match result {
            Ok(more) => messages.extend(more),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    match failed {
        None => Ok(messages),
        Some(error) => {
            abandon(table, &table.committer(&written.user), &messages).await;
            Err(error)
        }
    }
}

async fn abandon(
    table: &Table,
    committer: &rimon_table::commit::TableCommitter,
    messages: &[CommitMessage],
) {
    if let Err(error) = committer.abort(messages).await {
        tracing::warn!(%error, table = table.name(), "files of a failed insert were left behind");
    }
}
