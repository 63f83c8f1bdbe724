//! SQL types to Paimon types, read from tokens.
//!
//! The words are those of Flink SQL and of Paimon's own type strings; `VARCHAR` and `VARBINARY` without a length
//! are unbounded, `CHAR` and `BINARY` have length 1, as in standard SQL.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::Token;
use rimon_spec::{DataField, DataType, MAX_LENGTH, TypeKind};

use super::tokens::{Parsed, expect_word, peek_word, string, take_words};

/// How deep types may be nested.
const MAX_DEPTH: usize = 32;

/// Reads one type; `NOT NULL` after the outermost type is left to the caller.
pub(super) fn parse_type(parser: &mut Parser<'_>) -> Parsed<DataType> {
    let mut reader = TypeReader { parser, open_gt: false, depth: 0 };
    let kind = reader.kind()?;
    if reader.open_gt {
        return reader
            .parser
            .expected_ref("a type with balanced '<' and '>'", reader.parser.peek_token_ref());
    }
    Ok(DataType::new(kind))
}

struct TypeReader<'p, 'd> {
    parser: &'p mut Parser<'d>,
    /// Half of a `>>` is taken.
    open_gt: bool,
    depth: usize,
}

impl TypeReader<'_, '_> {
    fn kind(&mut self) -> Parsed<TypeKind> {
        let Some(word) = peek_word(self.parser, 0) else {
            return self.parser.expected_ref("a data type", self.parser.peek_token_ref());
        };
        self.parser.next_token();
        Ok(match word.as_str() {
            "BOOLEAN" | "BOOL" => TypeKind::Boolean,
            "TINYINT" => TypeKind::TinyInt,
            "SMALLINT" => TypeKind::SmallInt,
            "INT" | "INTEGER" => TypeKind::Int,
            "BIGINT" => TypeKind::BigInt,
            "FLOAT" | "REAL" => TypeKind::Float,
            "DOUBLE" => {
                take_words(self.parser, &["PRECISION"]);
                TypeKind::Double
            }
            "DATE" => TypeKind::Date,
            "STRING" | "TEXT" => TypeKind::VarChar { length: MAX_LENGTH },
            "BYTES" | "BYTEA" => TypeKind::VarBinary { length: MAX_LENGTH },
            "VARIANT" => TypeKind::Variant,
            "BLOB" => TypeKind::Blob,
            "DECIMAL" | "NUMERIC" | "DEC" => self.decimal()?,
            "CHAR" | "CHARACTER" => self.char()?,
            "VARCHAR" => TypeKind::VarChar { length: self.length(MAX_LENGTH)? },
            "BINARY" => TypeKind::Binary { length: self.length(1)? },
            "VARBINARY" => TypeKind::VarBinary { length: self.length(MAX_LENGTH)? },
            "TIME" => self.time()?,
            "TIMESTAMP" | "TIMESTAMP_NTZ" => self.timestamp(&word)?,
            "TIMESTAMP_LTZ" => TypeKind::LocalZonedTimestamp { precision: self.precision(6)? },
            "ARRAY" | "MULTISET" | "MAP" | "ROW" | "STRUCT" | "VECTOR" => self.nested(&word)?,
            _ => {
                return Err(ParserError::ParserError(format!("there is no data type {word}")));
            }
        })
    }

