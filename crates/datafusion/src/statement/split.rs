//! Text to tokens, and tokens to statements at the semicolons between them.

use datafusion::error::DataFusionError;
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use super::PaimonDialect;

/// The tokens of each statement in `sql`, without the semicolons; empty statements are left out.
///
/// # Errors
/// `DataFusionError::SQL` when a string, a quoted name or a comment is not closed.
pub fn split(sql: &str) -> Result<Vec<Vec<TokenWithSpan>>, DataFusionError> {
    let tokens = tokenize(sql)?;
    Ok(tokens
        .split(|t| t.token == Token::SemiColon)
        .filter(|statement| statement.iter().any(|t| !is_blank(&t.token)))
        .map(<[TokenWithSpan]>::to_vec)
        .collect())
}

/// Whether `sql` can be run as it is: nothing is left open and the last statement ends with a semicolon.
/// For shells that read several lines.
pub fn is_complete(sql: &str) -> bool {
    match tokenize(sql) {
        Ok(tokens) => tokens
            .iter()
            .rfind(|t| !is_blank(&t.token))
            .is_none_or(|last| last.token == Token::SemiColon),
        Err(_) => false,
    }
}

fn tokenize(sql: &str) -> Result<Vec<TokenWithSpan>, DataFusionError> {
    Tokenizer::new(&PaimonDialect, sql)
        .tokenize_with_location()
        .map_err(|e| DataFusionError::SQL(Box::new(ParserError::from(e)), None))
}

fn is_blank(token: &Token) -> bool {
    matches!(token, Token::Whitespace(_) | Token::EOF)
}
