//! A text of several statements, cut at its semicolons by SQL's own tokenizer.

use datafusion::sql::sqlparser::tokenizer::{
    Location, Token, TokenWithSpan, Tokenizer, TokenizerError, Whitespace, Word,
};

use rimon::datafusion::statement::PaimonDialect;

use crate::failure::{Failure, Result};

/// One statement of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    /// The statement without its semicolon and without comments around it.
    pub(crate) text: String,
    /// The line it begins on, from 1.
    pub(crate) line: u64,
    /// The `--` comments between the statement before and this one, a line each.
    pub(crate) comments: Vec<String>,
    /// Its first word in upper case, empty when it does not begin with a word.
    pub(crate) keyword: String,
}

impl Statement {
    /// Whether a statement like this gives rows to the user, as far as its first word tells.
    pub(crate) fn returns_rows(&self) -> bool {
        const ROWS: [&str; 10] = [
            "SELECT", "WITH", "VALUES", "SHOW", "EXPLAIN", "DESCRIBE", "DESC", "TABLE", "FROM",
            "EXECUTE",
        ];
        self.keyword.is_empty() || ROWS.contains(&self.keyword.as_str())
    }
}

/// Cuts `text` into its statements; empty ones are left out.
///
/// # Errors
/// When a quoted text or a comment is not closed, or a character has no meaning in SQL.
pub(crate) fn split(text: &str) -> Result<Vec<Statement>> {
    let (tokens, error) = tokenize(text);
    if let Some(error) = error {
        let line = error.location.line;
        return Err(Failure::new(format!("{} at line {line}", error.message)));
    }
    let mut offsets = Offsets::new(text);
    let mut statements = Vec::new();
    let mut open = Open::default();
    for token in tokens {
        let start = offsets.find(token.span.start);
        let end = offsets.find(token.span.end);
        match token.token {
            Token::SemiColon => statements.extend(std::mem::take(&mut open).close(text)),
            Token::EOF => {}
            Token::Whitespace(Whitespace::SingleLineComment { comment, .. }) => {
                open.comment(&comment);
            }
            Token::Whitespace(_) => {}
            other => open.token(&other, start, end, token.span.start.line),
        }
    }
    statements.extend(open.close(text));
    Ok(statements)
}

/// The words of an unfinished statement, for completion: quoted ones without their quotes.
pub(crate) fn words(text: &str) -> Vec<String> {
    let (tokens, _) = tokenize(text);
    tokens
        .into_iter()
        .filter_map(|token| match token.token {
            Token::Word(Word { value, .. }) => Some(value),
            _ => None,
        })
        .collect()
}

fn tokenize(text: &str) -> (Vec<TokenWithSpan>, Option<TokenizerError>) {
    let mut tokens = Vec::new();
    let error =
        Tokenizer::new(&PaimonDialect, text).tokenize_with_location_into_buf(&mut tokens).err();
    (tokens, error)
}

#[derive(Debug, Default)]
struct Open {
    range: Option<(usize, usize)>,
    line: u64,
    comments: Vec<String>,
    keyword: String,
}

impl Open {
    fn comment(&mut self, comment: &str) {
        // Comments inside a statement stay in its text.
        if self.range.is_none() {
            let text = comment.trim_end();
            self.comments.push(text.strip_prefix(' ').unwrap_or(text).to_string());
        }
    }

    fn token(&mut self, token: &Token, start: usize, end: usize, line: u64) {
        match &mut self.range {
            Some((_, last)) => *last = end,
            None => {
                self.range = Some((start, end));
                self.line = line;
                if let Token::Word(word) = token {
                    self.keyword = word.value.to_ascii_uppercase();
                }
            }
        }
    }

    fn close(self, text: &str) -> Option<Statement> {
        let (start, end) = self.range?;
        Some(Statement {
            text: text.get(start..end)?.to_string(),
            line: self.line,
            comments: self.comments,
            keyword: self.keyword,
        })
    }
}

/// Byte offsets of the tokenizer's locations, which count characters; asked in ascending order.
struct Offsets<'a> {
    rest: std::str::Chars<'a>,
    total: usize,
    line: u64,
    column: u64,
}

impl<'a> Offsets<'a> {
    fn new(text: &'a str) -> Self {
        Self { rest: text.chars(), total: text.len(), line: 1, column: 1 }
    }

    fn find(&mut self, location: Location) -> usize {
        while (self.line, self.column) < (location.line, location.column) {
            match self.rest.next() {
                Some('\n') => {
                    self.line += 1;
                    self.column = 1;
                }
                Some(_) => self.column += 1,
                None => break,
            }
        }
        self.total - self.rest.as_str().len()
    }
}

#[cfg(test)]
mod tests;
