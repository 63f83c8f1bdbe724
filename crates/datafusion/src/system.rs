//! System tables: `t$snapshots`, `t$files` and so on, which are metadata; `t$ro`, `t$audit_log`, `t$binlog` and
//! `t$row_tracking`, which are rows of the table.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::memory::MemorySourceConfig;
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use rimon_table::Table;
use rimon_table::system::SystemTable;

use crate::error::to_data_fusion;
use crate::rows_view::RowsView;

/// What the name after the `$` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    /// Metadata.
    Metadata(SystemTable),
    /// `$ro`: rows of the table that need no merge.
    ReadOptimized,
    /// `$audit_log`, `$binlog`, `$row_tracking`: rows of the table in another form.
    Rows(RowsView),
}

impl View {
    /// The view of a name; `Unsupported` names the ones there are.
    pub(crate) fn of_name(name: &str) -> rimon_spec::Result<Self> {
        if name.eq_ignore_ascii_case("ro") {
            return Ok(Self::ReadOptimized);
        }
        if let Some(view) = RowsView::of_name(name) {
            return Ok(Self::Rows(view));
        }
        SystemTable::of_name(name).map(Self::Metadata)
    }
}

/// A table's metadata as rows, read when it is scanned.
#[derive(Debug, Clone)]
pub struct PaimonSystemTable {
    table: Table,
    system: SystemTable,
}

impl PaimonSystemTable {
    /// The system table `system` of `table`.
    pub fn new(table: Table, system: SystemTable) -> Self {
        Self { table, system }
    }
}

#[async_trait]
impl TableProvider for PaimonSystemTable {
    fn schema(&self) -> SchemaRef {
        self.system.schema()
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
        let rows = self.system.rows(&self.table).await.map_err(to_data_fusion)?;
        rows_at_hand(rows, projection, limit)
    }
}

/// A plan that gives rows of metadata.
pub(crate) fn rows_at_hand(
    rows: RecordBatch,
    projection: Option<&Vec<usize>>,
    limit: Option<usize>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let schema = rows.schema();
    let source = MemorySourceConfig::try_new(&[vec![rows]], schema, projection.cloned())?;
    Ok(DataSourceExec::from_data_source(source.with_limit(limit)))
}
