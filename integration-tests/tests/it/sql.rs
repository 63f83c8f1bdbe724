//! `slt/**/*.slt`: what SQL statements do, in sessions over warehouses of their own.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;
use rimon_datafusion::{Outcome, register, session_config, sql};
use sqllogictest::{AsyncDB, DBOutput, DefaultColumnType, Runner};
use tempfile::TempDir;

use crate::tables::runtime;

/// One session over one warehouse.
struct Session {
    context: SessionContext,
    _warehouse: TempDir,
}

impl Session {
    async fn new() -> Result<Self, DataFusionError> {
        let folder = TempDir::new().expect("a folder");
        let warehouse = folder.path().display().to_string();
        let catalog = rimon_catalog::connect([("warehouse", warehouse)]).await.expect("a catalog");
        let context = SessionContext::new_with_config(session_config("paimon"));
        register(&context, "paimon", catalog)?;
        Ok(Self { context, _warehouse: folder })
    }
}

#[async_trait]
impl AsyncDB for Session {
    type Error = DataFusionError;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, text: &str) -> Result<DBOutput<DefaultColumnType>, DataFusionError> {
        let mut outcomes = sql(&self.context, text).await?;
        match outcomes.pop() {
            Some(Outcome::Rows(rows)) => {
                let columns = rows.schema().fields().len();
                let types = vec![DefaultColumnType::Any; columns];
                Ok(DBOutput::Rows { types, rows: cells(&rows.collect().await?)? })
            }
            Some(Outcome::Changed { rows }) => Ok(DBOutput::StatementComplete(rows)),
            Some(Outcome::Done(_)) | None => Ok(DBOutput::StatementComplete(0)),
        }
    }

    async fn shutdown(&mut self) {}

    fn engine_name(&self) -> &str {
        "rimon"
    }
}

/// Cells as text: `NULL`, `(empty)` for an empty string, numbers and times as Arrow prints them.
fn cells(batches: &[RecordBatch]) -> Result<Vec<Vec<String>>, DataFusionError> {
    let options = FormatOptions::default().with_null("NULL");
    let mut rows = Vec::new();
    for batch in batches {
        let columns: Result<Vec<_>, _> =
            batch.columns().iter().map(|c| ArrayFormatter::try_new(c.as_ref(), &options)).collect();
        let columns = columns?;
        rows.extend((0..batch.num_rows()).map(|row| {
            let cells = columns.iter().map(|c| c.value(row).to_string());
            cells.map(|c| if c.is_empty() { "(empty)".into() } else { c }).collect()
        }));
    }
    Ok(rows)
}

fn scripts(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            scripts(&path, out);
        } else if path.extension().is_some_and(|e| e == "slt") {
            out.push(path);
        }
    }
    out.sort();
}

#[test]
fn scripts_give_what_they_say() {
    let mut files = Vec::new();
    scripts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("slt"), &mut files);
    assert!(!files.is_empty());
    let runtime = runtime();
    let mut wrong = Vec::new();
    for file in files {
        let result = runtime.block_on(Runner::new(Session::new).run_file_async(&file));
        wrong.extend(result.err().map(|e| e.display(false).to_string()));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
