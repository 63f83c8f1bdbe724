//! Small steps over a token stream that sqlparser does not offer.

use datafusion::sql::sqlparser::ast::{Ident, ObjectName};
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Token, Word};

/// Result of parsing.
pub(super) type Parsed<T> = Result<T, ParserError>;

/// The next token as an unquoted word in upper case, without taking it.
pub(super) fn peek_word(parser: &Parser<'_>, n: usize) -> Option<String> {
    match &parser.peek_nth_token_ref(n).token {
        Token::Word(Word { value, quote_style: None, .. }) => Some(value.to_ascii_uppercase()),
        _ => None,
    }
}

/// Takes the words given when all of them follow; otherwise takes nothing.
pub(super) fn take_words(parser: &mut Parser<'_>, words: &[&str]) -> bool {
    let all =
        words.iter().enumerate().all(|(n, word)| peek_word(parser, n).as_deref() == Some(*word));
    if all {
        for _ in words {
            parser.next_token();
        }
    }
    all
}

/// Takes one word, or fails naming it.
pub(super) fn expect_word(parser: &mut Parser<'_>, word: &str) -> Parsed<()> {
    if take_words(parser, &[word]) {
        Ok(())
    } else {
        parser.expected_ref(word, parser.peek_token_ref())
    }
}

/// A string in single quotes.
pub(super) fn string(parser: &mut Parser<'_>) -> Parsed<String> {
    let next = parser.next_token();
    match next.token {
        Token::SingleQuotedString(text) => Ok(text),
        _ => parser.expected("a string in single quotes", next),
    }
}

/// `(a, b, …)`, at least one name.
pub(super) fn name_list(parser: &mut Parser<'_>) -> Parsed<Vec<Ident>> {
    parser.expect_token(&Token::LParen)?;
    let names = parser.parse_comma_separated(|p| p.parse_identifier())?;
    parser.expect_token(&Token::RParen)?;
    Ok(names)
}

/// The name of a table or database.
pub(super) fn object_name(parser: &mut Parser<'_>) -> Parsed<ObjectName> {
    parser.parse_object_name(false)
}

/// Fails unless all tokens are taken.
pub(super) fn expect_end(parser: &Parser<'_>) -> Parsed<()> {
    match parser.peek_token_ref().token {
        Token::EOF => Ok(()),
        _ => parser.expected_ref("end of statement", parser.peek_token_ref()),
    }
}

/// `('key' = 'value', …)` or `(key = value, …)`, in order; a key given twice is an error.
pub(super) fn options(parser: &mut Parser<'_>) -> Parsed<Vec<(String, String)>> {
    parser.expect_token(&Token::LParen)?;
    let mut pairs: Vec<(String, String)> = Vec::new();
    while !parser.consume_token(&Token::RParen) {
        if !pairs.is_empty() {
            parser.expect_token(&Token::Comma)?;
        }
        let key = option_key(parser)?;
        if pairs.iter().any(|(k, _)| *k == key) {
            return Err(ParserError::ParserError(format!("option '{key}' is given twice")));
        }
        let _ = parser.consume_token(&Token::Eq);
        pairs.push((key, option_value(parser)?));
    }
    Ok(pairs)
}

/// `'key'` or `dotted.key`.
pub(super) fn option_key(parser: &mut Parser<'_>) -> Parsed<String> {
    match &parser.peek_token_ref().token {
        Token::SingleQuotedString(_) => string(parser),
        _ => {
            let name = parser.parse_object_name(false)?;
            let parts = name.0.iter().map(|part| match part.as_ident() {
                Some(ident) => ident.value.clone(),
                None => part.to_string(),
            });
            Ok(parts.collect::<Vec<_>>().join("."))
        }
    }
}

fn option_value(parser: &mut Parser<'_>) -> Parsed<String> {
    let minus = parser.consume_token(&Token::Minus);
    let next = parser.next_token();
    match next.token {
        Token::SingleQuotedString(text) if !minus => Ok(text),
        Token::Number(text, _) => Ok(if minus { format!("-{text}") } else { text }),
        Token::Word(word) if !minus && word.quote_style.is_none() => Ok(word.value),
        _ => parser.expected("an option's value", next),
    }
}
