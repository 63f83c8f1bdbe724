//! A Paimon table as DataFusion reads and writes it.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result;
use datafusion::logical_expr::dml::InsertOp;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use rimon_format::arrow_schema::{to_arrow_schema, with_string_views};
use rimon_spec::Error;
use rimon_table::Table;
use rimon_table::commit::Overwrite;

use crate::error::to_data_fusion;
use crate::expr::{convert, convert_all, is_exact_on_partitions};
use crate::insert::insert_plan;
use crate::source::PaimonScanExec;

/// A table, at its latest snapshot or pinned to an earlier one.
#[derive(Debug, Clone)]
pub struct PaimonTable {
    table: Table,
    schema: SchemaRef,
    /// What `INSERT OVERWRITE` replaces, if the statement says it.
    overwrite: Option<Overwrite>,
}

impl PaimonTable {
    /// The provider of a table.
    ///
    /// # Errors
    /// `Unsupported` for a column of a type that has no Arrow form here.
    pub fn new(table: Table) -> rimon_spec::Result<Self> {
        let schema =
            to_arrow_schema(&table.schema().fields).map_err(|e| e.with("table", table.name()))?;
        Ok(Self { schema: plan_schema(&schema), table, overwrite: None })
    }

    /// The table proper.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The same, `INSERT OVERWRITE` replacing `what`.
    pub(crate) fn overwriting(self, what: Overwrite) -> Self {
        Self { overwrite: Some(what), ..self }
    }

    fn column_names(&self, projection: Option<&Vec<usize>>) -> Result<Vec<String>> {
        let projected = match projection {
            Some(indices) => self.schema.project(indices)?,
            None => self.schema.as_ref().clone(),
        };
        Ok(projected.fields().iter().map(|f| f.name().clone()).collect())
    }
}

/// Strings as views, as in DataFusion's own scans. Field ids are of no use in plans, and plans with and without them
/// would not match.
pub(crate) fn plan_schema(schema: &Schema) -> SchemaRef {
    let schema = with_string_views(schema);
    without_ids(&schema)
}

/// The columns without field ids.
pub(crate) fn without_ids(schema: &Schema) -> SchemaRef {
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .map(|f| Field::new(f.name(), f.data_type().clone(), f.is_nullable()))
        .collect();
    Arc::new(Schema::new(fields))
}

#[async_trait]
impl TableProvider for PaimonTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let names = self.column_names(projection)?;
        let schema = match projection {
            Some(indices) => Arc::new(self.schema.project(indices)?),
            None => Arc::clone(&self.schema),
        };
        let mut scan =
            self.table.scan().select(names).filter(convert_all(filters, self.table.schema()));
        if let Some(rows) = limit {
            scan = scan.limit(u64::try_from(rows).unwrap_or(u64::MAX));
        }
        let mut plan = scan.plan().await.map_err(to_data_fusion)?;
        plan.read = plan.read.with_string_views();
        let shown: Vec<String> = filters.iter().map(ToString::to_string).collect();
        let exec = PaimonScanExec::new(
            self.table.name().to_string(),
            plan,
            schema,
            shown.join(" AND "),
            limit,
            state.config().target_partitions(),
        );
        Ok(Arc::new(exec.await.map_err(to_data_fusion)?))
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        let schema = self.table.schema();
        Ok(filters
            .iter()
            .map(|filter| {
                if is_exact_on_partitions(filter, schema) {
                    TableProviderFilterPushDown::Exact
                } else if convert(filter, schema).is_some() {
                    TableProviderFilterPushDown::Inexact
                } else {
                    TableProviderFilterPushDown::Unsupported
                }
            })
            .collect())
    }

    async fn insert_into(
        &self,
        _state: &dyn Session,
        input: Arc<dyn ExecutionPlan>,
        operation: InsertOp,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let refused = |feature: &str| {
            Err(to_data_fusion(Error::unsupported(feature).with("table", self.table.name())))
        };
        if self.table.is_read_optimized() {
            return refused("INSERT INTO a $ro table is not supported: it is for reading only");
        }
        match operation {
            InsertOp::Append => insert_plan(&self.table, input, None).map_err(to_data_fusion),
            InsertOp::Overwrite => {
                let what = self.overwrite.clone();
                let what = what.unwrap_or_else(|| Overwrite::default_of(&self.table));
                insert_plan(&self.table, input, Some(what)).map_err(to_data_fusion)
            }
            InsertOp::Replace => refused("REPLACE INTO is not supported"),
        }
    }
}
