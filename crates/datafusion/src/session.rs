//! SQL with Paimon's statements, through a stock `SessionContext`.

use std::sync::Arc;

use datafusion::error::Result;
use datafusion::prelude::{SessionConfig, SessionContext};
use rimon_catalog::Catalog;

use crate::catalog::PaimonCatalog;
use crate::ddl;
use crate::factory::PaimonTableFactory;
use crate::nullability::NullableValues;
use crate::run::{Outcome, resolve_versions, run};
use crate::statement::{Kind, Statement, parse_with};
use crate::static_partition::take_partition;
use crate::travel::VersionGuard;

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
    let partition = take_partition(context, &state, &mut inner).await?;
    run(context, &state, inner, partition).await
}
