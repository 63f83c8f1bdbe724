//! SQL with Paimon's statements, through a stock `SessionContext`.

use std::sync::Arc;

use datafusion::arrow::array::{Array, RecordBatch, UInt64Array};
use datafusion::dataframe::DataFrame;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{DdlStatement, LogicalPlan};
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion::sql::parser::Statement as DataFusionStatement;
use datafusion::sql::sqlparser::ast::{Ident, ObjectName, ObjectNamePart};
use rimon_catalog::Catalog;
use rimon_spec::Error;

use crate::catalog::PaimonCatalog;
use crate::ddl;
use crate::error::to_data_fusion;
use crate::factory::PaimonTableFactory;
use crate::names::Names;
use crate::nullability::NullableValues;
use crate::statement::{Kind, Statement, TravelTo, parse_with, take_versions};
use crate::travel::{VersionGuard, travel, versioned_name};

/// What a statement gave.
#[derive(Debug)]
pub enum Outcome {
    /// Rows, not yet computed: the statement runs when they are collected.
    Rows(DataFrame),
    /// A statement that changed so many rows, and is done.
    Changed {
        /// Rows written.
        rows: u64,
    },
    /// A statement without rows that is done, in words, such as `created table db.t`.
    Done(String),
}

/// A configuration in which names without a catalog are those of the catalog `catalog` and its database `default`.
pub fn session_config(catalog: &str) -> SessionConfig {
    SessionConfig::new()
        .with_default_catalog_and_schema(catalog, rimon_catalog::DEFAULT_DATABASE)
        .with_create_default_catalog_and_schema(false)
        .with_information_schema(true)
}

/// Puts a Paimon catalog into a session under `name`, with `STORED AS PAIMON`.
pub fn register(
    context: &SessionContext,
    name: &str,
    catalog: Arc<dyn Catalog>,
) -> Result<Arc<PaimonCatalog>> {
    let provider = Arc::new(PaimonCatalog::new(catalog));
    context.register_catalog(name, Arc::clone(&provider) as _);
    let state = context.state_ref();
    let mut state = state.write();
    state
        .table_factories_mut()
        .insert(PaimonTableFactory::FILE_TYPE.to_string(), Arc::new(PaimonTableFactory));
    drop(state);
    context.add_analyzer_rule(Arc::new(NullableValues));
    context.register_relation_planner(Arc::new(VersionGuard))?;
    Ok(provider)
}

/// Runs all statements of a text, one after the other. Rows of all but the last are computed and kept in memory, so
/// that each statement sees what those before it did and nothing later.
///
/// # Errors
/// That of the first statement that fails; nothing runs when one cannot be parsed.
pub async fn sql(context: &SessionContext, text: &str) -> Result<Vec<Outcome>> {
    let statements = parse_with(text, context.state().config_options())?;
    let count = statements.len();
    let mut outcomes = Vec::with_capacity(count);
    for (number, statement) in statements.into_iter().enumerate() {
        let outcome = match execute(context, statement).await? {
            Outcome::Rows(rows) if number + 1 < count => Outcome::Rows(rows.cache().await?),
            outcome => outcome,
        };
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

/// Runs one statement: ours if its object is in a Paimon catalog, else DataFusion does.
///
/// # Errors
/// `DataFusionError`, with our own errors inside; see [`crate::from_data_fusion`].
pub async fn execute(context: &SessionContext, statement: Statement) -> Result<Outcome> {
    if !matches!(statement.kind, Kind::DataFusion(_)) {
        let outcome = ddl::execute(context, &statement.kind).await?;
        if let Some(outcome) = outcome {
            return Ok(outcome);
        }
    }
    let state = context.state();
    let mut inner = statement.for_data_fusion(state.config_options())?;
    resolve_versions(context, &state, &mut inner)?;
    run(context, &state, inner).await
}

/// Plans a statement of DataFusion's and runs it, unless it gives rows.
pub(crate) async fn run(
    context: &SessionContext,
    state: &SessionState,
    statement: DataFusionStatement,
) -> Result<Outcome> {
    let plan = state.statement_to_plan(statement).await?;
    match plan {
        LogicalPlan::Dml(_) => {
            let rows = context.execute_logical_plan(plan).await?.collect().await?;
            Ok(Outcome::Changed { rows: count(&rows)? })
        }
        LogicalPlan::Ddl(ref ddl) => {
            let done = match ddl {
                DdlStatement::CreateExternalTable(table) => {
                    format!("created external table {}", table.name)
                }
                other => format!("{} done", other.name()),
            };
            context.execute_logical_plan(plan).await?;
            Ok(Outcome::Done(done))
        }
        LogicalPlan::Statement(_) => {
            let rows = context.execute_logical_plan(plan).await?;
            match rows.schema().fields().is_empty() {
                true => Ok(Outcome::Done("done".into())),
                false => Ok(Outcome::Rows(rows)),
            }
        }
        plan => Ok(Outcome::Rows(context.execute_logical_plan(plan).await?)),
    }
}

/// The sum of the `count` column that statements changing rows give.
pub(crate) fn count(batches: &[RecordBatch]) -> Result<u64> {
    let mut total = 0u64;
    for batch in batches {
        let counts = batch.columns().first().and_then(|c| c.as_any().downcast_ref::<UInt64Array>());
        let Some(counts) = counts else {
            return Err(DataFusionError::Internal("a statement gave no row count".into()));
        };
        total = total.saturating_add(counts.iter().flatten().sum());
    }
    Ok(total)
}

/// Gives every table with a version the name that the catalog knows that version under.
pub(crate) fn resolve_versions(
    context: &SessionContext,
    state: &SessionState,
    statement: &mut DataFusionStatement,
) -> Result<()> {
    let names = Names::of(state);
    take_versions(statement, &mut |name: &ObjectName, to: TravelTo| {
        let full = names.table(name)?;
        if PaimonCatalog::find(context, &full.catalog).is_none() {
            let error = Error::unsupported("only Paimon tables have versions").with("table", name);
            return Err(to_data_fusion(error));
        }
        let travel = travel(state, to)?;
        let versioned = versioned_name(&full.table, &travel)
            .ok_or_else(|| DataFusionError::Internal("a version without a name".into()))?;
        let parts = [full.catalog.as_ref(), full.schema.as_ref(), versioned.as_str()];
        let idents = parts.iter().map(|part| Ident::with_quote('"', *part));
        Ok(ObjectName(idents.map(ObjectNamePart::Identifier).collect()))
    })
}
