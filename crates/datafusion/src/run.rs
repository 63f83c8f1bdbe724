//! Statements of DataFusion's grammar, and what any statement gives.

use datafusion::arrow::array::{Array, RecordBatch, UInt64Array};
use datafusion::dataframe::DataFrame;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{DdlStatement, LogicalPlan};
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement as DataFusionStatement;
use datafusion::sql::sqlparser::ast::{Ident, ObjectName, ObjectNamePart};
use rimon_spec::Error;

use crate::catalog::PaimonCatalog;
use crate::error::to_data_fusion;
use crate::names::Names;
use crate::statement::{TravelTo, take_versions};
use crate::static_partition::StaticPartition;
use crate::travel::{version, versioned_name};

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

/// Plans a statement of DataFusion's and runs it, unless it gives rows. `partition` is that of an insert.
pub(crate) async fn run(
    context: &SessionContext,
    state: &SessionState,
    statement: DataFusionStatement,
    partition: Option<StaticPartition>,
) -> Result<Outcome> {
    let plan = state.statement_to_plan(statement).await?;
    let plan = match partition {
        Some(partition) => partition.apply(plan)?,
        None => plan,
    };
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
        let version = version(state, to)?;
        let versioned = versioned_name(&full.table, &version)
            .ok_or_else(|| DataFusionError::Internal("a version without a name".into()))?;
        let parts = [full.catalog.as_ref(), full.schema.as_ref(), versioned.as_str()];
        let idents = parts.iter().map(|part| Ident::with_quote('"', *part));
        Ok(ObjectName(idents.map(ObjectNamePart::Identifier).collect()))
    })
}
