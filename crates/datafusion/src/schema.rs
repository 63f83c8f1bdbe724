//! A database as one of DataFusion's schemas.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use datafusion::catalog::{MemTable, SchemaProvider, TableProvider};
use datafusion::error::{DataFusionError, Result};
use rimon_catalog::{Catalog, Identifier};
use rimon_spec::{Error, ErrorKind};
use rimon_table::Table;

use crate::bridge::wait;
use crate::error::to_data_fusion;
use crate::rows_view::PaimonRowsView;
use crate::system::{PaimonSystemTable, View};
use crate::table::PaimonTable;
use crate::travel::split_name;

/// The tables of a database, their system tables (`t$files`) and, for this session only, views and external tables.
#[derive(Debug)]
pub struct PaimonSchema {
    database: String,
    catalog: Arc<dyn Catalog>,
    /// Views and external tables of the session.
    session: RwLock<HashMap<String, Arc<dyn TableProvider>>>,
}

impl PaimonSchema {
    pub(crate) fn new(database: String, catalog: Arc<dyn Catalog>) -> Self {
        Self { database, catalog, session: RwLock::new(HashMap::new()) }
    }

    /// A view or external table of the session.
    pub(crate) fn session_table(&self, name: &str) -> Option<Arc<dyn TableProvider>> {
        self.session.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn remove_session_table(&self, name: &str) -> Option<Arc<dyn TableProvider>> {
        self.session.write().unwrap_or_else(PoisonError::into_inner).remove(name)
    }

    /// The provider for `table`, `table$system`, or a version of one; `None` when there is no such table.
    async fn resolve(&self, name: &str) -> rimon_spec::Result<Option<Arc<dyn TableProvider>>> {
        let (object, version) = split_name(name);
        let Ok(identifier) = Identifier::new(&self.database, object) else {
            return Ok(None);
        };
        let view = identifier.system_table().map(View::of_name).transpose()?;
        let Some(mut table) = self.load(&identifier.base()).await? else {
            self.check_branch(&identifier).await?;
            return match version {
                Some(_) => Err(missing(&identifier)),
                None => Ok(None),
            };
        };
        if let Some(version) = version {
            table = version.of(&table).await?;
        }
        Ok(Some(match view {
            Some(View::Metadata(system)) => Arc::new(PaimonSystemTable::new(table, system)),
            Some(View::ReadOptimized) => Arc::new(PaimonTable::new(table.read_optimized())?),
            Some(View::Rows(view)) => Arc::new(PaimonRowsView::new(table, view)?),
            None => Arc::new(PaimonTable::new(table)?),
        }))
    }

    /// The table of a name: an external one of the session, else one of the catalog.
    async fn load(&self, identifier: &Identifier) -> rimon_spec::Result<Option<Table>> {
        let external = self.session_table(&identifier.object());
        let provider = external.as_deref().map(|table| table as &dyn Any);
        if let Some(mounted) = provider.and_then(|table| table.downcast_ref::<PaimonTable>()) {
            return Ok(Some(mounted.table().clone()));
        }
        match self.catalog.load_table(identifier).await {
            Ok(handle) => Table::new(handle).map(Some),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// An error when the table of a branch that is missing is there: the branch is what is wrong.
    async fn check_branch(&self, identifier: &Identifier) -> rimon_spec::Result<()> {
        let branch = identifier.branch()?;
        let main = Identifier::new(&self.database, identifier.table())?;
        if branch.is_main() {
            return Ok(());
        }
        let Some(table) = self.load(&main).await? else { return Ok(()) };
        let names = table.handle().branches().names().await?;
        let hint = match names.is_empty() {
            true => "the table has no branches".to_owned(),
            false => format!("branches: {}", names.join(", ")),
        };
        Err(Error::not_found(format!("there is no branch '{}'", branch.name()))
            .with("table", main)
            .with_hint(hint))
    }

    /// The names that only this session knows, sorted.
    pub(crate) fn session_names(&self) -> Vec<String> {
        let session = self.session.read().unwrap_or_else(PoisonError::into_inner);
        let mut names: Vec<String> = session.keys().cloned().collect();
        names.sort();
        names
    }
}

fn missing(identifier: &Identifier) -> Error {
    Error::not_found("there is no such table").with("table", identifier)
}

#[async_trait]
impl SchemaProvider for PaimonSchema {
    fn table_names(&self) -> Vec<String> {
        let (catalog, database) = (Arc::clone(&self.catalog), self.database.clone());
        let listed = wait(async move { catalog.list_tables(&database).await });
        let mut names = listed.unwrap_or_else(|error| {
            tracing::warn!(%error, database = self.database, "the tables could not be listed");
            Vec::new()
        });
        names.extend(self.session_names());
        names
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        if let Some(table) = self.session_table(name) {
            return Ok(Some(table));
        }
        self.resolve(name).await.map_err(to_data_fusion)
    }

    fn register_table(
        &self,
        name: String,
        table: Arc<dyn TableProvider>,
    ) -> Result<Option<Arc<dyn TableProvider>>> {
        if (table.as_ref() as &dyn Any).is::<MemTable>() {
            let error = Error::unsupported(
                "a table in memory cannot be put into a Paimon database",
            )
            .with("table", format!("{}.{name}", self.database))
            .with_hint(
                "CREATE TABLE makes a Paimon table when it comes through rimon_datafusion::sql",
            );
            return Err(to_data_fusion(error));
        }
        if name.contains('$') {
            let error = Error::invalid("'$' separates the names of system tables")
                .with("table", format!("{}.{name}", self.database));
            return Err(to_data_fusion(error));
        }
        let mut session = self.session.write().unwrap_or_else(PoisonError::into_inner);
        Ok(session.insert(name, table))
    }

    fn deregister_table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        if let Some(table) = self.remove_session_table(name) {
            return Ok(Some(table));
        }
        let identifier = Identifier::new(&self.database, name).map_err(to_data_fusion)?;
        let catalog = Arc::clone(&self.catalog);
        let dropped: PaimonTable = wait(async move {
            let table = Table::new(catalog.load_table(&identifier).await?)?;
            catalog.drop_table(&identifier, true).await?;
            PaimonTable::new(table)
        })
        .map_err(to_data_fusion)?;
        Ok(Some(Arc::new(dropped)))
    }

    fn table_exist(&self, name: &str) -> bool {
        if self.session_table(name).is_some() {
            return true;
        }
        let Ok(identifier) = Identifier::new(&self.database, name) else {
            return false;
        };
        let catalog = Arc::clone(&self.catalog);
        wait(async move { catalog.table_exists(&identifier).await }).unwrap_or(false)
    }
}
