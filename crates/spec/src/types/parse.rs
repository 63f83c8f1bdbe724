//! Types from SQL text: `DataTypeJsonParser.java`, and in addition the nested forms that `Display` writes.

use super::{DataField, DataType, MAX_LENGTH, TypeKind};
use crate::{Error, Result};
use std::str::FromStr;

/// Types nested deeper than this are refused.
const MAX_DEPTH: usize = 100;

impl FromStr for DataType {
    type Err = Error;

    /// Parses `DECIMAL(10, 2) NOT NULL`, `ARRAY<INT>`, `` ROW<`a` INT, b STRING> `` and the like, in any case. Fields of
    /// ROW get ids 0, 1, … in the order written. [`crate::ErrorKind::Invalid`] for anything else.
    fn from_str(text: &str) -> Result<Self> {
        let fail = |why: String| Error::invalid(format!("'{text}' is not a type: {why}"));
        let tokens = tokenize(text).map_err(fail)?;
        let mut parser = Parser { tokens: &tokens, next: 0, next_id: 0 };
        let data_type = parser.parse_type(0).map_err(fail)?;
        match parser.peek() {
            None => Ok(data_type),
            Some(token) => Err(fail(format!("unexpected {token:?} at the end"))),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Symbol(char),
    Word(String),
    Quoted(String),
    Text(String),
    Number(u32),
}

fn tokenize(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(&c) = chars.peek() {
        if c.is_whitespace() {
            chars.next();
        } else if "<>(),.:".contains(c) {
            chars.next();
            tokens.push(Token::Symbol(c));
        } else if c == '\'' || c == '`' {
            chars.next();
            let body = quoted(&mut chars, c)?;
            tokens.push(if c == '`' { Token::Quoted(body) } else { Token::Text(body) });
        } else {
            let mut word = String::new();
            while let Some(&c) = chars.peek() {
                if c.is_whitespace() || "<>(),.".contains(c) {
                    break;
                }
                word.push(c);
                chars.next();
            }
            if word.bytes().all(|b| b.is_ascii_digit()) {
                let number = word.parse().map_err(|_| format!("{word} is too large"))?;
                tokens.push(Token::Number(number));
            } else {
                tokens.push(Token::Word(word));
            }
        }
    }
    Ok(tokens)
}

fn quoted(
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    quote: char,
) -> Result<String, String> {
    let mut body = String::new();
    while let Some(c) = chars.next() {
        if c != quote {
            body.push(c);
        } else if chars.peek() == Some(&quote) {
            body.push(quote);
            chars.next();
        } else {
            return Ok(body);
        }
    }
    Err(format!("{quote} is not closed"))
}

struct Parser<'a> {
    tokens: &'a [Token],
    next: usize,
    next_id: i32,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn word_is(&self, ahead: usize, word: &str) -> bool {
        matches!(self.tokens.get(self.next + ahead), Some(Token::Word(w)) if w.eq_ignore_ascii_case(word))
    }

    /// Takes the words when all of them come next.
    fn take_words(&mut self, words: &[&str]) -> bool {
        let all = words.iter().enumerate().all(|(i, word)| self.word_is(i, word));
        if all {
            self.next += words.len();
        }
        all
    }

    fn take_symbol(&mut self, symbol: char) -> bool {
        let found = self.peek() == Some(&Token::Symbol(symbol));
        if found {
            self.next += 1;
        }
        found
    }

    fn expect_symbol(&mut self, symbol: char) -> Result<(), String> {
        if self.take_symbol(symbol) { Ok(()) } else { Err(format!("'{symbol}' expected")) }
    }

    fn number(&mut self) -> Result<u32, String> {
        match self.peek() {
            Some(Token::Number(n)) => {
                let n = *n;
                self.next += 1;
                Ok(n)
            }
            _ => Err("number expected".into()),
        }
    }

    fn nullability(&mut self) -> bool {
        if self.take_words(&["NOT", "NULL"]) {
            return false;
        }
        self.take_words(&["NULL"]);
        true
    }

    fn parse_type(&mut self, depth: usize) -> Result<DataType, String> {
        if depth > MAX_DEPTH {
            return Err("nested too deeply".into());
        }
        let kind = self.kind(depth)?;
        let mut data_type = DataType { nullable: self.nullability(), kind };
        if self.take_words(&["ARRAY"]) {
            data_type = DataType::new(TypeKind::Array(Box::new(data_type)));
            data_type.nullable = self.nullability();
        } else if self.take_words(&["MULTISET"]) {
            data_type = DataType::new(TypeKind::Multiset(Box::new(data_type)));
            data_type.nullable = self.nullability();
        }
        Ok(data_type)
    }

    fn kind(&mut self, depth: usize) -> Result<TypeKind, String> {
        let word = match self.peek() {
            Some(Token::Word(word)) => word.to_ascii_uppercase(),
            Some(other) => return Err(format!("a type name expected, not {other:?}")),
            None => return Err("a type name expected".into()),
        };
        self.next += 1;
        Ok(match word.as_str() {
            "BOOLEAN" => TypeKind::Boolean,
            "TINYINT" => TypeKind::TinyInt,
            "SMALLINT" => TypeKind::SmallInt,
            "INT" | "INTEGER" => TypeKind::Int,
            "BIGINT" => TypeKind::BigInt,
            "FLOAT" => TypeKind::Float,
            "DOUBLE" => {
                self.take_words(&["PRECISION"]);
                TypeKind::Double
            }
            "DECIMAL" | "NUMERIC" | "DEC" => self.decimal()?,
            "DATE" => TypeKind::Date,
            "TIME" => self.time()?,
            "TIMESTAMP" => self.timestamp()?,
            "TIMESTAMP_LTZ" => {
                TypeKind::LocalZonedTimestamp { precision: self.optional_precision(6)? }
            }
            "CHAR" => TypeKind::Char { length: self.length()? },
            "VARCHAR" => TypeKind::VarChar { length: self.length()? },
            "STRING" => TypeKind::VarChar { length: MAX_LENGTH },
            "BINARY" => TypeKind::Binary { length: self.length()? },
            "VARBINARY" => TypeKind::VarBinary { length: self.length()? },
            "BYTES" => TypeKind::VarBinary { length: MAX_LENGTH },
            "VARIANT" => TypeKind::Variant,
            "BLOB" => TypeKind::Blob,
            "GEOMETRY" | "GEOGRAPHY" => self.geo(&word)?,
            "ARRAY" | "MULTISET" | "MAP" | "VECTOR" | "ROW" => self.nested(&word, depth)?,
            other => return Err(format!("unknown type {other}")),
        })
    }

    fn length(&mut self) -> Result<u32, String> {
        if !self.take_symbol('(') {
            return Ok(1);
        }
        let length = self.number()?;
        self.expect_symbol(')')?;
        // CHAR(0) and VARCHAR(0) exist as types of literals only.
        if length == 0 || length > MAX_LENGTH {
            return Err(format!("length {length} is not between 1 and {MAX_LENGTH}"));
        }
        Ok(length)
    }

    fn decimal(&mut self) -> Result<TypeKind, String> {
        let (mut precision, mut scale) = (10, 0);
        if self.take_symbol('(') {
            precision = self.number()?;
            if self.take_symbol(',') {
                scale = self.number()?;
            }
            self.expect_symbol(')')?;
        }
        if !(1..=38).contains(&precision) || scale > precision {
            return Err(format!("DECIMAL({precision}, {scale}) is out of range"));
        }
        Ok(TypeKind::Decimal { precision: precision as u8, scale: scale as u8 })
    }

    fn optional_precision(&mut self, default: u8) -> Result<u8, String> {
        if !self.take_symbol('(') {
            return Ok(default);
        }
        let precision = self.number()?;
        self.expect_symbol(')')?;
        if precision > 9 {
            return Err(format!("precision {precision} is not between 0 and 9"));
        }
        Ok(precision as u8)
    }

    fn time(&mut self) -> Result<TypeKind, String> {
        let precision = self.optional_precision(0)?;
        self.take_words(&["WITHOUT", "TIME", "ZONE"]);
        Ok(TypeKind::Time { precision })
    }

    fn timestamp(&mut self) -> Result<TypeKind, String> {
        let precision = self.optional_precision(6)?;
        if self.take_words(&["WITH", "LOCAL", "TIME", "ZONE"]) {
            return Ok(TypeKind::LocalZonedTimestamp { precision });
        }
        self.take_words(&["WITHOUT", "TIME", "ZONE"]);
        Ok(TypeKind::Timestamp { precision })
    }

    /// Keeps the parameters as text: this build only carries such types through.
    fn geo(&mut self, word: &str) -> Result<TypeKind, String> {
        let mut text = word.to_owned();
        if self.take_symbol('(') {
            text.push('(');
            while !self.take_symbol(')') {
                match self.peek() {
                    Some(Token::Symbol(',')) => text.push_str(", "),
                    Some(Token::Symbol(c)) => text.push(*c),
                    Some(Token::Word(w)) => text.push_str(w),
                    Some(Token::Quoted(w)) => text.push_str(&format!("`{}`", w.replace('`', "``"))),
                    Some(Token::Text(w)) => text.push_str(&format!("'{}'", w.replace('\'', "''"))),
                    Some(Token::Number(n)) => text.push_str(&n.to_string()),
                    None => return Err("')' expected".into()),
                }
                self.next += 1;
            }
            text.push(')');
        }
        Ok(TypeKind::Opaque(text))
    }

    fn nested(&mut self, word: &str, depth: usize) -> Result<TypeKind, String> {
        self.expect_symbol('<')?;
        let kind = match word {
            "ARRAY" => TypeKind::Array(Box::new(self.parse_type(depth + 1)?)),
            "MULTISET" => TypeKind::Multiset(Box::new(self.parse_type(depth + 1)?)),
            "MAP" => {
                let key = Box::new(self.parse_type(depth + 1)?);
                self.expect_symbol(',')?;
                TypeKind::Map { key, value: Box::new(self.parse_type(depth + 1)?) }
            }
            "VECTOR" => {
                let element = Box::new(self.parse_type(depth + 1)?);
                self.expect_symbol(',')?;
                TypeKind::Vector { element, length: self.number()? }
            }
            _ => TypeKind::Row(self.fields(depth + 1)?),
        };
        self.expect_symbol('>')?;
        Ok(kind)
    }

    fn fields(&mut self, depth: usize) -> Result<Vec<DataField>, String> {
        let mut fields = Vec::new();
        while self.peek() != Some(&Token::Symbol('>')) {
            if !fields.is_empty() {
                self.expect_symbol(',')?;
            }
            let name = match self.peek() {
                Some(Token::Word(name) | Token::Quoted(name)) => name.clone(),
                _ => return Err("a field name expected".into()),
            };
            self.next += 1;
            let id = self.next_id;
            self.next_id += 1;
            let mut field = DataField::new(id, name, self.parse_type(depth)?);
            self.take_words(&["COMMENT"]);
            if let Some(Token::Text(text)) = self.peek() {
                field.description = Some(text.clone());
                self.next += 1;
            }
            fields.push(field);
        }
        Ok(fields)
    }
}
