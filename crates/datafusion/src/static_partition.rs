//! `INSERT INTO | OVERWRITE t PARTITION (p = 'x', q) …`: values of partition columns that the rows do not bring.

use std::sync::Arc;

use datafusion::datasource::{provider_as_source, source_as_provider};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SessionState;
use datafusion::logical_expr::dml::{DmlStatement, InsertOp, WriteOp};
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, Projection, lit};
use datafusion::prelude::SessionContext;
use datafusion::scalar::ScalarValue;
use datafusion::sql::parser::Statement as DataFusionStatement;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr as Sql, Ident, Insert, ObjectName, ObjectNamePart, Statement, TableObject,
};
use indexmap::IndexMap;
use rimon_format::arrow_value::constant_array;
use rimon_spec::{Error, Value};
use rimon_table::Table;
use rimon_table::commit::Overwrite;

use crate::catalog::PaimonCatalog;
use crate::error::to_data_fusion;
use crate::names::Names;
use crate::statement::partition_text;
use crate::table::PaimonTable;

/// The partition that a statement names.
#[derive(Debug)]
pub(crate) struct StaticPartition {
    /// Values of partition columns as texts of partition paths.
    texts: IndexMap<String, String>,
    /// The same as literals of plans, of columns that the rows do not bring.
    literals: IndexMap<String, ScalarValue>,
}

/// Takes the `PARTITION` clause out of an insert into a Paimon table, whose columns are those that the rows bring
/// afterwards. `None` for other statements.
///
/// # Errors
/// `Invalid` for columns that are no partition columns, have two values, or values that they cannot hold.
pub(crate) async fn take_partition(
    context: &SessionContext,
    state: &SessionState,
    statement: &mut DataFusionStatement,
) -> Result<Option<StaticPartition>> {
    let DataFusionStatement::Statement(statement) = statement else { return Ok(None) };
    let Statement::Insert(insert) = statement.as_mut() else { return Ok(None) };
    let (Some(clause), TableObject::TableName(name)) = (&insert.partitioned, &insert.table) else {
        return Ok(None);
    };
    let names = Names::of(state);
    let full = names.table(name)?;
    if PaimonCatalog::find(context, &full.catalog).is_none() {
        return Ok(None);
    }
    let provider = context.table_provider(full).await?;
    let Some(table) = (provider.as_ref() as &dyn std::any::Any).downcast_ref::<PaimonTable>()
    else {
        return Ok(None);
    };
    let table = table.table();
    let partition = read_clause(table, &names, clause)?;
    insert.columns = columns(table, &names, insert, &partition)?;
    insert.partitioned = None;
    Ok(Some(partition))
}

fn read_clause(table: &Table, names: &Names, clause: &[Sql]) -> Result<StaticPartition> {
    let mut given = Vec::new();
    let mut partition =
        StaticPartition { texts: IndexMap::new(), literals: IndexMap::with_capacity(clause.len()) };
    for part in clause {
        let (name, value) = match part {
            Sql::Identifier(name) => (names.ident(name), None),
            Sql::BinaryOp { left, op: BinaryOperator::Eq, right } => match left.as_ref() {
                Sql::Identifier(name) => (names.ident(name), Some(right)),
                _ => return Err(unreadable(part)),
            },
            _ => return Err(unreadable(part)),
        };
        let fields = table.schema().partition_fields();
        let field = fields
            .into_iter()
            .find(|f| f.name == name)
            .ok_or_else(|| invalid(table, format!("'{name}' is no partition column")))?;
        if given.contains(&name) {
            return Err(invalid(table, format!("the partition column '{name}' is given twice")));
        }
        if let Some(value) = value {
            let text =
                partition_text(value).map_err(|e| DataFusionError::SQL(Box::new(e), None))?;
            let default_name = &table.options().partition_default_name;
            let parsed = match &text {
                None => Ok(Value::Null),
                Some(text) if text == default_name => Ok(Value::Null),
                Some(text) => Value::parse(text, &field.data_type),
            };
            let parsed = parsed.map_err(|e| to_data_fusion(e.with("column", &name)))?;
            let array = constant_array(&parsed, &field.data_type.clone().with_nullable(true), 1);
            let array = array.map_err(to_data_fusion)?;
            partition.literals.insert(name.clone(), ScalarValue::try_from_array(&array, 0)?);
            partition.texts.insert(name.clone(), text.unwrap_or_else(|| default_name.clone()));
        }
        given.push(name);
    }
    Ok(partition)
}

