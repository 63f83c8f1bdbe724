//! SQL over a catalog in a metastore.

use rimon_catalog_hive::HiveCatalog;
use rimon_datafusion as paimon;
use rimon_integration_tests::metastore::Metastore;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::arrow::array::RecordBatch;
use datafusion::prelude::SessionContext;

/// A catalog over a metastore, with more options than these.
pub(super) async fn catalog(
    metastore: &Metastore,
    warehouse: &Path,
    more: &[(&str, &str)],
) -> HiveCatalog {
    let options = [("uri", metastore.uri()), ("warehouse", warehouse.display().to_string())];
    let more = more.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    let options = options.into_iter().map(|(k, v)| (k.to_owned(), v)).chain(more).collect();
    rimon_catalog_hive::connect(options).await.unwrap()
}

/// A session with the catalog as its default.
pub(super) fn session(catalog: HiveCatalog) -> SessionContext {
    let context = SessionContext::new_with_config(paimon::session_config("paimon"));
    paimon::register(&context, "paimon", Arc::new(catalog)).unwrap();
    context
}

async fn batches(context: &SessionContext, sql: &str) -> Vec<RecordBatch> {
    let outcomes = paimon::sql(context, sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    let mut batches = Vec::new();
    for outcome in outcomes {
        if let paimon::Outcome::Rows(frame) = outcome {
            batches.extend(frame.collect().await.unwrap_or_else(|e| panic!("{sql}: {e}")));
        }
    }
    batches
}

/// Runs one statement; its rows as a table.
pub(super) async fn run(context: &SessionContext, sql: &str) -> String {
    arrow::util::pretty::pretty_format_batches(&batches(context, sql).await).unwrap().to_string()
}

/// Runs one statement; its rows with `|` between columns and `NULL`, sorted, as those of
/// `rimon_integration_tests::engine`.
pub(super) async fn rows(context: &SessionContext, sql: &str) -> Vec<String> {
    let options = FormatOptions::new().with_null("NULL");
    let mut rows = Vec::new();
    for batch in batches(context, sql).await {
        let columns: Vec<_> =
            batch.columns().iter().map(|c| ArrayFormatter::try_new(c, &options).unwrap()).collect();
        for at in 0..batch.num_rows() {
            let texts: Vec<_> = columns.iter().map(|c| c.value(at).to_string()).collect();
            rows.push(texts.join("|"));
        }
    }
    rows.sort();
    rows
}

/// Options of Java's catalog over a metastore, for the oracle.
pub(super) fn java_options(metastore: &Metastore, more: &[(&str, &str)]) -> Value {
    let mut options = json!({"metastore": "hive", "uri": metastore.uri()});
    for (key, value) in more {
        options[*key] = json!(value);
    }
    options
}
