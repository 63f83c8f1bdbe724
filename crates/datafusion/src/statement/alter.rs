//! `ALTER TABLE`.

use datafusion::sql::sqlparser::ast::{Expr, Ident, ObjectName, Value};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::Token;
use rimon_spec::DataType;

use super::create_table::ColumnDefinition;
use super::grammar::{column, default_text, if_exists, properties_word};
use super::sql_type::parse_type;
use super::tokens::{Parsed, name_list, object_name, option_key, options, string, take_words};

/// Where a column goes.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnPosition {
    /// Before all others.
    First,
    /// After this one.
    After(Ident),
}

/// One change of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum AlterAction {
    /// `ADD COLUMN c type … [FIRST | AFTER x]`
    AddColumn(ColumnDefinition, Option<ColumnPosition>),
    /// `DROP COLUMN c`
    DropColumn(Ident),
    /// `RENAME COLUMN a TO b`
    RenameColumn(Ident, Ident),
    /// `ALTER COLUMN c TYPE t`
    SetType(Ident, DataType),
    /// `ALTER COLUMN c SET NOT NULL` (false) or `DROP NOT NULL` (true)
    SetNullable(Ident, bool),
    /// `ALTER COLUMN c COMMENT '…'`
    SetComment(Ident, String),
    /// `ALTER COLUMN c SET DEFAULT literal` or `DROP DEFAULT`
    SetDefault(Ident, Option<String>),
    /// `ALTER COLUMN c FIRST | AFTER x`
    Move(Ident, ColumnPosition),
    /// `SET ('k' = 'v')`
    SetOption(String, String),
    /// `RESET ('k')`
    ResetOption(String),
    /// `DROP PARTITION (p = 'x', …), PARTITION (…)`: columns with their values as text, `None` for NULL
    DropPartitions(Vec<Vec<(Ident, Option<String>)>>),
    /// `RENAME TO t`
    RenameTable(ObjectName),
}

/// What follows the table's name.
pub(super) fn actions(parser: &mut Parser<'_>) -> Parsed<Vec<AlterAction>> {
    if take_words(parser, &["ADD"]) {
        return add(parser);
    }
    if take_words(parser, &["DROP"]) {
        return drop(parser);
    }
    if take_words(parser, &["RENAME"]) {
        return rename(parser).map(|action| vec![action]);
    }
    if take_words(parser, &["ALTER"])
        || take_words(parser, &["MODIFY"])
        || take_words(parser, &["CHANGE"])
    {
        take_words(parser, &["COLUMN"]);
        let name = parser.parse_identifier()?;
        return alter_column(parser, name).map(|action| vec![action]);
    }
    if take_words(parser, &["SET"]) {
        properties_word(parser);
        let pairs = options(parser)?;
        return Ok(pairs.into_iter().map(|(k, v)| AlterAction::SetOption(k, v)).collect());
    }
    if take_words(parser, &["RESET"]) || take_words(parser, &["UNSET"]) {
        properties_word(parser);
        parser.expect_token(&Token::LParen)?;
        let keys = parser.parse_comma_separated(option_key)?;
        parser.expect_token(&Token::RParen)?;
        return Ok(keys.into_iter().map(AlterAction::ResetOption).collect());
    }
    parser.expected_ref("ADD, DROP, RENAME, ALTER, SET or RESET", parser.peek_token_ref())
}

fn add(parser: &mut Parser<'_>) -> Parsed<Vec<AlterAction>> {
    if !take_words(parser, &["COLUMN"]) {
        take_words(parser, &["COLUMNS"]);
    }
    if !parser.consume_token(&Token::LParen) {
        return parser.parse_comma_separated(|p| {
            take_words(p, &["ADD"]);
            take_words(p, &["COLUMN"]);
            add_one(p)
        });
    }
    let actions = parser.parse_comma_separated(add_one)?;
    parser.expect_token(&Token::RParen)?;
    Ok(actions)
}

fn add_one(parser: &mut Parser<'_>) -> Parsed<AlterAction> {
    let (column, is_key) = column(parser)?;
    if is_key {
        return parser.expected_ref("no PRIMARY KEY on an added column", parser.peek_token_ref());
    }
    Ok(AlterAction::AddColumn(column, position(parser)?))
}

