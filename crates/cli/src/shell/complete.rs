//! Completion of names and keywords, and when a statement is complete.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use rimon::datafusion::statement::is_complete;
use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};
use tokio::runtime::Handle;

use crate::script::words;
use crate::session::{DEFAULT_DATABASE, Session, quote};

const KEYWORDS: &str = "\
    AND AS ASC BETWEEN BIGINT BY CASE CAST COMMENT COUNT CREATE DATABASE DATE DECIMAL \
    DEFAULT DESC DESCRIBE DISTINCT DOUBLE DROP ELSE END EXISTS EXPLAIN EXTERNAL FALSE FROM \
    FULL GROUP HAVING IN INNER INSERT INT INTO IS JOIN KEY LEFT LIKE LIMIT LOCATION NOT NULL \
    OF ON OR ORDER PARTITIONED PRIMARY SELECT SHOW STORED STRING TABLE TIMESTAMP UNION \
    VALUES VERSION WHEN WHERE WITH";

/// What rustyline asks while a line is typed. Names are looked up when Tab is pressed and kept
/// until the next statement has run.
pub(super) struct Assistant {
    session: Session,
    runtime: Handle,
    names: RefCell<Names>,
}

#[derive(Debug, Default)]
struct Names {
    /// Tables of each database, when looked up.
    tables: Option<HashMap<String, Vec<String>>>,
    /// Columns of `db.table`.
    columns: HashMap<(String, String), Vec<String>>,
}

impl Assistant {
    pub(super) fn new(session: Session, runtime: Handle) -> Self {
        Self { session, runtime, names: RefCell::default() }
    }

    /// Forgets the names, since a statement may have changed them.
    pub(super) fn forget(&mut self) {
        self.names.take();
    }

    fn candidates(&self, text: &str, qualifier: Option<&str>) -> BTreeSet<String> {
        let mut names = self.names.borrow_mut();
        if names.tables.is_none() {
            names.tables = Some(self.runtime.block_on(self.session.table_names()));
        }
        let tables = names.tables.clone().unwrap_or_default();
        let mentioned = words(text);
        let columns = self.columns(&mut names, &tables, &mentioned, qualifier);
        match qualifier {
            Some(database) if tables.contains_key(database) => {
                tables.get(database).into_iter().flatten().cloned().collect()
            }
            Some(_) => columns,
            None => {
                let mut all = columns;
                all.extend(tables.keys().cloned());
                all.extend(tables.get(DEFAULT_DATABASE).into_iter().flatten().cloned());
                all.extend(KEYWORDS.split(' ').map(str::to_string));
                all
            }
        }
    }

    /// Columns of the tables the text mentions; of one of them when it is the qualifier.
    fn columns(
        &self,
        names: &mut Names,
        tables: &HashMap<String, Vec<String>>,
        mentioned: &[String],
        qualifier: Option<&str>,
    ) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let only =
            qualifier.filter(|name| mentioned.iter().filter(|word| word == name).count() > 1);
        for (database, list) in tables {
            for table in list.iter().filter(|table| mentioned.contains(table)) {
                let is_other = only
                    .is_some_and(|name| name != table && list.iter().any(|other| other == name));
                if is_other {
                    continue;
                }
                let key = (database.clone(), table.clone());
                let columns = names.columns.entry(key).or_insert_with(|| {
                    self.runtime.block_on(self.session.column_names(database, table))
                });
                found.extend(columns.iter().cloned());
            }
        }
        found
    }
}

impl Completer for Assistant {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let before = line.get(..pos).unwrap_or(line);
        if before.trim_start().is_empty() || in_string(before) {
            return Ok((pos, Vec::new()));
        }
        let (start, qualifier) = word_at_end(before);
        let prefix = before.get(start..).unwrap_or_default();
        if prefix.is_empty() && qualifier.is_none() {
            return Ok((pos, Vec::new()));
        }
        let all = self.candidates(line, qualifier);
        let quoted = before.get(..start).is_some_and(|text| text.ends_with('"'));
        Ok((start, matching(&all, prefix, quoted)))
    }
}

/// The names that begin with `prefix`, whatever its case; keywords in the case they are typed in.
/// `quoted` says that a double quote stands before the prefix.
fn matching(all: &BTreeSet<String>, prefix: &str, quoted: bool) -> Vec<String> {
    let lower = prefix.to_lowercase();
    let typed_lower = !prefix.is_empty() && prefix == lower;
    all.iter()
        .filter(|name| name.to_lowercase().starts_with(&lower))
        .filter(|name| !(quoted && is_keyword(name)))
        .map(|name| match is_keyword(name) {
            true if typed_lower => name.to_lowercase(),
            false if quoted => format!("{name}\""),
            false if !is_plain(name) => quote(name),
            _ => name.clone(),
        })
        .collect()
}

/// Whether SQL reads the name as it is without quotes, which fold it to lower case.
fn is_plain(name: &str) -> bool {
    let part = |c: char| c == '_' || c.is_ascii_lowercase() || c.is_ascii_digit();
    name.chars().all(part) && !name.starts_with(|c: char| c.is_ascii_digit())
}

fn is_keyword(word: &str) -> bool {
    KEYWORDS.split(' ').any(|keyword| keyword == word)
}

/// Where the word at the end begins, and the name before its dot.
fn word_at_end(text: &str) -> (usize, Option<&str>) {
    let start = word_start(text);
    let qualifier = text.get(..start).and_then(|before| before.strip_suffix('.')).map(|before| {
        let before = before.trim_end_matches('"');
        before.get(word_start(before)..).unwrap_or_default()
    });
    (start, qualifier.filter(|name| !name.is_empty()))
}

fn word_start(text: &str) -> usize {
    text.rfind(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).map_or(0, |at| {
        at + text.get(at..).and_then(|s| s.chars().next()).map_or(1, char::len_utf8)
    })
}

/// Whether the text ends inside a quoted value.
fn in_string(text: &str) -> bool {
    text.bytes().filter(|byte| *byte == b'\'').count() % 2 == 1
}

impl Validator for Assistant {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        let done = text.trim_start().starts_with('\\') || is_complete(text);
        Ok(if done { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

impl Hinter for Assistant {
    type Hint = String;
}

impl Highlighter for Assistant {}

impl Helper for Assistant {}

#[cfg(test)]
mod tests;
