//! `CREATE EXTERNAL TABLE t STORED AS PAIMON LOCATION '…'`: an existing table under a name of the session.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider, TableProviderFactory};
use datafusion::error::Result;
use datafusion::logical_expr::CreateExternalTable;
use rimon_spec::Error;
use rimon_table::Table;

use crate::error::to_data_fusion;
use crate::table::PaimonTable;

/// Opens the Paimon table in a directory; the name after `STORED AS` is [`PaimonTableFactory::FILE_TYPE`].
#[derive(Debug, Default, Clone, Copy)]
pub struct PaimonTableFactory;

impl PaimonTableFactory {
    /// What to register the factory under.
    pub const FILE_TYPE: &'static str = "PAIMON";
}

#[async_trait]
impl TableProviderFactory for PaimonTableFactory {
    async fn create(
        &self,
        _state: &dyn Session,
        command: &CreateExternalTable,
    ) -> Result<Arc<dyn TableProvider>> {
        check(command).map_err(to_data_fusion)?;
        let [location] = command.locations.as_slice() else {
            let error = Error::invalid("an external Paimon table has one LOCATION");
            return Err(to_data_fusion(error));
        };
        let table = Table::open(location).await.map_err(to_data_fusion)?;
        let provider = PaimonTable::new(table).map_err(to_data_fusion)?;
        Ok(Arc::new(provider))
    }
}

/// The table's own schema says everything; what would say something else is refused.
fn check(command: &CreateExternalTable) -> rimon_spec::Result<()> {
    let refused = |what: &str| {
        Err(Error::invalid(format!("CREATE EXTERNAL TABLE … STORED AS PAIMON takes no {what}"))
            .with("table", &command.name)
            .with_hint("the table in the directory already has its columns, keys and options"))
    };
    if !command.schema.fields().is_empty() {
        return refused("columns");
    }
    if !command.table_partition_cols.is_empty() {
        return refused("PARTITIONED BY");
    }
    if !command.order_exprs.is_empty() {
        return refused("WITH ORDER");
    }
    if let Some(key) = command.options.keys().min() {
        return refused(&format!("OPTIONS ({key})"));
    }
    if command.unbounded {
        return refused("UNBOUNDED");
    }
    Ok(())
}