/// The columns of the rows: those that the statement names, else all that have no value yet, in the table's order.
fn columns(
    table: &Table,
    names: &Names,
    insert: &Insert,
    partition: &StaticPartition,
) -> Result<Vec<ObjectName>> {
    for column in &insert.columns {
        let name = column.0.last().and_then(|part| part.as_ident()).map(|i| names.ident(i));
        if let Some(name) = name.filter(|name| partition.literals.contains_key(name)) {
            return Err(invalid(table, format!("the partition column '{name}' is given twice")));
        }
    }
    if !insert.columns.is_empty() {
        return Ok(insert.columns.clone());
    }
    let brought =
        table.schema().fields.iter().filter(|f| !partition.literals.contains_key(&f.name));
    let name = |name: &String| ObjectNamePart::Identifier(Ident::with_quote('"', name));
    Ok(brought.map(|f| ObjectName(vec![name(&f.name)])).collect())
}

impl StaticPartition {
    /// Gives the rows of an insert the partition's values, and tells the table what is replaced.
    ///
    /// # Errors
    /// `Internal` when the plan is none of an insert.
    pub(crate) fn apply(self, plan: LogicalPlan) -> Result<LogicalPlan> {
        let LogicalPlan::Dml(dml) = plan else { return Err(unplanned()) };
        let provider = source_as_provider(&dml.target)?;
        let table = (provider.as_ref() as &dyn std::any::Any).downcast_ref::<PaimonTable>();
        let table = table.ok_or_else(unplanned)?.clone();
        let target = match &dml.op {
            WriteOp::Insert(InsertOp::Overwrite) => {
                let what = self.replaced(table.table()).map_err(to_data_fusion)?;
                provider_as_source(Arc::new(table.overwriting(what)))
            }
            _ => Arc::clone(&dml.target),
        };
        let input = self.fill(Arc::unwrap_or_clone(dml.input))?;
        let (name, op) = (dml.table_name, dml.op);
        Ok(LogicalPlan::Dml(DmlStatement::new(name, target, op, Arc::new(input))))
    }

    /// A partition whose columns all have values is replaced as a whole, by no rows, too. Of several partitions those
    /// that rows come to, unless `dynamic-partition-overwrite` is off.
    fn replaced(&self, table: &Table) -> rimon_spec::Result<Overwrite> {
        let all = table.schema().partition_keys.len() == self.texts.len();
        if self.texts.is_empty() || !all && table.options().dynamic_partition_overwrite {
            return Ok(Overwrite::default_of(table));
        }
        Overwrite::partition(table, &self.texts)
    }

    /// An insert's input is a projection of all columns; those that the rows do not bring are null in it.
    fn fill(&self, input: LogicalPlan) -> Result<LogicalPlan> {
        let LogicalPlan::Projection(projection) = input else { return Err(unplanned()) };
        let schema = Arc::clone(&projection.schema);
        let columns = projection.expr.into_iter().zip(schema.fields()).map(|(expr, field)| {
            match self.literals.get(field.name()) {
                Some(literal) => {
                    let literal = lit(literal.clone()).cast_to(field.data_type(), &schema)?;
                    Ok(literal.alias(field.name()))
                }
                None => Ok(expr),
            }
        });
        let columns = columns.collect::<Result<Vec<Expr>>>()?;
        Ok(LogicalPlan::Projection(Projection::try_new(columns, projection.input)?))
    }
}

fn invalid(table: &Table, what: String) -> DataFusionError {
    to_data_fusion(Error::invalid(what).with("table", table.name()))
}

fn unreadable(part: &Sql) -> DataFusionError {
    let what = format!("PARTITION ({part}): a column or column = literal was expected");
    to_data_fusion(Error::invalid(what))
}

fn unplanned() -> DataFusionError {
    DataFusionError::Internal("the plan of an insert is not one".into())
}
