//! DataFusion expressions to predicates of the format, as far as they go.
//!
//! A conversion may be partial: then the predicate is weaker than the expression (it lets more rows pass) and only
//! good for leaving things out. It is exact when both are true for the same rows.

use datafusion::logical_expr::{BinaryExpr, Expr, Like, Operator};
use datafusion::scalar::ScalarValue;
use rimon_spec::{MapKey, Predicate, TableSchema, Test, TypeKind, Value};

use crate::scalar::to_value;

/// A predicate and whether it says all that the expression says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Converted {
    /// True for every row for which the expression is true.
    pub(crate) predicate: Predicate,
    /// True for no other row.
    pub(crate) exact: bool,
}

impl Converted {
    fn exact(predicate: Predicate) -> Self {
        Self { predicate, exact: true }
    }
}

/// Converts what can be converted; `None` when nothing of it can.
pub(crate) fn convert(expr: &Expr, schema: &TableSchema) -> Option<Converted> {
    match expr {
        Expr::Alias(alias) => convert(&alias.expr, schema),
        Expr::BinaryExpr(binary) => convert_binary(binary, schema),
        Expr::Not(inner) => negate(convert(inner, schema)?),
        Expr::IsNull(inner) => leaf(inner, schema, Test::IsNull),
        Expr::IsNotNull(inner) => leaf(inner, schema, Test::IsNotNull),
        // true for the same rows, but false where the inner one is null
        Expr::IsTrue(inner) => Some(Converted { exact: false, ..convert(inner, schema)? }),
        Expr::Column(column) => {
            let field = schema.field(&column.name)?;
            (field.data_type.kind == TypeKind::Boolean)
                .then(|| equal(&column.name, Value::Boolean(true)))
        }
        Expr::Literal(ScalarValue::Boolean(value), _) => Some(match value {
            Some(true) => Converted::exact(Predicate::True),
            Some(false) => Converted::exact(Predicate::False),
            None => Converted { predicate: Predicate::False, exact: false },
        }),
        Expr::InList(list) => {
            let (column, kind) = column_of(&list.expr, schema)?;
            let values: Option<Vec<Value>> =
                list.list.iter().map(|item| literal(item, kind)).collect();
            let found = Converted::exact(Predicate::leaf(column, Test::In(values?)));
            if list.negated { negate(found) } else { Some(found) }
        }
        Expr::Between(between) => {
            let low = compare(&between.expr, Operator::GtEq, &between.low, schema)?;
            let high = compare(&between.expr, Operator::LtEq, &between.high, schema)?;
            let both = Converted {
                predicate: Predicate::and(vec![low.predicate, high.predicate]),
                exact: low.exact && high.exact,
            };
            if between.negated { negate(both) } else { Some(both) }
        }
        Expr::Like(like) if !like.negated && !like.case_insensitive => starts_with(like, schema),
        _ => None,
    }
}

/// All conditions together; what cannot be converted is left out.
pub(crate) fn convert_all(filters: &[Expr], schema: &TableSchema) -> Predicate {
    let parts = filters.iter().filter_map(|f| convert(f, schema)).map(|c| c.predicate).collect();
    Predicate::and(parts)
}

/// Whether planning alone keeps exactly the rows for which the expression is true: it says nothing but of
/// partition columns.
pub(crate) fn is_exact_on_partitions(expr: &Expr, schema: &TableSchema) -> bool {
    let Some(Converted { predicate, exact: true }) = convert(expr, schema) else {
        return false;
    };
    predicate.columns().into_iter().all(|name| schema.partition_keys.iter().any(|key| key == name))
}

fn convert_binary(binary: &BinaryExpr, schema: &TableSchema) -> Option<Converted> {
    match binary.op {
        Operator::And => match (convert(&binary.left, schema), convert(&binary.right, schema)) {
            (Some(left), Some(right)) => Some(Converted {
                predicate: Predicate::and(vec![left.predicate, right.predicate]),
                exact: left.exact && right.exact,
            }),
            (Some(one), None) | (None, Some(one)) => Some(Converted { exact: false, ..one }),
            (None, None) => None,
        },
        Operator::Or => {
            let left = convert(&binary.left, schema)?;
            let right = convert(&binary.right, schema)?;
            Some(Converted {
                predicate: Predicate::or(vec![left.predicate, right.predicate]),
                exact: left.exact && right.exact,
            })
        }
        op => compare(&binary.left, op, &binary.right, schema)
            .or_else(|| compare(&binary.right, op.swap()?, &binary.left, schema)),
    }
}

