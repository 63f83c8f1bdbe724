//! An analyzer rule for `INSERT INTO t VALUES …`.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, TableReference};
use datafusion::config::ConfigOptions;
use datafusion::datasource::source_as_provider;
use datafusion::error::Result;
use datafusion::logical_expr::dml::DmlStatement;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, Projection, Values};
use datafusion::optimizer::AnalyzerRule;

use crate::table::PaimonTable;

/// Eases the rows' way to a Paimon table.
///
/// VALUES may be null: DataFusion takes over the columns' NOT NULL and fails on a null without naming the column, even
/// where a DEFAULT takes its place. Strings are not made views, since files are not written from views.
#[derive(Debug)]
pub(crate) struct NullableValues;

impl AnalyzerRule for NullableValues {
    fn name(&self) -> &'static str {
        "paimon_nullable_values"
    }

    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        match plan {
            LogicalPlan::Dml(dml) if is_paimon(&dml) => {
                let input = Arc::unwrap_or_clone(dml.input).transform_up(relax)?.data;
                let input = without_views(input)?;
                Ok(LogicalPlan::Dml(DmlStatement { input: Arc::new(input), ..dml }))
            }
            plan => Ok(plan),
        }
    }
}

fn is_paimon(dml: &DmlStatement) -> bool {
    source_as_provider(&dml.target)
        .is_ok_and(|provider| (provider.as_ref() as &dyn std::any::Any).is::<PaimonTable>())
}

/// Drops casts to `Utf8View` from the projection that an insert ends with.
fn without_views(plan: LogicalPlan) -> Result<LogicalPlan> {
    let LogicalPlan::Projection(projection) = plan else {
        return Ok(plan);
    };
    let input = projection.input;
    let exprs: Result<Vec<Expr>> = projection
        .expr
        .into_iter()
        .map(|expr| match expr {
            Expr::Alias(alias) => {
                let name = alias.name.clone();
                Ok(uncast(*alias.expr, &input)?.alias(name))
            }
            expr => Ok(expr),
        })
        .collect();
    Ok(LogicalPlan::Projection(Projection::try_new(exprs?, input)?))
}

fn uncast(expr: Expr, input: &LogicalPlan) -> Result<Expr> {
    match expr {
        Expr::Cast(cast) if *cast.field.data_type() == DataType::Utf8View => {
            match cast.expr.get_type(input.schema())? {
                DataType::Utf8 | DataType::LargeUtf8 => Ok(*cast.expr),
                _ => Ok(cast.expr.cast_to(&DataType::Utf8, input.schema())?),
            }
        }
        expr => Ok(expr),
    }
}

fn relax(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    match plan {
        LogicalPlan::Values(values) => {
            let fields = values.schema.iter().map(|(qualifier, field)| {
                let field = Field::clone(field).with_nullable(true);
                (qualifier.cloned() as Option<TableReference>, Arc::new(field))
            });
            let metadata = values.schema.metadata().clone();
            let schema = DFSchema::new_with_metadata(fields.collect(), metadata)?;
            let values = Values { schema: Arc::new(schema), values: values.values };
            Ok(Transformed::yes(LogicalPlan::Values(values)))
        }
        plan => Ok(Transformed::yes(plan.recompute_schema()?)),
    }
}
