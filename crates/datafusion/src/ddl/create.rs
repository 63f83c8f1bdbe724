//! `CREATE TABLE`, `CREATE TABLE AS`, `DROP TABLE`.

use std::sync::Arc;

use datafusion::arrow::datatypes::Schema;
use datafusion::catalog::default_table_source::DefaultTableSource;
use datafusion::common::TableReference;
use datafusion::dataframe::DataFrame;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::LogicalPlanBuilder;
use datafusion::logical_expr::dml::InsertOp;
use datafusion::sql::parser::Statement as DataFusionStatement;
use datafusion::sql::sqlparser::ast::{ObjectName, Query, Statement as Sql};
use rimon_format::arrow_schema::from_arrow_type;
use rimon_spec::{Error, ErrorKind, NewColumn, NewTable, TableOptions};
use rimon_table::Table;

use super::{Session, Target, done};
use crate::error::to_data_fusion;
use crate::names::Names;
use crate::run::{Outcome, count, resolve_versions};
use crate::statement::CreateTable;
use crate::table::PaimonTable;

impl Session<'_> {
    pub(super) async fn create_table(&self, table: &CreateTable) -> Result<Option<Outcome>> {
        let Some(target) = self.target(&table.name)? else {
            return Ok(None);
        };
        if target.is_of_session() {
            let error =
                Error::already_exists("a view or external table of this session has the name")
                    .with("table", &target.identifier);
            return Err(to_data_fusion(error));
        }
        match &table.query {
            Some(query) => self.create_table_as(table, &target, query).await,
            None => {
                let new = new_table(table, &self.names);
                target.create(new, table.if_not_exists).await?;
                done(format!("created table {}", target.identifier))
            }
        }
    }

    async fn create_table_as(
        &self,
        table: &CreateTable,
        target: &Target,
        query: &Query,
    ) -> Result<Option<Outcome>> {
        let catalog = target.catalog.catalog();
        let exists = catalog.table_exists(&target.identifier).await.map_err(to_data_fusion)?;
        if exists && table.if_not_exists {
            return done(format!("table {} exists already", target.identifier));
        }
        let state = self.context.state();
        let query = Sql::Query(Box::new(query.clone()));
        let mut statement = DataFusionStatement::Statement(Box::new(query));
        resolve_versions(self.context, &state, &mut statement)?;
        let plan = state.statement_to_plan(statement).await?;
        let rows = self.context.execute_logical_plan(plan).await?;
        let mut new = new_table(table, &self.names);
        if new.columns.is_empty() {
            new.columns = columns_of(rows.schema().as_arrow()).map_err(to_data_fusion)?;
        } else if new.columns.len() != rows.schema().fields().len() {
            let error = Error::invalid(format!(
                "the table has {} columns and the query {}",
                new.columns.len(),
                rows.schema().fields().len()
            ));
            return Err(to_data_fusion(error.with("table", &target.identifier)));
        }
        target.create(new, false).await?;
        match self.fill(target, rows).await {
            Ok(rows) => Ok(Some(Outcome::Changed { rows })),
            Err(error) => {
                // the table is ours and nobody has been told of it
                if let Err(drop_error) = catalog.drop_table(&target.identifier, true).await {
                    tracing::warn!(%drop_error, table = %target.identifier, "left behind");
                }
                Err(error)
            }
        }
    }

    async fn fill(&self, target: &Target, rows: DataFrame) -> Result<u64> {
        let handle = target.catalog.catalog().load_table(&target.identifier).await;
        let table = Table::new(handle.map_err(to_data_fusion)?).map_err(to_data_fusion)?;
        let provider = Arc::new(PaimonTable::new(table).map_err(to_data_fusion)?);
        let (state, plan) = rows.into_parts();
        let names = provider.table().schema().fields.iter().map(|f| f.name.clone());
        let source = Arc::new(DefaultTableSource::new(Arc::clone(&provider) as _));
        let plan = as_columns(plan, names.collect(), &provider)?;
        let name = TableReference::partial(target.identifier.database(), target.identifier.table());
        let insert =
            LogicalPlanBuilder::insert_into(plan, name, source, InsertOp::Append)?.build()?;
        count(&DataFrame::new(state, insert).collect().await?)
    }

    pub(super) async fn drop_tables(
        &self,
        names: &[ObjectName],
        if_exists: bool,
    ) -> Result<Option<Outcome>> {
        let mut targets = Vec::new();
        for name in names {
            match self.target(name)? {
                Some(target) => targets.push(target),
                None => return Ok(None),
            }
        }
        let (mut dropped, mut missing) = (Vec::new(), Vec::new());
        for target in &targets {
            let database = target.catalog.database(target.identifier.database());
            if target.is_of_session() {
                use datafusion::catalog::SchemaProvider;
                database.deregister_table(&target.identifier.object())?;
            } else {
                let catalog = target.catalog.catalog();
                let there = !if_exists
                    || catalog.table_exists(&target.identifier).await.map_err(to_data_fusion)?;
                catalog.drop_table(&target.identifier, if_exists).await.map_err(to_data_fusion)?;
                if !there {
                    missing.push(target.identifier.to_string());
                    continue;
                }
            }
            dropped.push(target.identifier.to_string());
        }
        let part = |what: &str, names: &[String]| {
            (!names.is_empty()).then(|| format!("{what} {}", names.join(", ")))
        };
        let told = [part("dropped table", &dropped), part("there is no table", &missing)];
        done(told.into_iter().flatten().collect::<Vec<_>>().join("; "))
    }
}

