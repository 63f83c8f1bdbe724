//! Earlier versions of tables in SQL: `t VERSION AS OF 3` becomes the table name `t$@version=3`, which the catalog
//! resolves.

use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SessionState;
use datafusion::logical_expr::planner::{
    RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::logical_expr::{Expr, LogicalPlanBuilder};
use datafusion::sql::sqlparser::ast::{self, TableFactor};
use rimon_spec::Error;
use rimon_table::Travel;

use crate::error::to_data_fusion;
use crate::statement::TravelTo;

/// Between a table's name and a version; no table's name has it, since `$` separates system tables.
const MARK: &str = "$@";
const VERSION: &str = "version=";
const MILLIS: &str = "millis=";

/// The name under which a version of a table is known to [`crate::PaimonSchema`].
pub(crate) fn versioned_name(table: &str, travel: &Travel) -> Option<String> {
    Some(match travel {
        Travel::Version(text) => format!("{table}{MARK}{VERSION}{text}"),
        Travel::TimestampMillis(millis) => format!("{table}{MARK}{MILLIS}{millis}"),
        _ => return None,
    })
}

/// A table's name and the version asked for.
pub(crate) fn split_name(name: &str) -> (&str, Option<Travel>) {
    let Some((table, version)) = name.split_once(MARK) else {
        return (name, None);
    };
    let travel = match version.strip_prefix(MILLIS).map(str::parse::<i64>) {
        Some(Ok(millis)) => Some(Travel::TimestampMillis(millis)),
        _ => version.strip_prefix(VERSION).map(|text| Travel::Version(text.to_string())),
    };
    match travel {
        Some(travel) => (table, Some(travel)),
        None => (name, None),
    }
}

/// The version asked for, its time computed.
pub(crate) fn travel(state: &SessionState, to: TravelTo) -> Result<Travel> {
    match to {
        TravelTo::Version(text) => Ok(Travel::Version(text)),
        TravelTo::Timestamp(expr) => time_millis(state, *expr).map(Travel::TimestampMillis),
    }
}

/// Milliseconds since the epoch of a constant expression: a timestamp, a date, a string in the session's time
/// zone, or milliseconds as a number.
fn time_millis(state: &SessionState, expr: ast::Expr) -> Result<i64> {
    let text = expr.to_string();
    let bad = || {
        to_data_fusion(
            Error::invalid(format!("AS OF {text}: this is not a time"))
                .with_hint("write a time such as '2024-01-31 12:00:00'"),
        )
    };
    let schema = DFSchema::empty();
    let expr = state
        .create_logical_expr_from_sql_expr(ast::ExprWithAlias { expr, alias: None }, &schema)?;
    let row = LogicalPlanBuilder::empty(true).project([expr])?.build()?;
    let constant = state.optimize(&row)?.expressions().into_iter().next().map(Expr::unalias);
    let Some(Expr::Literal(scalar, _)) = constant else {
        return Err(bad());
    };
    let zone = state.config_options().execution.time_zone.as_deref().unwrap_or("UTC");
    let target = DataType::Timestamp(TimeUnit::Millisecond, Some(zone.into()));
    match scalar.cast_to(&target) {
        Ok(ScalarValue::TimestampMillisecond(Some(millis), _)) => Ok(millis),
        _ => Err(bad()),
    }
}

/// Refuses versions in SQL that did not come through [`crate::sql`]: DataFusion's planner would read the latest
/// rows instead.
#[derive(Debug)]
pub(crate) struct VersionGuard;

impl RelationPlanner for VersionGuard {
    fn plan_relation(
        &self,
        relation: TableFactor,
        _context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        match &relation {
            TableFactor::Table { version: Some(version), name, .. } => {
                Err(DataFusionError::NotImplemented(format!(
                    "{name} {version}: versions of tables are read through rimon_datafusion::sql"
                )))
            }
            _ => Ok(RelationPlanning::Original(Box::new(relation))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_carry_versions() {
        for travel in [
            Travel::Version("3".into()),
            Travel::Version("a$@tag".into()),
            Travel::TimestampMillis(-5),
        ] {
            let name = versioned_name("t$files", &travel).unwrap();
            assert_eq!(split_name(&name), ("t$files", Some(travel)));
        }
        assert_eq!(split_name("t$files"), ("t$files", None));
        assert_eq!(split_name("t$@other"), ("t$@other", None));
    }
}
