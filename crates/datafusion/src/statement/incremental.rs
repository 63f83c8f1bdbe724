//! Options of one read in SQL: `t WITH ('key' = 'value')`, and the table functions for changes that Spark has too.

use datafusion::error::{DataFusionError, Result};
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, FunctionArg, FunctionArgExpr, Ident, ObjectName, ObjectNamePart,
    TableFunctionArgs, Value,
};

use super::version::TravelTo;

/// The functions, each with the option that its arguments behind the table's name make.
const FUNCTIONS: [(&str, &str, usize); 3] = [
    ("paimon_incremental_query", "incremental-between", 2),
    ("paimon_incremental_between_timestamp", "incremental-between-timestamp", 2),
    ("paimon_incremental_to_auto_tag", "incremental-to-auto-tag", 1),
];

/// `paimon_incremental_query('db.t', 1, 3)` as the table and its options; `None` for another function.
pub(super) fn incremental_call(
    name: &ObjectName,
    call: &TableFunctionArgs,
) -> Option<Result<(ObjectName, TravelTo)>> {
    let [ObjectNamePart::Identifier(ident)] = name.0.as_slice() else {
        return None;
    };
    let (function, option, count) =
        FUNCTIONS.iter().find(|(function, ..)| ident.value.eq_ignore_ascii_case(function))?;
    let texts: Option<Vec<String>> = call.args.iter().map(text).collect();
    let wrong = || {
        let values = if *count == 1 { "'tag'" } else { "from, to" };
        DataFusionError::Plan(format!("{function}('table', {values}) was expected"))
    };
    Some(match texts.as_deref().and_then(<[String]>::split_first) {
        Some((table, values)) if values.len() == *count => {
            let options = vec![((*option).to_string(), values.join(","))];
            Ok((table_name(table), TravelTo::Options(options)))
        }
        _ => Err(wrong()),
    })
}

/// `'key' = 'value', …`
pub(super) fn read_options(hints: &[Expr]) -> Result<TravelTo> {
    let pair = |hint: &Expr| match hint {
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
            Some((literal(left)?, literal(right)?))
        }
        _ => None,
    };
    let pairs: Option<Vec<_>> = hints.iter().map(pair).collect();
    pairs.map(TravelTo::Options).ok_or_else(|| {
        DataFusionError::Plan("options of a table are written WITH ('key' = 'value')".into())
    })
}

/// `t`, `db.t` or `catalog.db.t`, as it is written.
fn table_name(text: &str) -> ObjectName {
    let ident = |part: &str| ObjectNamePart::Identifier(Ident::with_quote('"', part));
    ObjectName(text.split('.').map(ident).collect())
}

fn text(argument: &FunctionArg) -> Option<String> {
    match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => literal(expr),
        _ => None,
    }
}

fn literal(expr: &Expr) -> Option<String> {
    let Expr::Value(value) = expr else {
        return None;
    };
    match &value.value {
        Value::Number(number, _) => Some(number.clone()),
        Value::Boolean(value) => Some(value.to_string()),
        other => other.clone().into_string(),
    }
}
