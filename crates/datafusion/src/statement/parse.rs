//! One statement: ours or DataFusion's.

use datafusion::config::ConfigOptions;
use datafusion::error::{DataFusionError, Result};
use datafusion::sql::parser::{DFParser, DFParserBuilder, Statement as DataFusionStatement};
use datafusion::sql::sqlparser::ast::ObjectName;
use datafusion::sql::sqlparser::dialect::{Dialect, dialect_from_str};
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::PaimonDialect;
use super::alter::{AlterAction, alter_table};
use super::create_table::{CreateTable, create_table};
use super::grammar::{comment, if_exists, if_not_exists, properties_word};
use super::split::split;
use super::tokens::{Parsed, expect_end, object_name, options, string, take_words};
use super::version::mark_version_names;

/// A parsed statement with its tokens.
#[derive(Debug, Clone)]
pub struct Statement {
    /// What it says.
    pub kind: Kind,
    tokens: Vec<TokenWithSpan>,
}

/// What a statement says.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// `CREATE DATABASE | SCHEMA`
    CreateDatabase {
        /// Database.
        name: ObjectName,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
        /// `COMMENT '…'`, `WITH ('k' = 'v')`.
        options: Vec<(String, String)>,
    },
    /// `DROP DATABASE | SCHEMA`
    DropDatabase {
        /// Database.
        name: ObjectName,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`: its tables too.
        cascade: bool,
    },
    /// `CREATE TABLE`
    CreateTable(Box<CreateTable>),
    /// `DROP TABLE`
    DropTable {
        /// Tables.
        names: Vec<ObjectName>,
        /// `IF EXISTS`.
        if_exists: bool,
    },
    /// `TRUNCATE [TABLE] t`
    Truncate(ObjectName),
    /// `ALTER TABLE`
    AlterTable {
        /// Table.
        name: ObjectName,
        /// `IF EXISTS`.
        if_exists: bool,
        /// Changes, in order.
        actions: Vec<AlterAction>,
    },
    /// `SHOW DATABASES | SCHEMAS [LIKE '…']`
    ShowDatabases(Option<String>),
    /// `SHOW TABLES [FROM | IN db] [LIKE '…']`
    ShowTables(Option<ObjectName>, Option<String>),
    /// `SHOW CREATE TABLE t`
    ShowCreateTable(ObjectName),
    /// `DESCRIBE | DESC t`
    Describe(ObjectName),
    /// `USE db`, `USE catalog.db`
    Use(ObjectName),
    /// Everything else.
    DataFusion(Box<DataFusionStatement>),
}

/// Reads all statements in `sql`, in order, in DataFusion's default dialect.
///
/// # Errors
/// `DataFusionError::SQL` with the place in the text.
pub fn parse(sql: &str) -> Result<Vec<Statement>> {
    parse_with(sql, &ConfigOptions::default())
}

/// The same in the dialect of a session.
///
/// # Errors
/// As [`parse`].
pub fn parse_with(sql: &str, config: &ConfigOptions) -> Result<Vec<Statement>> {
    split(sql)?.into_iter().map(|tokens| parse_one(tokens, config)).collect()
}

fn parse_one(tokens: Vec<TokenWithSpan>, config: &ConfigOptions) -> Result<Statement> {
    let limit = config.sql_parser.recursion_limit.get();
    let mut parser = Parser::new(&PaimonDialect)
        .with_tokens_with_locations(tokens.clone())
        .with_recursion_limit(limit);
    let own = own_statement(&mut parser).and_then(|kind| match kind {
        Some(kind) => expect_end(&parser).map(|()| Some(kind)),
        None => Ok(None),
    });
    match own {
        Ok(Some(kind)) => Ok(Statement { kind, tokens }),
        Ok(None) => {
            let statement = data_fusion_statement(&tokens, config)?;
            Ok(Statement { kind: Kind::DataFusion(Box::new(statement)), tokens })
        }
        // the same words may mean something in DataFusion's grammar
        Err(error) => match data_fusion_statement(&tokens, config) {
            Ok(statement) if !is_ours(&statement) => {
                Ok(Statement { kind: Kind::DataFusion(Box::new(statement)), tokens })
            }
            _ => Err(DataFusionError::SQL(Box::new(error), None)),
        },
    }
}

/// Statements that only this grammar carries fully: one it cannot read is an error, not a smaller statement.
fn is_ours(statement: &DataFusionStatement) -> bool {
    use datafusion::sql::sqlparser::ast::Statement as Sql;
    match statement {
        DataFusionStatement::Statement(statement) => {
            matches!(statement.as_ref(), Sql::CreateTable(table) if !table.temporary)
                || matches!(statement.as_ref(), Sql::AlterTable { .. } | Sql::CreateDatabase { .. })
        }
        _ => false,
    }
}

impl Statement {
    /// The statement as DataFusion reads it, for objects outside Paimon catalogs.
    ///
    /// # Errors
    /// `DataFusionError::SQL` when DataFusion's grammar cannot carry it.
    pub fn for_data_fusion(&self, config: &ConfigOptions) -> Result<DataFusionStatement> {
        match &self.kind {
            Kind::DataFusion(statement) => Ok(statement.as_ref().clone()),
            _ => data_fusion_statement(&self.tokens, config),
        }
    }
}

/// Reads with table versions first; words such as `at` mean a version there and an alias elsewhere, so what
/// cannot be read that way is read in the session's own dialect.
fn data_fusion_statement(
    tokens: &[TokenWithSpan],
    config: &ConfigOptions,
) -> Result<DataFusionStatement> {
    let limit = config.sql_parser.recursion_limit.get();
    let name = config.sql_parser.dialect.as_ref();
    let read = |tokens: Vec<TokenWithSpan>, dialect: &dyn Dialect| {
        let mut parser = DFParserBuilder::new(tokens)
            .with_dialect(dialect)
            .with_recursion_limit(limit)
            .build()?;
        single(&mut parser)
    };
    let Some(dialect) = dialect_from_str(name).filter(|_| name != "generic") else {
        return read(mark_version_names(tokens), &PaimonDialect).or_else(|error| {
            read(tokens.to_vec(), dialect_from_str("generic").as_deref().unwrap_or(&PaimonDialect))
                .map_err(|_| error)
        });
    };
    read(tokens.to_vec(), dialect.as_ref())
}

fn single(parser: &mut DFParser<'_>) -> Result<DataFusionStatement> {
    let mut statements = parser.parse_statements()?;
    match (statements.pop_front(), statements.is_empty()) {
        (Some(statement), true) => Ok(statement),
        _ => Err(DataFusionError::Plan("one statement was expected".into())),
    }
}

/// Reads a statement of ours, or takes nothing that matters.
fn own_statement(parser: &mut Parser<'_>) -> Parsed<Option<Kind>> {
    if take_words(parser, &["CREATE", "TABLE"]) {
        return create_table(parser).map(|t| Some(Kind::CreateTable(Box::new(t))));
    }
    if take_words(parser, &["CREATE", "DATABASE"]) || take_words(parser, &["CREATE", "SCHEMA"]) {
        return create_database(parser).map(Some);
    }
    if take_words(parser, &["DROP", "DATABASE"]) || take_words(parser, &["DROP", "SCHEMA"]) {
        return drop_database(parser).map(Some);
    }
    if take_words(parser, &["DROP", "TABLE"]) {
        let if_exists = if_exists(parser);
        let names = parser.parse_comma_separated(object_name)?;
        return Ok(Some(Kind::DropTable { names, if_exists }));
    }
    if take_words(parser, &["TRUNCATE"]) {
        take_words(parser, &["TABLE"]);
        return Ok(Some(Kind::Truncate(object_name(parser)?)));
    }
    if take_words(parser, &["ALTER", "TABLE"]) {
        let (name, if_exists, actions) = alter_table(parser)?;
        return Ok(Some(Kind::AlterTable { name, if_exists, actions }));
    }
    show_and_use(parser)
}

fn show_and_use(parser: &mut Parser<'_>) -> Parsed<Option<Kind>> {
    if take_words(parser, &["SHOW", "DATABASES"]) || take_words(parser, &["SHOW", "SCHEMAS"]) {
        return Ok(Some(Kind::ShowDatabases(like(parser)?)));
    }
    if take_words(parser, &["SHOW", "TABLES"]) {
        let from = take_words(parser, &["FROM"]) || take_words(parser, &["IN"]);
        let database = if from { Some(object_name(parser)?) } else { None };
        return Ok(Some(Kind::ShowTables(database, like(parser)?)));
    }
    if take_words(parser, &["SHOW", "CREATE", "TABLE"]) {
        return Ok(Some(Kind::ShowCreateTable(object_name(parser)?)));
    }
    if take_words(parser, &["USE"]) {
        for word in ["DATABASE", "SCHEMA"] {
            if parser.peek_nth_token_ref(1).token != Token::EOF && take_words(parser, &[word]) {
                break;
            }
        }
        return Ok(Some(Kind::Use(object_name(parser)?)));
    }
    if take_words(parser, &["DESCRIBE"]) || take_words(parser, &["DESC"]) {
        take_words(parser, &["TABLE"]);
        return Ok(Some(Kind::Describe(object_name(parser)?)));
    }
    Ok(None)
}

fn like(parser: &mut Parser<'_>) -> Parsed<Option<String>> {
    if take_words(parser, &["LIKE"]) { string(parser).map(Some) } else { Ok(None) }
}

fn create_database(parser: &mut Parser<'_>) -> Parsed<Kind> {
    let if_not_exists = if_not_exists(parser);
    let name = object_name(parser)?;
    let mut pairs = Vec::new();
    if let Some(text) = comment(parser)? {
        pairs.push(("comment".to_string(), text));
    }
    if take_words(parser, &["WITH"]) {
        properties_word(parser);
        pairs.extend(options(parser)?);
    }
    Ok(Kind::CreateDatabase { name, if_not_exists, options: pairs })
}

fn drop_database(parser: &mut Parser<'_>) -> Parsed<Kind> {
    let if_exists = if_exists(parser);
    let name = object_name(parser)?;
    let cascade = take_words(parser, &["CASCADE"]);
    if !cascade {
        take_words(parser, &["RESTRICT"]);
    }
    Ok(Kind::DropDatabase { name, if_exists, cascade })
}