fn position(parser: &mut Parser<'_>) -> Parsed<Option<ColumnPosition>> {
    if take_words(parser, &["FIRST"]) {
        return Ok(Some(ColumnPosition::First));
    }
    if take_words(parser, &["AFTER"]) {
        return Ok(Some(ColumnPosition::After(parser.parse_identifier()?)));
    }
    Ok(None)
}

fn drop(parser: &mut Parser<'_>) -> Parsed<Vec<AlterAction>> {
    if take_words(parser, &["PARTITION"]) {
        let partitions = parser.parse_comma_separated(|parser| {
            take_words(parser, &["PARTITION"]);
            partition(parser)
        })?;
        return Ok(vec![AlterAction::DropPartitions(partitions)]);
    }
    if !take_words(parser, &["COLUMN"]) {
        take_words(parser, &["COLUMNS"]);
    }
    let names = match parser.peek_token_ref().token {
        Token::LParen => name_list(parser)?,
        _ => vec![parser.parse_identifier()?],
    };
    Ok(names.into_iter().map(AlterAction::DropColumn).collect())
}

/// `(p = 'x', q = 1)`
fn partition(parser: &mut Parser<'_>) -> Parsed<Vec<(Ident, Option<String>)>> {
    parser.expect_token(&Token::LParen)?;
    let values = parser.parse_comma_separated(|parser| {
        let name = parser.parse_identifier()?;
        parser.expect_token(&Token::Eq)?;
        Ok((name, partition_value(parser)?))
    })?;
    parser.expect_token(&Token::RParen)?;
    Ok(values)
}

fn partition_value(parser: &mut Parser<'_>) -> Parsed<Option<String>> {
    partition_text(&parser.parse_expr()?)
}

/// The text of a partition column's value, a literal; `None` for NULL.
pub(crate) fn partition_text(value: &Expr) -> Parsed<Option<String>> {
    if matches!(value, Expr::Value(value) if value.value == Value::Null) {
        return Ok(None);
    }
    let text = default_text(value)?;
    let quoted = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    Ok(Some(quoted.unwrap_or(&text).to_owned()))
}

fn rename(parser: &mut Parser<'_>) -> Parsed<AlterAction> {
    if take_words(parser, &["TO"]) {
        return object_name(parser).map(AlterAction::RenameTable);
    }
    take_words(parser, &["COLUMN"]);
    let from = parser.parse_identifier()?;
    parser.expect_keyword(Keyword::TO)?;
    Ok(AlterAction::RenameColumn(from, parser.parse_identifier()?))
}

fn alter_column(parser: &mut Parser<'_>, name: Ident) -> Parsed<AlterAction> {
    if take_words(parser, &["SET", "DATA", "TYPE"]) || take_words(parser, &["TYPE"]) {
        return Ok(AlterAction::SetType(name, parse_type(parser)?));
    }
    if take_words(parser, &["SET", "NOT", "NULL"]) {
        return Ok(AlterAction::SetNullable(name, false));
    }
    if take_words(parser, &["DROP", "NOT", "NULL"]) {
        return Ok(AlterAction::SetNullable(name, true));
    }
    if take_words(parser, &["SET", "DEFAULT"]) {
        let expr = parser.parse_expr()?;
        return Ok(AlterAction::SetDefault(name, Some(default_text(&expr)?)));
    }
    if take_words(parser, &["DROP", "DEFAULT"]) {
        return Ok(AlterAction::SetDefault(name, None));
    }
    if take_words(parser, &["COMMENT"]) {
        return Ok(AlterAction::SetComment(name, string(parser)?));
    }
    match position(parser)? {
        Some(position) => Ok(AlterAction::Move(name, position)),
        None => {
            parser.expected_ref("TYPE, SET, DROP, COMMENT, FIRST or AFTER", parser.peek_token_ref())
        }
    }
}

/// `[IF EXISTS] name` and the changes.
pub(super) fn alter_table(parser: &mut Parser<'_>) -> Parsed<(ObjectName, bool, Vec<AlterAction>)> {
    let if_exists = if_exists(parser);
    let name = object_name(parser)?;
    Ok((name, if_exists, actions(parser)?))
}
