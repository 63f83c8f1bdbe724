//! A Paimon catalog as one of DataFusion's.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use datafusion::catalog::{CatalogProvider, SchemaProvider};
use datafusion::error::Result;
use datafusion::prelude::SessionContext;
use indexmap::IndexMap;
use rimon_catalog::Catalog;
use rimon_spec::ErrorKind;
use rimon_table::system::SYSTEM_DATABASE;

use crate::bridge::wait;
use crate::error::to_data_fusion;
use crate::global::SystemSchema;
use crate::schema::PaimonSchema;

/// The databases of a Paimon catalog. Names are looked up in the catalog each time they are asked for, so that what
/// other processes create is seen.
#[derive(Debug)]
pub struct PaimonCatalog {
    catalog: Arc<dyn Catalog>,
    /// Databases used so far; they hold the tables that only this session knows.
    schemas: Mutex<HashMap<String, Arc<PaimonSchema>>>,
}

impl PaimonCatalog {
    /// The provider of a catalog.
    pub fn new(catalog: Arc<dyn Catalog>) -> Self {
        Self { catalog, schemas: Mutex::new(HashMap::new()) }
    }

    /// The catalog proper.
    pub fn catalog(&self) -> &Arc<dyn Catalog> {
        &self.catalog
    }

    /// The Paimon catalog registered under `name`, if it is one.
    pub(crate) fn find(context: &SessionContext, name: &str) -> Option<Arc<Self>> {
        let provider: Arc<dyn Any + Send + Sync> = context.catalog(name)?;
        provider.downcast::<Self>().ok()
    }

    /// The database of this name, whether or not it exists.
    pub(crate) fn database(&self, name: &str) -> Arc<PaimonSchema> {
        let new = || Arc::new(PaimonSchema::new(name.to_string(), Arc::clone(&self.catalog)));
        Arc::clone(self.schemas().entry(name.to_string()).or_insert_with(new))
    }

    /// Forgets the session's tables of a database.
    pub(crate) fn forget(&self, name: &str) {
        self.schemas().remove(name);
    }

    fn schemas(&self) -> MutexGuard<'_, HashMap<String, Arc<PaimonSchema>>> {
        self.schemas.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CatalogProvider for PaimonCatalog {
    fn schema_names(&self) -> Vec<String> {
        let catalog = Arc::clone(&self.catalog);
        wait(async move { catalog.list_databases().await }).unwrap_or_else(|error| {
            tracing::warn!(%error, "the databases could not be listed");
            self.schemas().keys().cloned().collect()
        })
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        if name == SYSTEM_DATABASE {
            return Some(Arc::new(SystemSchema::new(Arc::clone(&self.catalog))));
        }
        let known = self.schemas().get(name).cloned();
        if let Some(schema) = known {
            return Some(schema);
        }
        let (catalog, database) = (Arc::clone(&self.catalog), name.to_string());
        match wait(async move { catalog.database(&database).await }) {
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::Invalid) => None,
            // any other error is reported by the table that is asked for next
            _ => Some(self.database(name)),
        }
    }

    fn register_schema(
        &self,
        name: &str,
        _schema: Arc<dyn SchemaProvider>,
    ) -> Result<Option<Arc<dyn SchemaProvider>>> {
        let (catalog, database) = (Arc::clone(&self.catalog), name.to_string());
        wait(async move { catalog.create_database(&database, &IndexMap::new(), false).await })
            .map_err(to_data_fusion)?;
        Ok(None)
    }

    fn deregister_schema(
        &self,
        name: &str,
        cascade: bool,
    ) -> Result<Option<Arc<dyn SchemaProvider>>> {
        let Some(schema) = self.schema(name) else {
            return Ok(None);
        };
        let (catalog, database) = (Arc::clone(&self.catalog), name.to_string());
        wait(async move { catalog.drop_database(&database, true, cascade).await })
            .map_err(to_data_fusion)?;
        self.forget(name);
        Ok(Some(schema))
    }
}
