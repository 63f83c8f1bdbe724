//! `t VERSION AS OF 3`: taken out of the tree, because DataFusion's planner does not look at it.

use std::ops::ControlFlow;

use super::incremental::{incremental_call, read_options};
use datafusion::error::{DataFusionError, Result};
use datafusion::sql::parser::Statement as DataFusionStatement;
use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectName, ObjectNamePart,
    TableAlias, TableFactor, TableVersion, Value, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Word};

/// Name of the call that stands for a version given as a string, see [`mark_version_names`].
const VERSION_CALL: &str = "__paimon_version";

/// The version asked for, as written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TravelTo {
    /// `VERSION AS OF 3` or `VERSION AS OF 'tag'`
    Version(String),
    /// `TIMESTAMP AS OF expr`, `FOR SYSTEM_TIME AS OF expr`
    Timestamp(Box<Expr>),
    /// `t WITH ('key' = 'value')`, `paimon_incremental_query('t', from, to)`
    Options(Vec<(String, String)>),
}

/// `VERSION AS OF 'name'` becomes `TIMESTAMP AS OF __paimon_version('name')`: sqlparser reads only numbers there.
pub(super) fn mark_version_names(tokens: &[TokenWithSpan]) -> Vec<TokenWithSpan> {
    let solid: Vec<&TokenWithSpan> =
        tokens.iter().filter(|t| !matches!(t.token, Token::Whitespace(_))).collect();
    let mut out = Vec::with_capacity(solid.len());
    let mut rest = solid.as_slice();
    while let Some((first, tail)) = rest.split_first() {
        match version_name(rest) {
            Some((text, after)) => {
                let like = |token: Token| TokenWithSpan { token, span: first.span };
                out.push(like(Token::make_word("TIMESTAMP", None)));
                out.extend(rest.iter().skip(1).take(2).map(|t| (*t).clone()));
                out.push(like(Token::make_word(VERSION_CALL, None)));
                out.push(like(Token::LParen));
                out.push(like(Token::SingleQuotedString(text)));
                out.push(like(Token::RParen));
                rest = after;
            }
            None => {
                out.push((*first).clone());
                rest = tail;
            }
        }
    }
    // nothing was changed: keep the tokens with their white space, which messages quote
    if out.len() == solid.len() { tokens.to_vec() } else { out }
}

fn version_name<'a, 't>(
    tokens: &'a [&'t TokenWithSpan],
) -> Option<(String, &'a [&'t TokenWithSpan])> {
    let [version, r#as, of, name, after @ ..] = tokens else {
        return None;
    };
    let is = |token: &TokenWithSpan, keyword: Keyword| matches!(&token.token, Token::Word(Word { keyword: k, quote_style: None, .. }) if *k == keyword);
    let Token::SingleQuotedString(text) = &name.token else {
        return None;
    };
    let all = is(version, Keyword::VERSION) && is(r#as, Keyword::AS) && is(of, Keyword::OF);
    all.then(|| (text.clone(), after))
}

/// Takes the version out of every table of the statement that has one. `rename` gives the name under which that
/// version is known to the catalog; the table's own name becomes the alias unless there is one.
///
/// # Errors
/// `Plan` for a version clause of another form, and what `rename` says.
pub(crate) fn take_versions(
    statement: &mut DataFusionStatement,
    rename: &mut dyn FnMut(&ObjectName, TravelTo) -> Result<ObjectName>,
) -> Result<()> {
    let flow = match statement {
        DataFusionStatement::Statement(inner) => inner.visit(&mut Visitor { rename }),
        DataFusionStatement::Explain(explain) => {
            return take_versions(&mut explain.statement, rename);
        }
        DataFusionStatement::CopyTo(copy) => match &mut copy.source {
            datafusion::sql::parser::CopyToSource::Query(query) => {
                query.visit(&mut Visitor { rename })
            }
            datafusion::sql::parser::CopyToSource::Relation(_) => ControlFlow::Continue(()),
        },
        _ => ControlFlow::Continue(()),
    };
    match flow {
        ControlFlow::Break(error) => Err(*error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Visitor<'a> {
    rename: &'a mut dyn FnMut(&ObjectName, TravelTo) -> Result<ObjectName>,
}

impl VisitorMut for Visitor<'_> {
    type Break = Box<DataFusionError>;

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Self::Break> {
        let TableFactor::Table { name, alias, args, with_hints, version, .. } = factor else {
            return ControlFlow::Continue(());
        };
        let asked = match (version.take(), args.as_ref(), with_hints.is_empty()) {
            (Some(clause), _, true) => travel_to(clause).map(|to| (name.clone(), to)),
            (None, None, false) => {
                read_options(&std::mem::take(with_hints)).map(|to| (name.clone(), to))
            }
            (Some(_), _, false) => {
                Err(DataFusionError::Plan(format!("{name}: give a version or options, not both")))
            }
            (None, Some(call), _) => match incremental_call(name, call) {
                Some(asked) => asked,
                None => return ControlFlow::Continue(()),
            },
            (None, None, true) => return ControlFlow::Continue(()),
        };
        match asked.and_then(|(table, to)| Ok(((self.rename)(&table, to)?, table))) {
            Ok((renamed, table)) => {
                if alias.is_none() {
                    *alias = own_alias(&table);
                }
                *name = renamed;
                *args = None;
                ControlFlow::Continue(())
            }
            Err(error) => ControlFlow::Break(Box::new(error)),
        }
    }
}

fn travel_to(version: TableVersion) -> Result<TravelTo> {
    match version {
        TableVersion::VersionAsOf(Expr::Value(value)) => match value.value {
            Value::Number(text, _) => Ok(TravelTo::Version(text)),
            other => Err(DataFusionError::Plan(format!("VERSION AS OF {other} is not a version"))),
        },
        TableVersion::TimestampAsOf(expr) | TableVersion::ForSystemTimeAsOf(expr) => {
            Ok(match version_call(&expr) {
                Some(name) => TravelTo::Version(name),
                None => TravelTo::Timestamp(Box::new(expr)),
            })
        }
        other => Err(DataFusionError::Plan(format!(
            "{other}: write VERSION AS OF or TIMESTAMP AS OF to read an earlier version of a table"
        ))),
    }
}

fn version_call(expr: &Expr) -> Option<String> {
    let Expr::Function(call) = expr else {
        return None;
    };
    let [ObjectNamePart::Identifier(name)] = call.name.0.as_slice() else {
        return None;
    };
    let FunctionArguments::List(list) = &call.args else {
        return None;
    };
    match list.args.as_slice() {
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value)))]
            if name.value == VERSION_CALL =>
        {
            value.value.clone().into_string()
        }
        _ => None,
    }
}

fn own_alias(name: &ObjectName) -> Option<TableAlias> {
    let ident: Ident = name.0.last()?.as_ident()?.clone();
    Some(TableAlias { explicit: true, name: ident, columns: Vec::new(), at: None })
}
