//! A catalog and a DataFusion session over it, opened once for a command.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use rimon::catalog::{Catalog, Identifier, connect};
use rimon::datafusion::{self as paimon, statement};
use rimon::{ErrorKind, Table};
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use crate::config::Config;
use crate::failure::{Failure, Result};

pub(crate) use rimon::catalog::DEFAULT_DATABASE;

/// The catalog's name in SQL.
const CATALOG: &str = "paimon";

/// Where statements run. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Session {
    context: SessionContext,
    catalog: Arc<dyn Catalog>,
    /// Where statements compute, which need not be where the caller waits.
    runtime: Handle,
}

/// What came out of a statement.
pub(crate) enum Outcome {
    /// Rows, while they are computed.
    Rows(SendableRecordBatchStream),
    /// How many rows were changed.
    Changed(u64),
    /// Nothing to show but these words.
    Done(String),
}

impl Session {
    /// Opens the catalog. Nothing is made in the warehouse yet.
    ///
    /// # Errors
    /// Unknown options, and a warehouse that cannot be used.
    pub(crate) async fn open(config: &Config) -> Result<Self> {
        let catalog = connect(config.catalog_options()).await?;
        let context = SessionContext::new_with_config(paimon::session_config(CATALOG));
        paimon::register(&context, CATALOG, catalog.clone())?;
        Ok(Self { context, catalog, runtime: Handle::current() })
    }

    /// The catalog under the session.
    pub(crate) fn catalog(&self) -> &dyn Catalog {
        self.catalog.as_ref()
    }

    /// Refuses what is not SQL, without looking at tables.
    ///
    /// # Errors
    /// What the grammar says.
    pub(crate) fn check(sql: &str) -> Result<()> {
        statement::parse(sql)?;
        Ok(())
    }

    /// Runs one statement, on the threads of the runtime: the caller stays free to write rows
    /// while others are computed, and to stop the statement by dropping the future or the rows.
    ///
    /// # Errors
    /// What the statement says; also when `sql` is none or several.
    pub(crate) async fn run(&self, sql: &str) -> Result<Outcome> {
        let (session, sql) = (self.clone(), sql.to_string());
        let mut tasks = JoinSet::new();
        tasks.spawn_on(async move { session.run_here(&sql).await }, &self.runtime);
        let outcome = match tasks.join_next().await {
            Some(Ok(outcome)) => outcome?,
            Some(Err(lost)) => return Err(Failure::bug(lost.to_string())),
            None => return Err(Failure::bug("a statement got lost")),
        };
        Ok(match outcome {
            Outcome::Rows(rows) => {
                let _inside = self.runtime.enter();
                Outcome::Rows(in_background(rows))
            }
            other => other,
        })
    }

    async fn run_here(&self, sql: &str) -> Result<Outcome> {
        let state = self.context.state();
        let mut statements = statement::parse_with(sql, state.config_options())?;
        let (Some(statement), true) = (statements.pop(), statements.is_empty()) else {
            return Err(Failure::new("one statement was expected"));
        };
        Ok(match paimon::execute(&self.context, statement).await? {
            paimon::Outcome::Rows(rows) => Outcome::Rows(rows.execute_stream().await?),
            paimon::Outcome::Changed { rows } => Outcome::Changed(rows),
            paimon::Outcome::Done(words) => Outcome::Done(words),
        })
    }

    /// The name of a table as typed on the command line: `TABLE`, `DB.TABLE` or
    /// `paimon.DB.TABLE`.
    ///
    /// # Errors
    /// Names that no table can have, and those of branches' and tables' system tables.
    pub(crate) fn name(text: &str) -> Result<Identifier> {
        let parts: Vec<_> = text.split('.').collect();
        let (database, table) = match parts.as_slice() {
            [table] => (DEFAULT_DATABASE, *table),
            [database, table] | [CATALOG, database, table] => (*database, *table),
            _ => {
                return Err(Failure::usage(format!("{text:?} is not the name of a table"))
                    .or_hint("tables are named DB.TABLE, or TABLE in the database default"));
            }
        };
        let name = Identifier::new(database, table)?;
        if name.system_table().is_some() {
            return Err(Failure::usage(format!("{text:?} is a system table"))
                .or_hint("system tables are for SQL, for example SELECT * FROM \"t$snapshots\""));
        }
        Ok(name)
    }

    /// Opens a table named as for [`Session::name`].
    ///
    /// # Errors
    /// Wrong names, and tables that are missing, corrupt or not supported.
    pub(crate) async fn table(&self, text: &str) -> Result<Table> {
        let name = Self::name(text)?;
        let handle = self.catalog.load_table(&name).await.map_err(|error| {
            let missing = error.kind() == ErrorKind::NotFound;
            let failure = Failure::from(error);
            if missing { failure.or_hint(crate::failure::MISSING_TABLE) } else { failure }
        })?;
        Ok(Table::new(handle)?)
    }

    /// The tables of each database; what cannot be listed is left out, since this serves
    /// completion.
    pub(crate) async fn table_names(&self) -> HashMap<String, Vec<String>> {
        let mut names = HashMap::new();
        for database in self.catalog.list_databases().await.unwrap_or_default() {
            let tables = self.catalog.list_tables(&database).await.unwrap_or_default();
            names.insert(database, tables);
        }
        names
    }

    /// The columns of a table, none when it cannot be opened.
    pub(crate) async fn column_names(&self, database: &str, table: &str) -> Vec<String> {
        let Ok(name) = Identifier::new(database, table) else {
            return Vec::new();
        };
        match self.catalog.load_table(&name).await {
            Ok(handle) => handle.schema.fields.iter().map(|field| field.name.clone()).collect(),
            Err(_) => Vec::new(),
        }
    }
}

/// The same rows, computed ahead of the reader by a task that ends with the stream.
fn in_background(mut rows: SendableRecordBatchStream) -> SendableRecordBatchStream {
    let mut stream = RecordBatchReceiverStream::builder(rows.schema(), 2);
    let sender = stream.tx();
    stream.spawn(async move {
        while let Some(batch) = rows.next().await {
            if sender.send(batch).await.is_err() {
                break;
            }
        }
        Ok(())
    });
    stream.build()
}

/// A table's full name in SQL.
pub(crate) fn sql_name(name: &Identifier) -> String {
    [CATALOG, name.database(), &name.object()].map(quote).join(".")
}

/// A name in SQL.
pub(crate) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text value in SQL.
pub(crate) fn quote_text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