fn compare(left: &Expr, op: Operator, right: &Expr, schema: &TableSchema) -> Option<Converted> {
    let (column, kind) = column_of(left, schema)?;
    if matches!(right, Expr::Literal(scalar, _) if scalar.is_null()) {
        // null whatever the row, so never true
        return matches!(
            op,
            Operator::Eq
                | Operator::NotEq
                | Operator::Lt
                | Operator::LtEq
                | Operator::Gt
                | Operator::GtEq
        )
        .then_some(Converted { predicate: Predicate::False, exact: false });
    }
    let value = literal(right, kind)?;
    Some(Converted::exact(Predicate::leaf(column, comparison(op, value)?)))
}

/// The test that a comparison with a value is; `None` for other operators.
pub(crate) fn comparison(op: Operator, value: Value) -> Option<Test> {
    Some(match op {
        Operator::Eq => Test::Eq(value),
        Operator::NotEq => Test::NotEq(value),
        Operator::Lt => Test::Lt(value),
        Operator::LtEq => Test::LtEq(value),
        Operator::Gt => Test::Gt(value),
        Operator::GtEq => Test::GtEq(value),
        _ => return None,
    })
}

/// Only an exact predicate has an opposite: the opposite of a weaker one would be stronger.
fn negate(inner: Converted) -> Option<Converted> {
    inner.exact.then(|| Converted::exact(Predicate::Not(Box::new(inner.predicate))))
}

fn leaf(expr: &Expr, schema: &TableSchema, test: Test) -> Option<Converted> {
    let (column, _) = column_of(expr, schema)?;
    Some(Converted::exact(Predicate::leaf(column, test)))
}

fn equal(column: &str, value: Value) -> Converted {
    Converted::exact(Predicate::leaf(column, Test::Eq(value)))
}

/// `LIKE 'abc%'` and `LIKE 'abc'`.
fn starts_with(like: &Like, schema: &TableSchema) -> Option<Converted> {
    let (column, kind) = column_of(&like.expr, schema)?;
    let Value::String(pattern) = literal(&like.pattern, kind)? else {
        return None;
    };
    if like.escape_char.is_some() || pattern.contains('\\') {
        return None;
    }
    let end = pattern.find(['%', '_'])?;
    let (prefix, rest) = pattern.split_at(end);
    if prefix.is_empty() {
        return None;
    }
    Some(Converted {
        predicate: Predicate::leaf(column, Test::StartsWith(prefix.to_string())),
        exact: rest == "%",
    })
}

/// Name and type of what is tested: a column, or a key of a map (`m['k']`), which is named `m[k]`.
fn column_of<'s>(expr: &Expr, schema: &'s TableSchema) -> Option<(String, &'s TypeKind)> {
    match expr {
        Expr::Column(column) => {
            let field = schema.field(&column.name)?;
            Some((field.name.clone(), &field.data_type.kind))
        }
        Expr::ScalarFunction(call) if call.name() == "get_field" => {
            let [Expr::Column(column), Expr::Literal(key, _)] = call.args.as_slice() else {
                return None;
            };
            let name = MapKey::name_of(&column.name, key.try_as_str()??);
            let field = schema.field(&column.name)?;
            let named = schema.map_key(&name)?.field.id == field.id;
            match &field.data_type.kind {
                TypeKind::Map { value, .. } if named => Some((name, &value.kind)),
                _ => None,
            }
        }
        _ => None,
    }
}

fn literal(expr: &Expr, kind: &TypeKind) -> Option<Value> {
    match expr {
        Expr::Literal(scalar, _) if !scalar.is_null() => {
            to_value(scalar, kind).filter(is_comparable)
        }
        _ => None,
    }
}

/// Zeros and NaN of floating point compare differently in files, in Java and in Arrow.
pub(crate) fn is_comparable(value: &Value) -> bool {
    match value {
        Value::Float(f) => *f != 0.0 && !f.is_nan(),
        Value::Double(d) => *d != 0.0 && !d.is_nan(),
        _ => true,
    }
}

#[cfg(test)]
mod tests;
