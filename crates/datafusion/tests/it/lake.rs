//! A warehouse in a temporary directory and a session over it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::prelude::SessionContext;
use rimon_catalog::{Catalog, connect};
use rimon_datafusion::{Outcome, from_data_fusion, register, session_config, sql};
use rimon_spec::Error;
use tempfile::TempDir;

pub(crate) struct Lake {
    dir: TempDir,
    pub(crate) context: SessionContext,
    pub(crate) catalog: Arc<dyn Catalog>,
}

impl Lake {
    /// An empty warehouse; scans use two partitions.
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let catalog = open(dir.path()).await;
        let context = session(&catalog);
        Self { dir, context, catalog }
    }

    /// Another session over the same warehouse.
    pub(crate) async fn other(&self) -> SessionContext {
        session(&open(self.dir.path()).await)
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.dir.path().join(relative)
    }

    pub(crate) async fn try_run(&self, text: &str) -> Result<Vec<Outcome>, Error> {
        sql(&self.context, text).await.map_err(from_data_fusion)
    }

    /// Runs all statements; what they give is dropped.
    pub(crate) async fn run(&self, text: &str) {
        for outcome in self.try_run(text).await.unwrap_or_else(|e| panic!("{text}: {e}")) {
            if let Outcome::Rows(rows) = outcome {
                rows.collect().await.unwrap_or_else(|e| panic!("{text}: {e}"));
            }
        }
    }

    /// The batches of the last statement.
    pub(crate) async fn batches(&self, text: &str) -> Result<Vec<RecordBatch>, Error> {
        match self.try_run(text).await?.pop() {
            Some(Outcome::Rows(rows)) => rows.collect().await.map_err(from_data_fusion),
            other => panic!("{text} gave no rows but {other:?}"),
        }
    }

    /// The rows of the last statement, cells separated by `|`, in their order.
    pub(crate) async fn rows(&self, text: &str) -> Vec<String> {
        lines(&self.batches(text).await.unwrap_or_else(|e| panic!("{text}: {e}")))
    }

    /// The same in the order of the text.
    pub(crate) async fn sorted(&self, text: &str) -> Vec<String> {
        let mut rows = self.rows(text).await;
        rows.sort();
        rows
    }

    /// How many rows the last statement changed.
    pub(crate) async fn changed(&self, text: &str) -> u64 {
        match self.try_run(text).await.unwrap_or_else(|e| panic!("{text}: {e}")).pop() {
            Some(Outcome::Changed { rows }) => rows,
            other => panic!("{text} changed nothing but gave {other:?}"),
        }
    }

    /// The error of a text that must fail, on running or on collecting.
    pub(crate) async fn error(&self, text: &str) -> Error {
        match self.try_run(text).await {
            Err(error) => error,
            Ok(mut outcomes) => match outcomes.pop() {
                Some(Outcome::Rows(rows)) => match rows.collect().await {
                    Err(error) => from_data_fusion(error),
                    Ok(rows) => panic!("{text} gave {:?}", lines(&rows)),
                },
                other => panic!("{text} gave {other:?}"),
            },
        }
    }

    /// The physical plan as text.
    pub(crate) async fn explain(&self, query: &str) -> String {
        self.rows(&format!("EXPLAIN FORMAT INDENT {query}")).await.join("\n")
    }

    /// Names of all files under a directory of the warehouse, sorted.
    pub(crate) fn files(&self, relative: &str) -> Vec<String> {
        let mut files = Vec::new();
        let mut open = vec![self.path(relative)];
        while let Some(dir) = open.pop() {
            for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
                match entry.path().is_dir() {
                    true => open.push(entry.path()),
                    false => files.push(entry.file_name().to_string_lossy().into_owned()),
                }
            }
        }
        files.sort();
        files
    }
}

async fn open(dir: &Path) -> Arc<dyn Catalog> {
    connect([("warehouse", dir.to_str().unwrap())]).await.unwrap()
}

fn session(catalog: &Arc<dyn Catalog>) -> SessionContext {
    let config = session_config("paimon").with_target_partitions(2);
    let context = SessionContext::new_with_config(config);
    register(&context, "paimon", Arc::clone(catalog)).unwrap();
    context
}

pub(crate) fn lines(batches: &[RecordBatch]) -> Vec<String> {
    let options = FormatOptions::default().with_null("NULL");
    let mut lines = Vec::new();
    for batch in batches {
        let columns: Vec<_> = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column.as_ref(), &options).unwrap())
            .collect();
        for row in 0..batch.num_rows() {
            let cells: Vec<String> = columns.iter().map(|c| c.value(row).to_string()).collect();
            lines.push(cells.join("|"));
        }
    }
    lines
}
