//! The database `sys`, with tables about all tables of the catalog.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{SchemaProvider, Session, TableProvider};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use rimon_catalog::{Catalog, Identifier};
use rimon_spec::ErrorKind;
use rimon_table::Table;
use rimon_table::system::{GlobalTable, Listed};

use crate::error::to_data_fusion;
use crate::system::rows_at_hand;

/// The database.
#[derive(Debug)]
pub(crate) struct SystemSchema {
    catalog: Arc<dyn Catalog>,
}

impl SystemSchema {
    pub(crate) fn new(catalog: Arc<dyn Catalog>) -> Self {
        Self { catalog }
    }
}

#[async_trait]
impl SchemaProvider for SystemSchema {
    fn table_names(&self) -> Vec<String> {
        GlobalTable::ALL.iter().map(|t| t.name().to_string()).collect()
    }

    async fn table(
        &self,
        name: &str,
    ) -> std::result::Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        Ok(GlobalTable::of_name(name).map(|table| {
            let catalog = Arc::clone(&self.catalog);
            Arc::new(PaimonGlobalTable { catalog, table }) as Arc<dyn TableProvider>
        }))
    }

    fn table_exist(&self, name: &str) -> bool {
        GlobalTable::of_name(name).is_some()
    }
}

/// One of its tables, read when it is scanned.
#[derive(Debug)]
struct PaimonGlobalTable {
    catalog: Arc<dyn Catalog>,
    table: GlobalTable,
}

#[async_trait]
impl TableProvider for PaimonGlobalTable {
    fn schema(&self) -> SchemaRef {
        self.table.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let all = list(self.catalog.as_ref()).await.map_err(to_data_fusion)?;
        let rows = self.table.rows(&all).await.map_err(to_data_fusion)?;
        rows_at_hand(rows, projection, limit)
    }
}

/// All tables of the catalog; those that are dropped meanwhile are left out.
async fn list(catalog: &dyn Catalog) -> rimon_spec::Result<Vec<Listed>> {
    let mut all = Vec::new();
    for database in catalog.list_databases().await? {
        let names = match catalog.list_tables(&database).await {
            Err(e) if e.kind() == ErrorKind::NotFound => continue,
            names => names?,
        };
        for name in names {
            match catalog.load_table(&Identifier::new(&database, &name)?).await {
                Err(e) if e.kind() == ErrorKind::NotFound => {}
                handle => {
                    let table = Table::new(handle?)?;
                    all.push(Listed { database: database.clone(), name, table });
                }
            }
        }
    }
    Ok(all)
}
