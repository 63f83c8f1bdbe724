//! Parts shared by CREATE TABLE and ALTER TABLE.

use datafusion::sql::sqlparser::ast::{ColumnOption, Expr, PrimaryKeyConstraint};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::Token;

use super::create_table::ColumnDefinition;
use super::sql_type::parse_type;
use super::tokens::{Parsed, string, take_words};

/// `name type [NOT NULL] [DEFAULT expr] [COMMENT '…'] [PRIMARY KEY]`; the flag says `PRIMARY KEY`.
pub(super) fn column(parser: &mut Parser<'_>) -> Parsed<(ColumnDefinition, bool)> {
    let name = parser.parse_identifier()?;
    let mut column =
        ColumnDefinition { name, data_type: parse_type(parser)?, comment: None, default: None };
    let mut is_key = false;
    while let Some(option) = parser.parse_optional_column_option()? {
        match option {
            ColumnOption::Null => column.data_type.nullable = true,
            ColumnOption::NotNull => column.data_type.nullable = false,
            ColumnOption::Comment(text) => column.comment = Some(text),
            ColumnOption::Default(expr) => column.default = Some(default_text(&expr)?),
            ColumnOption::PrimaryKey(key) => {
                not_enforced(&key)?;
                is_key = true;
            }
            other => {
                return Err(ParserError::ParserError(format!(
                    "column {}: Paimon tables have no {other}",
                    column.name
                )));
            }
        }
    }
    Ok((column, is_key))
}

/// `NOT ENFORCED` and nothing are the same: a primary key is kept by merging, not checked on writing.
pub(super) fn not_enforced(key: &PrimaryKeyConstraint) -> Parsed<()> {
    match key.characteristics.as_ref().and_then(|c| c.enforced) {
        Some(true) => Err(ParserError::ParserError(
            "PRIMARY KEY ENFORCED is not offered: later rows replace earlier ones of the same key"
                .into(),
        )),
        _ => Ok(()),
    }
}

/// A literal as the text kept in the schema: strings in single quotes, everything else as written.
pub(super) fn default_text(expr: &Expr) -> Parsed<String> {
    match literal(expr) {
        Some(text) => Ok(text),
        None => Err(ParserError::ParserError(format!(
            "DEFAULT {expr}: a default is a literal such as 0, 'text' or DATE '2024-01-31'"
        ))),
    }
}

fn literal(expr: &Expr) -> Option<String> {
    use datafusion::sql::sqlparser::ast::{UnaryOperator, Value};
    match expr {
        Expr::Value(value) => match &value.value {
            // the schema's text is unquoted by cutting its first and last character, so quotes are not doubled
            Value::SingleQuotedString(text) => Some(format!("'{text}'")),
            Value::Number(text, _) => Some(text.clone()),
            Value::Boolean(value) => Some(value.to_string()),
            _ => None,
        },
        Expr::TypedString(typed) => match &typed.value.value {
            Value::SingleQuotedString(text) => Some(format!("'{text}'")),
            _ => None,
        },
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => match expr.as_ref() {
            Expr::Value(value) => match &value.value {
                Value::Number(text, _) => Some(format!("-{text}")),
                _ => None,
            },
            _ => None,
        },
        Expr::UnaryOp { op: UnaryOperator::Plus, expr } => literal(expr),
        Expr::Nested(inner) => literal(inner),
        _ => None,
    }
}

/// `COMMENT [=] '…'`.
pub(super) fn comment(parser: &mut Parser<'_>) -> Parsed<Option<String>> {
    if !parser.parse_keyword(Keyword::COMMENT) {
        return Ok(None);
    }
    let _ = parser.consume_token(&Token::Eq);
    Ok(Some(string(parser)?))
}

/// `IF NOT EXISTS`.
pub(super) fn if_not_exists(parser: &mut Parser<'_>) -> bool {
    parser.parse_keywords(&[Keyword::IF, Keyword::NOT, Keyword::EXISTS])
}

/// `IF EXISTS`.
pub(super) fn if_exists(parser: &mut Parser<'_>) -> bool {
    parser.parse_keywords(&[Keyword::IF, Keyword::EXISTS])
}

/// `TBLPROPERTIES` or `PROPERTIES`.
pub(super) fn properties_word(parser: &mut Parser<'_>) -> bool {
    take_words(parser, &["TBLPROPERTIES"]) || take_words(parser, &["DBPROPERTIES"])
}
