//! The options of these formats (`CsvOptions.java`, `JsonOptions.java`, `TextOptions.java`).

use super::TextFormat;
use rimon_spec::{Error, Result};
use std::collections::BTreeMap;

/// How lines become rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Options {
    pub(super) format: TextFormat,
    /// `None`: each of `\n`, `\r` and `\r\n` ends a line.
    pub(super) line_end: Option<Vec<u8>>,
    pub(super) csv: Csv,
}

/// What is special to `csv`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Csv {
    pub(super) separator: char,
    pub(super) quote: char,
    pub(super) escape: char,
    pub(super) null: String,
    pub(super) header: bool,
    /// A field that cannot be read is an error; else it and all behind it are null.
    pub(super) fail_fast: bool,
}

/// A value by its key or, as in Java, by older names of it.
struct Lookup<'a>(&'a BTreeMap<String, String>);

impl Lookup<'_> {
    fn get<'a>(&'a self, keys: &[&str], default: &'a str) -> &'a str {
        keys.iter().find_map(|key| self.0.get(*key)).map_or(default, String::as_str)
    }

    fn character(&self, keys: &[&str], default: &str) -> Result<char> {
        let text = self.get(keys, default);
        let name = keys.first().copied().unwrap_or_default();
        text.chars().next().ok_or_else(|| Error::invalid(format!("option '{name}' is empty")))
    }

    fn flag(&self, keys: &[&str]) -> Result<bool> {
        match self.get(keys, "false").to_ascii_lowercase().as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            other => {
                let name = keys.first().copied().unwrap_or_default();
                Err(Error::invalid(format!(
                    "option '{name}' = '{other}' is neither true nor false"
                )))
            }
        }
    }
}

impl Options {
    pub(super) fn new(format: TextFormat, options: &BTreeMap<String, String>) -> Result<Self> {
        let lookup = Lookup(options);
        let line_end = match format {
            TextFormat::Csv => lookup.get(&["csv.line-delimiter", "lineSep"], "\n"),
            TextFormat::Json => lookup.get(&["json.line-delimiter"], "\n"),
            TextFormat::Text => lookup.get(&["text.line-delimiter", "lineSep"], "\n"),
        };
        let line_end = match line_end {
            "\n" | "\r" | "\r\n" => None,
            "" => return Err(Error::invalid("an empty line delimiter")),
            other => Some(other.as_bytes().to_vec()),
        };
        if format == TextFormat::Json && lookup.flag(&["json.ignore-parse-errors"])? {
            return Err(refuse("json.ignore-parse-errors", "true"));
        }
        Ok(Self { format, line_end, csv: Csv::new(&lookup)? })
    }
}

impl Csv {
    fn new(lookup: &Lookup<'_>) -> Result<Self> {
        let fail_fast = match lookup.get(&["csv.mode", "mode"], "permissive") {
            mode if mode.eq_ignore_ascii_case("permissive") => false,
            mode if mode.eq_ignore_ascii_case("failfast") => true,
            mode => return Err(refuse("csv.mode", mode)),
        };
        let csv = Self {
            separator: lookup.character(&["csv.field-delimiter", "field-delimiter", "seq"], ",")?,
            quote: lookup.character(&["csv.quote-character", "quote"], "\"")?,
            escape: lookup.character(&["csv.escape-character", "escape"], "\\")?,
            null: lookup.get(&["csv.null-literal", "nullvalue"], "").to_owned(),
            header: lookup.flag(&["csv.include-header", "header"])?,
            fail_fast,
        };
        let disabled = csv.quote == '\0' && csv.escape == '\0';
        let clash = csv.separator == '\0'
            || csv.separator == csv.quote
            || csv.separator == csv.escape
            || (csv.quote == csv.escape && !disabled);
        if clash {
            return Err(Error::invalid(
                "the separator, quote and escape characters of csv files are not distinct",
            ));
        }
        Ok(csv)
    }
}

fn refuse(key: &str, value: &str) -> Error {
    Error::unsupported(format!("option '{key}' = '{value}' is not supported by this build"))
}
