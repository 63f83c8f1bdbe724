//! Versions and changes of tables in SQL: `t VERSION AS OF 3` becomes the table name `t$@version=3`, which the catalog
//! resolves, and `t WITH ('k' = 'v')` the name `t$@options={"k":"v"}`.

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
use rimon_table::{Table, Travel};

use crate::error::to_data_fusion;
use crate::statement::TravelTo;

/// Between a table's name and a version; no table's name has it, since `$` separates system tables.
const MARK: &str = "$@";
const VERSION: &str = "version=";
const MILLIS: &str = "millis=";
const OPTIONS: &str = "options=";

/// What a statement asks for of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Version {
    /// A version.
    Travel(Travel),
    /// Options of this read.
    Options(Vec<(String, String)>),
}

impl Version {
    /// The table as it is asked for.
    pub(crate) async fn of(self, table: &Table) -> rimon_spec::Result<Table> {
        match self {
            Self::Travel(travel) => table.at(&travel).await,
            Self::Options(options) => table.with_options(options)?.at_options().await,
        }
    }
}

/// The name under which a version of a table is known to [`crate::PaimonSchema`].
pub(crate) fn versioned_name(table: &str, version: &Version) -> Option<String> {
    Some(match version {
        Version::Travel(Travel::Version(text)) => format!("{table}{MARK}{VERSION}{text}"),
        Version::Travel(Travel::TimestampMillis(millis)) => {
            format!("{table}{MARK}{MILLIS}{millis}")
        }
        Version::Travel(_) => return None,
        Version::Options(options) => {
            format!("{table}{MARK}{OPTIONS}{}", serde_json::to_string(options).ok()?)
        }
    })
}

/// A table's name and the version asked for.
pub(crate) fn split_name(name: &str) -> (&str, Option<Version>) {
    match name.split_once(MARK).map(|(table, version)| (table, parse(version))) {
        Some((table, Some(version))) => (table, Some(version)),
        _ => (name, None),
    }
}

fn parse(text: &str) -> Option<Version> {
    if let Some(millis) = text.strip_prefix(MILLIS).and_then(|text| text.parse().ok()) {
        return Some(Version::Travel(Travel::TimestampMillis(millis)));
    }
    if let Some(version) = text.strip_prefix(VERSION) {
        return Some(Version::Travel(Travel::Version(version.to_string())));
    }
    serde_json::from_str(text.strip_prefix(OPTIONS)?).ok().map(Version::Options)
}

/// The version asked for, its time computed.
pub(crate) fn version(state: &SessionState, to: TravelTo) -> Result<Version> {
    match to {
        TravelTo::Version(text) => Ok(Version::Travel(Travel::Version(text))),
        TravelTo::Timestamp(expr) => {
            Ok(Version::Travel(Travel::TimestampMillis(time_millis(state, *expr)?)))
        }
        TravelTo::Options(options) => Ok(Version::Options(options)),
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
        for version in [
            Version::Travel(Travel::Version("3".into())),
            Version::Travel(Travel::Version("a$@tag".into())),
            Version::Travel(Travel::TimestampMillis(-5)),
            Version::Options(vec![("incremental-between".into(), "a$@\"b,2".into())]),
        ] {
            let name = versioned_name("t$files", &version).unwrap();
            assert_eq!(split_name(&name), ("t$files", Some(version)));
        }
        assert_eq!(split_name("t$files"), ("t$files", None));
        assert_eq!(split_name("t$@other"), ("t$@other", None));
    }
}
