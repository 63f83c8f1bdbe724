//! Random conditions on the columns of a table, with literals out of its rows.

use std::ops::{Add, Not};

use datafusion::arrow::array::{Array, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::logical_expr::{Expr, cast, ident, lit, try_cast};
use datafusion::prelude::SessionContext;
use datafusion::scalar::ScalarValue;
use rimon_integration_tests::random::Random;

/// Makes conditions on the columns of `rows`, all rows of a table.
pub(super) struct Conditions<'a> {
    pub(super) rows: &'a RecordBatch,
    pub(super) random: &'a mut Random,
}

impl Conditions<'_> {
    /// A condition of AND, OR and NOT over tests of single columns, up to `depth` deep.
    pub(super) fn condition(&mut self, depth: usize) -> Expr {
        match self.random.below(if depth == 0 { 4 } else { 9 }) {
            0..=3 => self.test(),
            4 | 5 => self.condition(depth - 1).and(self.condition(depth - 1)),
            6 | 7 => self.condition(depth - 1).or(self.condition(depth - 1)),
            _ => self.condition(depth - 1).not(),
        }
    }

    /// The values of one row in its first columns, which are those of most keys; now and then with more.
    pub(super) fn of_a_row(&mut self) -> Expr {
        let row = self.random.below(self.rows.num_rows());
        let columns = 1 + self.random.below(self.rows.num_columns().min(4));
        let schema = self.rows.schema();
        let equal = (0..columns).map(|at| {
            let value = ScalarValue::try_from_array(self.rows.column(at), row).expect("a value");
            let plain = !schema.field(at).data_type().is_nested() && !value.is_null();
            let column = ident(schema.field(at).name());
            if plain { column.eq(lit(value)) } else { column.is_not_null() }
        });
        let all = equal.reduce(Expr::and).expect("a column");
        match self.random.below(4) {
            0 => all.or(self.test()),
            1 => all.and(self.test()),
            _ => all,
        }
    }

    fn test(&mut self) -> Expr {
        let at = self.random.below(self.rows.num_columns());
        let field = self.rows.schema().field(at).clone();
        let column = ident(field.name());
        match field.data_type() {
            DataType::List(_) | DataType::Map(..) | DataType::Struct(_) => self.of_nulls(column),
            DataType::Boolean if self.random.one_in(2) => self.of_truth(column),
            DataType::Utf8 | DataType::Utf8View if self.random.one_in(3) => self.like(column, at),
            _ => self.of_values(&field, column, at),
        }
    }

    fn of_nulls(&mut self, column: Expr) -> Expr {
        if self.random.one_in(2) { column.is_null() } else { column.is_not_null() }
    }

    fn of_truth(&mut self, column: Expr) -> Expr {
        match self.random.below(8) {
            0 => column,
            1 => column.not(),
            2 => column.is_true(),
            3 => column.is_false(),
            4 => column.is_unknown(),
            5 => column.is_not_true(),
            6 => column.is_not_false(),
            _ => column.is_not_unknown(),
        }
    }

    fn of_values(&mut self, field: &Field, column: Expr, at: usize) -> Expr {
        match self.random.below(14) {
            0 => self.of_nulls(column),
            1 => column.between(self.literal(at), self.literal(at)),
            2 => column.not_between(self.literal(at), self.literal(at)),
            3 => column.in_list(self.literals(at), false),
            4 => column.in_list(self.literals(at), true),
            5 => self.of_other_type(field, column, at),
            6 => {
                let literal = self.literal(at);
                self.compare(literal, column)
            }
            7 => self.of_two_columns(field, column, at),
            8 | 9 => column.eq(self.literal(at)),
            _ => {
                let literal = self.literal(at);
                self.compare(column, literal)
            }
        }
    }

    /// The column, or what it is compared with, under another type.
    fn of_other_type(&mut self, field: &Field, column: Expr, at: usize) -> Expr {
        let types = [
            DataType::Int8,
            DataType::Int32,
            DataType::Int64,
            DataType::Float64,
            DataType::Utf8,
            DataType::Decimal128(20, 3),
            DataType::Date32,
        ];
        let data_type = types[self.random.below(types.len())].clone();
        if self.random.one_in(2) {
            let other = self.value(at).cast_to(&data_type).and_then(|v| v.cast_to(&data_type));
            let literal =
                other.unwrap_or_else(|_| ScalarValue::try_from(&data_type).expect("null"));
            return self.compare(try_cast(column, data_type), lit(literal));
        }
        match self.value(at).cast_to(&data_type) {
            Ok(literal) if !field.data_type().is_temporal() && data_type.is_numeric() => {
                self.compare(column, lit(literal))
            }
            _ => {
                let literal = self.literal(at);
                self.compare(cast(column, field.data_type().clone()), literal)
            }
        }
    }

    fn of_two_columns(&mut self, field: &Field, column: Expr, at: usize) -> Expr {
        let same = |(i, f): (usize, &Field)| i != at && f.data_type() == field.data_type();
        let schema = self.rows.schema();
        let others: Vec<_> = schema.fields().iter().enumerate().map(|(i, f)| (i, &**f)).collect();
        match others.into_iter().find(|other| same(*other)) {
            Some((_, other)) => self.compare(column, ident(other.name())),
            None if field.data_type().is_floating() => column.add(lit(1.0)).gt(lit(2.0)),
            None => column.is_not_null(),
        }
    }

    fn compare(&mut self, left: Expr, right: Expr) -> Expr {
        use datafusion::logical_expr::{Operator as Op, binary_expr};
        let operators = [
            Op::Eq,
            Op::NotEq,
            Op::Lt,
            Op::LtEq,
            Op::Gt,
            Op::GtEq,
            Op::IsDistinctFrom,
            Op::IsNotDistinctFrom,
        ];
        let operator = operators[self.random.below(operators.len())];
        binary_expr(left, operator, right)
    }

    fn like(&mut self, column: Expr, at: usize) -> Expr {
        let text = match self.value(at) {
            ScalarValue::Utf8(Some(text)) | ScalarValue::Utf8View(Some(text)) => text,
            _ => "a".to_owned(),
        };
        let letters = text.chars().count();
        let prefix: String = text.chars().take(self.random.below(letters + 1)).collect();
        let pattern = match self.random.below(5) {
            0 => format!("{prefix}_%"),
            1 => format!("%{prefix}"),
            2 => prefix,
            _ => format!("{prefix}%"),
        };
        match self.random.below(4) {
            0 => column.not_like(lit(pattern)),
            1 => column.ilike(lit(pattern)),
            _ => column.like(lit(pattern)),
        }
    }

    fn literals(&mut self, at: usize) -> Vec<Expr> {
        (0..1 + self.random.below(4)).map(|_| self.literal(at)).collect()
    }

    fn literal(&mut self, at: usize) -> Expr {
        lit(self.value(at))
    }

    /// A value of the column; a number now and then one off, rarely null.
    fn value(&mut self, at: usize) -> ScalarValue {
        let column = self.rows.column(at);
        if column.is_empty() || self.random.one_in(25) {
            return ScalarValue::try_from(column.data_type()).expect("a null");
        }
        let mut row = self.random.below(column.len());
        if column.is_null(row) {
            row = self.random.below(column.len());
        }
        let value = ScalarValue::try_from_array(column, row).expect("a value");
        let one = ScalarValue::new_one(column.data_type());
        match one {
            Ok(one) if self.random.one_in(4) => value.add_checked(one).unwrap_or(value),
            _ => value,
        }
    }
}

/// Sorted rows of `table` that fulfil a condition, as text; the error as text.
pub(super) async fn rows_where(
    context: &SessionContext,
    table: &str,
    condition: &Expr,
    columns: &[&str],
) -> Result<Vec<String>, String> {
    let found = async {
        let frame = context.table(table).await?.filter(condition.clone())?;
        frame.select(columns.iter().map(|c| ident(*c)).collect::<Vec<_>>())?.collect().await
    };
    Ok(super::sorted(&found.await.map_err(|e| e.to_string())?))
}