impl Target {
    async fn create(&self, new: NewTable, if_not_exists: bool) -> Result<()> {
        check_writable(&new).map_err(|e| to_data_fusion(e.with("table", &self.identifier)))?;
        let catalog = self.catalog.catalog();
        catalog.create_table(&self.identifier, new, if_not_exists).await.map_err(|e| {
            let missing = e.kind() == ErrorKind::NotFound && e.hint().is_none();
            to_data_fusion(if missing {
                e.with_hint(format!("CREATE DATABASE {} first", self.identifier.database()))
            } else {
                e
            })
        })
    }
}

/// A table that could not be written here would be of no use here.
fn check_writable(new: &NewTable) -> rimon_spec::Result<()> {
    let has_key = !new.primary_keys.is_empty() || new.options.contains_key("primary-key");
    TableOptions::parse(&new.options, has_key)?.refuse_unsupported_write()
}

fn new_table(table: &CreateTable, names: &Names) -> NewTable {
    NewTable {
        columns: table
            .columns
            .iter()
            .map(|column| NewColumn {
                name: names.ident(&column.name),
                data_type: column.data_type.clone(),
                description: column.comment.clone(),
                default_value: column.default.clone(),
            })
            .collect(),
        primary_keys: names.idents(&table.primary_key),
        partition_keys: names.idents(&table.partitioned_by),
        options: table.options.iter().cloned().collect(),
        comment: table.comment.clone(),
    }
}

/// The columns of a query's rows; all may be null.
fn columns_of(schema: &Schema) -> rimon_spec::Result<Vec<NewColumn>> {
    schema
        .fields()
        .iter()
        .map(|field| {
            let data_type = from_arrow_type(field.data_type(), true)
                .map_err(|e| e.with("column", field.name()))?;
            Ok(NewColumn::new(field.name(), data_type))
        })
        .collect()
}

/// The plan's columns by position, cast to those of the table.
fn as_columns(
    plan: datafusion::logical_expr::LogicalPlan,
    names: Vec<String>,
    provider: &PaimonTable,
) -> Result<datafusion::logical_expr::LogicalPlan> {
    use datafusion::catalog::TableProvider;
    use datafusion::logical_expr::{Expr, ExprSchemable};
    let schema = provider.schema();
    let columns = plan.schema().columns();
    let exprs: Result<Vec<Expr>, DataFusionError> = columns
        .into_iter()
        .zip(schema.fields())
        .zip(names)
        .map(|((column, field), name)| {
            Ok(Expr::Column(column).cast_to(field.data_type(), plan.schema())?.alias(name))
        })
        .collect();
    LogicalPlanBuilder::from(plan).project(exprs?)?.build()
}
