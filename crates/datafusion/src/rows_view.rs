//! `t$audit_log`, `t$binlog` and `t$row_tracking`: the rows of a table with more about each of them.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::projection::ProjectionExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::projection::ProjectionExec;
use rimon_table::{Table, TableScan};

use crate::error::to_data_fusion;
use crate::expr::{convert, convert_all, is_exact_on_partitions};
use crate::source::PaimonScanExec;
use crate::table::{plan_schema, without_ids};

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowsView {
    /// Behind the kind of each row.
    AuditLog,
    /// The same, columns as lists.
    Binlog,
    /// Before row id and sequence number.
    RowTracking,
}

impl RowsView {
    /// The view of a name.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let names = [
            ("audit_log", Self::AuditLog),
            ("binlog", Self::Binlog),
            ("row_tracking", Self::RowTracking),
        ];
        names.into_iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, view)| view)
    }

    fn of(self, scan: TableScan) -> TableScan {
        match self {
            Self::AuditLog => scan.audit_log(),
            Self::Binlog => scan.binlog(),
            Self::RowTracking => scan.row_tracking(),
        }
    }
}

/// One of the views of a table.
#[derive(Debug, Clone)]
pub(crate) struct PaimonRowsView {
    table: Table,
    view: RowsView,
    schema: SchemaRef,
}

impl PaimonRowsView {
    /// The view of `table`.
    pub(crate) fn new(table: Table, view: RowsView) -> rimon_spec::Result<Self> {
        let schema = view.of(table.scan()).schema()?;
        let schema = match view {
            RowsView::Binlog => without_ids(&schema),
            _ => plan_schema(&schema),
        };
        Ok(Self { table, view, schema })
    }
}

#[async_trait]
impl TableProvider for PaimonRowsView {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let all: Vec<usize> = (0..self.schema.fields().len()).collect();
        let wanted = self.schema.project(projection.unwrap_or(&all))?;
        let of_table: Vec<String> = wanted
            .fields()
            .iter()
            .map(|f| f.name().clone())
            .filter(|name| self.table.schema().field(name).is_some())
            .collect();
        let filter = convert_all(filters, self.table.schema());
        let scan = self.view.of(self.table.scan().select(of_table).filter(filter));
        let mut plan = scan.plan().await.map_err(to_data_fusion)?;
        let schema = match self.view {
            RowsView::Binlog => without_ids(&plan.read.schema()),
            _ => {
                plan.read = plan.read.with_string_views();
                plan_schema(&plan.read.schema())
            }
        };
        let shown: Vec<String> = filters.iter().map(ToString::to_string).collect();
        let exec = PaimonScanExec::new(
            self.table.name().to_string(),
            plan,
            Arc::clone(&schema),
            shown.join(" AND "),
            limit,
            state.config().target_partitions(),
        );
        let rows: Arc<dyn ExecutionPlan> = Arc::new(exec.await.map_err(to_data_fusion)?);
        let columns = wanted.fields().iter().map(|field| {
            let expr = Arc::new(Column::new(field.name(), schema.index_of(field.name())?));
            Ok(ProjectionExpr { expr, alias: field.name().clone() })
        });
        Ok(Arc::new(ProjectionExec::try_new(columns.collect::<Result<Vec<_>>>()?, rows)?))
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        let schema = self.table.schema();
        let answer = |filter: &&Expr| {
            if self.view == RowsView::Binlog || convert(filter, schema).is_none() {
                TableProviderFilterPushDown::Unsupported
            } else if is_exact_on_partitions(filter, schema) {
                TableProviderFilterPushDown::Exact
            } else {
                TableProviderFilterPushDown::Inexact
            }
        };
        Ok(filters.iter().map(answer).collect())
    }
}