    fn nested(&mut self, word: &str) -> Parsed<TypeKind> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(ParserError::RecursionLimitExceeded);
        }
        let kind = match word {
            "ARRAY" => TypeKind::Array(Box::new(self.in_angles(Self::element)?)),
            "MULTISET" => TypeKind::Multiset(Box::new(self.in_angles(Self::element)?)),
            "MAP" => self.in_angles(|r| {
                let key = Box::new(r.element()?);
                r.parser.expect_token(&Token::Comma)?;
                Ok(TypeKind::Map { key, value: Box::new(r.element()?) })
            })?,
            "VECTOR" => self.in_angles(|r| {
                let element = Box::new(r.element()?);
                r.parser.expect_token(&Token::Comma)?;
                Ok(TypeKind::Vector { element, length: r.number()? })
            })?,
            _ => self.row()?,
        };
        self.depth -= 1;
        Ok(kind)
    }

    /// A type with its own `NULL` or `NOT NULL`.
    fn element(&mut self) -> Parsed<DataType> {
        let kind = self.kind()?;
        if self.open_gt {
            return Ok(DataType::new(kind));
        }
        let not_null = self.parser.parse_keywords(&[Keyword::NOT, Keyword::NULL]);
        if !not_null {
            let _ = self.parser.parse_keyword(Keyword::NULL);
        }
        Ok(DataType::new(kind).with_nullable(!not_null))
    }

    /// `ROW<a INT, b STRING COMMENT '…'>`, `ROW(a INT)` or `STRUCT<a: INT>`; ids are given when a schema is made.
    fn row(&mut self) -> Parsed<TypeKind> {
        if self.parser.consume_token(&Token::Neq) {
            return Ok(TypeKind::Row(Vec::new()));
        }
        if self.parser.consume_token(&Token::LParen) {
            let fields = self.fields()?;
            self.parser.expect_token(&Token::RParen)?;
            return Ok(TypeKind::Row(fields));
        }
        Ok(TypeKind::Row(self.in_angles(Self::fields)?))
    }

    fn fields(&mut self) -> Parsed<Vec<DataField>> {
        let mut fields = Vec::new();
        loop {
            let name = self.parser.parse_identifier()?;
            let _ = self.parser.consume_token(&Token::Colon);
            let mut field = DataField::new(0, name.value, self.element()?);
            if !self.open_gt {
                if let Some(Token::SingleQuotedString(_)) = self.peek_comment() {
                    field.description = Some(string(self.parser)?);
                } else if self.parser.parse_keyword(Keyword::COMMENT) {
                    field.description = Some(string(self.parser)?);
                }
            }
            fields.push(field);
            if self.open_gt || !self.parser.consume_token(&Token::Comma) {
                return Ok(fields);
            }
        }
    }

    /// Paimon's own type strings put a field's comment after its type without a keyword.
    fn peek_comment(&self) -> Option<Token> {
        match &self.parser.peek_token_ref().token {
            token @ Token::SingleQuotedString(_) => Some(token.clone()),
            _ => None,
        }
    }

    fn in_angles<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.parser.expect_token(&Token::Lt)?;
        let value = inner(self)?;
        if self.open_gt {
            self.open_gt = false;
        } else if self.parser.consume_token(&Token::ShiftRight) {
            self.open_gt = true;
        } else {
            self.parser.expect_token(&Token::Gt)?;
        }
        Ok(value)
    }

    fn decimal(&mut self) -> Parsed<TypeKind> {
        if !self.parser.consume_token(&Token::LParen) {
            return Ok(TypeKind::Decimal { precision: 10, scale: 0 });
        }
        let precision = self.number()?;
        let scale = if self.parser.consume_token(&Token::Comma) { self.number()? } else { 0 };
        self.parser.expect_token(&Token::RParen)?;
        match (u8::try_from(precision), u8::try_from(scale)) {
            (Ok(precision @ 1..=38), Ok(scale)) if scale <= precision => {
                Ok(TypeKind::Decimal { precision, scale })
            }
            _ => Err(ParserError::ParserError(format!(
                "DECIMAL({precision}, {scale}): the precision is 1 to 38, the scale 0 to the precision"
            ))),
        }
    }

    fn char(&mut self) -> Parsed<TypeKind> {
        if take_words(self.parser, &["VARYING"]) {
            return Ok(TypeKind::VarChar { length: self.length(MAX_LENGTH)? });
        }
        Ok(TypeKind::Char { length: self.length(1)? })
    }

    fn time(&mut self) -> Parsed<TypeKind> {
        let precision = self.precision(0)?;
        take_words(self.parser, &["WITHOUT", "TIME", "ZONE"]);
        Ok(TypeKind::Time { precision })
    }

    fn timestamp(&mut self, word: &str) -> Parsed<TypeKind> {
        let precision = self.precision(6)?;
        if word == "TIMESTAMP" && take_words(self.parser, &["WITH", "LOCAL", "TIME", "ZONE"]) {
            return Ok(TypeKind::LocalZonedTimestamp { precision });
        }
        if take_words(self.parser, &["WITH", "TIME", "ZONE"]) {
            return Err(ParserError::ParserError(
                "TIMESTAMP WITH TIME ZONE is not a Paimon type; use TIMESTAMP WITH LOCAL TIME ZONE"
                    .into(),
            ));
        }
        if take_words(self.parser, &["WITHOUT"]) {
            expect_word(self.parser, "TIME")?;
            expect_word(self.parser, "ZONE")?;
        }
        Ok(TypeKind::Timestamp { precision })
    }

    fn precision(&mut self, default: u8) -> Parsed<u8> {
        if !self.parser.consume_token(&Token::LParen) {
            return Ok(default);
        }
        let number = self.number()?;
        self.parser.expect_token(&Token::RParen)?;
        match u8::try_from(number) {
            Ok(precision @ 0..=9) => Ok(precision),
            _ => Err(ParserError::ParserError(format!("precision {number} is not 0 to 9"))),
        }
    }

    fn length(&mut self, default: u32) -> Parsed<u32> {
        if !self.parser.consume_token(&Token::LParen) {
            return Ok(default);
        }
        let length = self.number()?;
        self.parser.expect_token(&Token::RParen)?;
        match length {
            1..=MAX_LENGTH => Ok(length),
            _ => Err(ParserError::ParserError(format!("length {length} is not 1 to {MAX_LENGTH}"))),
        }
    }

    fn number(&mut self) -> Parsed<u32> {
        let number = self.parser.parse_literal_uint()?;
        u32::try_from(number)
            .map_err(|_| ParserError::ParserError(format!("{number} is too large in a type")))
    }
}
