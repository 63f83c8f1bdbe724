//! `CREATE TABLE` with Paimon's clauses.

use datafusion::sql::sqlparser::ast::{Ident, ObjectName, Query};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::Token;
use rimon_spec::DataType;

use super::grammar::{column, comment, if_not_exists};
use super::tokens::{Parsed, name_list, object_name, options, peek_word, take_words};

/// A column as written.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnDefinition {
    /// Name, quoted or not.
    pub name: Ident,
    /// Type with nullability.
    pub data_type: DataType,
    /// Text of `COMMENT`.
    pub comment: Option<String>,
    /// Literal of `DEFAULT`, strings in single quotes.
    pub default: Option<String>,
}

/// `CREATE TABLE [IF NOT EXISTS] name (columns) [COMMENT '…'] [PARTITIONED BY (a, b)] [WITH ('k' = 'v')] [AS query]`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateTable {
    /// Table to create.
    pub name: ObjectName,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// Columns; empty when they come from the query.
    pub columns: Vec<ColumnDefinition>,
    /// Columns of the primary key; empty for append tables.
    pub primary_key: Vec<Ident>,
    /// Columns of `PARTITIONED BY`.
    pub partitioned_by: Vec<Ident>,
    /// Table options in order.
    pub options: Vec<(String, String)>,
    /// Text of `COMMENT`.
    pub comment: Option<String>,
    /// Rows to begin with.
    pub query: Option<Box<Query>>,
}

/// What follows `CREATE TABLE`.
pub(super) fn create_table(parser: &mut Parser<'_>) -> Parsed<CreateTable> {
    let if_not_exists = if_not_exists(parser);
    let mut table = CreateTable {
        name: object_name(parser)?,
        if_not_exists,
        columns: Vec::new(),
        primary_key: Vec::new(),
        partitioned_by: Vec::new(),
        options: Vec::new(),
        comment: None,
        query: None,
    };
    if parser.consume_token(&Token::LParen) {
        elements(parser, &mut table)?;
    }
    while clause(parser, &mut table)? {}
    if parser.parse_keyword(Keyword::AS) {
        table.query = Some(parser.parse_query()?);
    }
    if table.columns.is_empty() && table.query.is_none() {
        return parser.expected_ref("columns or AS with a query", parser.peek_token_ref());
    }
    Ok(table)
}

/// Columns and table constraints up to `)`.
fn elements(parser: &mut Parser<'_>, table: &mut CreateTable) -> Parsed<()> {
    loop {
        if is_key_clause(parser) {
            key_clause(parser, table)?;
        } else {
            let (column, is_key) = column(parser)?;
            if is_key {
                set_key(table, vec![column.name.clone()])?;
            }
            table.columns.push(column);
        }
        let comma = parser.consume_token(&Token::Comma);
        if parser.consume_token(&Token::RParen) {
            return Ok(());
        }
        if !comma {
            return parser.expected_ref("',' or ')' after a column", parser.peek_token_ref());
        }
    }
}

fn is_key_clause(parser: &Parser<'_>) -> bool {
    match peek_word(parser, 0).as_deref() {
        Some("CONSTRAINT") => peek_word(parser, 2).as_deref() == Some("PRIMARY"),
        Some("PRIMARY") => peek_word(parser, 1).as_deref() == Some("KEY"),
        _ => false,
    }
}

/// `[CONSTRAINT name] PRIMARY KEY (a, b) [NOT ENFORCED]`.
fn key_clause(parser: &mut Parser<'_>, table: &mut CreateTable) -> Parsed<()> {
    if take_words(parser, &["CONSTRAINT"]) {
        parser.parse_identifier()?;
    }
    parser.expect_keywords(&[Keyword::PRIMARY, Keyword::KEY])?;
    let columns = name_list(parser)?;
    if !take_words(parser, &["NOT", "ENFORCED"]) && take_words(parser, &["ENFORCED"]) {
        return Err(ParserError::ParserError(
            "PRIMARY KEY ENFORCED is not offered: later rows replace earlier ones of the same key"
                .into(),
        ));
    }
    set_key(table, columns)
}

fn set_key(table: &mut CreateTable, columns: Vec<Ident>) -> Parsed<()> {
    if !table.primary_key.is_empty() {
        return Err(ParserError::ParserError(
            "PRIMARY KEY is given twice; a key of several columns is PRIMARY KEY (a, b)".into(),
        ));
    }
    table.primary_key = columns;
    Ok(())
}

/// One clause after the columns; false when there is none.
fn clause(parser: &mut Parser<'_>, table: &mut CreateTable) -> Parsed<bool> {
    if let Some(text) = comment(parser)? {
        return set(&mut table.comment, text, "COMMENT").map(|()| true);
    }
    if take_words(parser, &["PARTITIONED", "BY"]) {
        let names = name_list(parser)?;
        if !table.partitioned_by.is_empty() {
            return Err(twice("PARTITIONED BY"));
        }
        table.partitioned_by = names;
        return Ok(true);
    }
    if take_words(parser, &["USING"]) {
        let format = parser.parse_identifier()?;
        if !format.value.eq_ignore_ascii_case("paimon") {
            return Err(ParserError::ParserError(format!(
                "USING {format}: tables of this catalog are Paimon tables"
            )));
        }
        return Ok(true);
    }
    let has_options = take_words(parser, &["WITH"])
        || take_words(parser, &["TBLPROPERTIES"])
        || take_words(parser, &["OPTIONS"]);
    if has_options {
        for (key, value) in options(parser)? {
            if table.options.iter().any(|(k, _)| *k == key) {
                return Err(ParserError::ParserError(format!("option '{key}' is given twice")));
            }
            table.options.push((key, value));
        }
    }
    Ok(has_options)
}

fn set<T>(slot: &mut Option<T>, value: T, clause: &str) -> Parsed<()> {
    if slot.is_some() {
        return Err(twice(clause));
    }
    *slot = Some(value);
    Ok(())
}

fn twice(clause: &str) -> ParserError {
    ParserError::ParserError(format!("{clause} is given twice"))
}
