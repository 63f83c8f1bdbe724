//! Commands of the shell itself, which begin with a backslash.

use clap::ValueEnum;

use crate::args::Format;
use crate::failure::{Failure, Result};

/// What `\?` shows.
pub(super) const HELP: &str = "\
\\d              tables of the current catalog
\\d DB.TABLE     columns, keys and options of a table
\\l              databases
\\f FORMAT       how results are written: table, csv, tsv, json or ndjson
\\q              leave, as Ctrl-D
\\?              this help
Everything else is SQL and ends with `;`. Tab completes, Ctrl-C cancels.
";

/// One of the commands.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meta {
    Quit,
    Help,
    Format(Format),
    /// SQL that the command stands for.
    Sql(String),
    /// A table to describe.
    Describe(String),
}

impl Meta {
    /// Reads a line that begins with a backslash; a semicolon at its end is ignored.
    pub(super) fn parse(line: &str) -> Result<Self> {
        let line = line.trim_end_matches(';').trim_end();
        let (name, argument) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let argument = argument.trim();
        Ok(match (name, argument) {
            ("\\q", "") => Self::Quit,
            ("\\?" | "\\h", "") => Self::Help,
            ("\\d" | "\\dt", "") => Self::Sql("SHOW TABLES".to_string()),
            ("\\l", "") => Self::Sql("SHOW DATABASES".to_string()),
            ("\\d", table) => Self::Describe(table.to_string()),
            ("\\f", text) => match Format::from_str(text, true) {
                Ok(Format::Arrow) | Err(_) => {
                    return Err(Failure::new(format!("there is no format {text:?} in the shell"))
                        .or_hint("formats are table, csv, tsv, json and ndjson"));
                }
                Ok(format) => Self::Format(format),
            },
            _ => {
                return Err(Failure::new(format!("there is no command {line}"))
                    .or_hint("\\? shows the commands"));
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read() {
        for (line, expected) in [
            ("\\q", Meta::Quit),
            ("\\q;", Meta::Quit),
            ("\\?", Meta::Help),
            ("\\d  db.t ;", Meta::Describe("db.t".into())),
            ("\\f CSV", Meta::Format(Format::Csv)),
        ] {
            assert_eq!(Meta::parse(line).unwrap(), expected);
        }
        for line in ["\\x", "\\q now", "\\f arrow", "\\f"] {
            assert!(Meta::parse(line).is_err(), "{line}");
        }
    }
}
