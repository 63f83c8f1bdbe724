//! Dynamic filters of DataFusion (the least value that a TopK still takes, the keys of a join's build side) as
//! conditions that files and pages can be skipped by.

use std::any::Any;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{
    BinaryExpr, Column, DynamicFilterTracking, InListExpr, IsNotNullExpr, IsNullExpr, Literal,
    NotExpr,
};
use datafusion::physical_expr_common::physical_expr::snapshot_physical_expr;
use datafusion::scalar::ScalarValue;
use rimon_spec::{Predicate, TableSchema, Test, Value};
use rimon_table::LateFilter;

use crate::expr::{comparison, is_comparable};
use crate::scalar::to_value;

/// Whether the filter may change while the query runs.
pub(super) fn is_dynamic(filter: &Arc<dyn PhysicalExpr>) -> bool {
    DynamicFilterTracking::classify(filter).contains_dynamic_filter()
}

/// All `filters`, on columns of `output`, which are columns of the table; `None` when there are none.
pub(super) fn late_filter(
    filters: &[Arc<dyn PhysicalExpr>],
    output: &SchemaRef,
    table: &Arc<TableSchema>,
) -> Option<LateFilter> {
    if filters.is_empty() {
        return None;
    }
    let (filters, output, table) = (filters.to_vec(), Arc::clone(output), Arc::clone(table));
    Some(LateFilter::new(move || {
        let columns = Columns { output: &output, table: &table };
        Predicate::and(filters.iter().map(|filter| columns.now(filter)).collect())
    }))
}

struct Columns<'a> {
    output: &'a SchemaRef,
    table: &'a TableSchema,
}

impl Columns<'_> {
    fn now(&self, filter: &Arc<dyn PhysicalExpr>) -> Predicate {
        let snapshot = snapshot_physical_expr(Arc::clone(filter));
        snapshot.map_or(Predicate::True, |filter| self.weaker(filter.as_ref()))
    }

    /// A condition that holds wherever `expr` is true.
    fn weaker(&self, expr: &dyn PhysicalExpr) -> Predicate {
        let any: &dyn Any = expr;
        if let Some(literal) = any.downcast_ref::<Literal>() {
            return match literal.value() {
                ScalarValue::Boolean(Some(true)) => Predicate::True,
                ScalarValue::Boolean(_) => Predicate::False,
                _ => Predicate::True,
            };
        }
        if let Some(binary) = any.downcast_ref::<BinaryExpr>() {
            let sides =
                || vec![self.weaker(binary.left().as_ref()), self.weaker(binary.right().as_ref())];
            return match binary.op() {
                Operator::And => Predicate::and(sides()),
                Operator::Or => Predicate::or(sides()),
                _ => self.exact(expr).unwrap_or(Predicate::True),
            };
        }
        self.exact(expr).unwrap_or(Predicate::True)
    }

    /// The test of one column that `expr` is.
    fn exact(&self, expr: &dyn PhysicalExpr) -> Option<Predicate> {
        let any: &dyn Any = expr;
        if let Some(binary) = any.downcast_ref::<BinaryExpr>() {
            let (left, right) = (binary.left().as_ref(), binary.right().as_ref());
            return self
                .compare(left, *binary.op(), right)
                .or_else(|| self.compare(right, binary.op().swap()?, left));
        }
        if let Some(is_null) = any.downcast_ref::<IsNullExpr>() {
            return Some(Predicate::leaf(self.column(is_null.arg().as_ref())?, Test::IsNull));
        }
        if let Some(is_not_null) = any.downcast_ref::<IsNotNullExpr>() {
            return Some(Predicate::leaf(
                self.column(is_not_null.arg().as_ref())?,
                Test::IsNotNull,
            ));
        }
        if let Some(not) = any.downcast_ref::<NotExpr>() {
            return Some(Predicate::Not(Box::new(self.exact(not.arg().as_ref())?)));
        }
        let list = any.downcast_ref::<InListExpr>().filter(|list| !list.negated())?;
        let column = self.column(list.expr().as_ref())?;
        let values: Option<Vec<Value>> =
            list.list().iter().map(|item| self.literal(item.as_ref(), column)).collect();
        Some(Predicate::leaf(column, Test::In(values?)))
    }

    fn compare(
        &self,
        column: &dyn PhysicalExpr,
        operator: Operator,
        literal: &dyn PhysicalExpr,
    ) -> Option<Predicate> {
        let column = self.column(column)?;
        let value = self.literal(literal, column)?;
        Some(Predicate::leaf(column, comparison(operator, value)?))
    }

    fn column(&self, expr: &dyn PhysicalExpr) -> Option<&str> {
        let column = (expr as &dyn Any).downcast_ref::<Column>()?;
        let field = self.output.fields().get(column.index())?;
        self.table.field(field.name()).map(|field| field.name.as_str())
    }

    fn literal(&self, expr: &dyn PhysicalExpr, column: &str) -> Option<Value> {
        let literal = (expr as &dyn Any).downcast_ref::<Literal>()?;
        to_value(literal.value(), &self.table.field(column)?.data_type.kind).filter(is_comparable)
    }
}
