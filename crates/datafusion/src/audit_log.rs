//! `t$audit_log`: the rows of a table with their kinds, `AuditLogTable.java`, as a batch read sees them.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::expressions::{Column, Literal};
use datafusion::physical_expr::projection::ProjectionExpr;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::{ExecutionPlan, PhysicalExpr};
use datafusion::scalar::ScalarValue;
use rimon_spec::Error;
use rimon_table::Table;

use crate::table::PaimonTable;

/// Name of the first column.
const ROW_KIND: &str = "rowkind";
/// The option that adds a second column.
const SEQUENCE_NUMBERS: &str = "table-read.sequence-number.enabled";

/// The columns of a table behind the kind of each row.
///
/// Rows of append tables are all of kind `+I`. Those of tables with a primary key are of the kind they were written
/// with, deletes included; such reads are refused.
#[derive(Debug, Clone)]
pub(crate) struct PaimonAuditLog {
    rows: PaimonTable,
    schema: SchemaRef,
}

impl PaimonAuditLog {
    /// The audit log of `table`.
    pub(crate) fn new(table: Table) -> rimon_spec::Result<Self> {
        if table.has_primary_key() {
            return Err(Error::unsupported("$audit_log of a table with a primary key")
                .with("table", table.name()));
        }
        let options = &table.schema().options;
        if options.get(SEQUENCE_NUMBERS).is_some_and(|v| v.eq_ignore_ascii_case("true")) {
            return Err(Error::unsupported("sequence numbers in $audit_log")
                .with("option", SEQUENCE_NUMBERS)
                .with("table", table.name()));
        }
        let rows = PaimonTable::new(table)?;
        let mut fields = vec![Arc::new(Field::new(ROW_KIND, DataType::Utf8, false))];
        fields.extend(rows.schema().fields().iter().cloned());
        Ok(Self { rows, schema: Arc::new(Schema::new(fields)) })
    }
}

#[async_trait]
impl TableProvider for PaimonAuditLog {
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
        let wanted = projection.unwrap_or(&all);
        let read: Vec<usize> = wanted.iter().filter_map(|index| index.checked_sub(1)).collect();
        let rows = self.rows.scan(state, Some(&read), filters, limit).await?;
        let mut columns = Vec::with_capacity(wanted.len());
        let mut next = 0;
        for index in wanted {
            let name = self.schema.field(*index).name().clone();
            let expr: Arc<dyn PhysicalExpr> = if *index == 0 {
                Arc::new(Literal::new(ScalarValue::from("+I")))
            } else {
                next += 1;
                Arc::new(Column::new(&name, next - 1))
            };
            columns.push(ProjectionExpr { expr, alias: name });
        }
        Ok(Arc::new(ProjectionExec::try_new(columns, rows)?))
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        let of_rows = |filter: &&Expr| filter.column_refs().iter().all(|c| c.name != ROW_KIND);
        let known: Vec<&Expr> = filters.iter().copied().filter(|f| of_rows(f)).collect();
        let mut answers = self.rows.supports_filters_pushdown(&known)?.into_iter();
        let answer = |filter: &&Expr| match of_rows(filter) {
            true => answers.next().unwrap_or(TableProviderFilterPushDown::Unsupported),
            false => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(answer).collect())
    }
}
