//! What tests look at: objects as the metastore has them.

use crate::HiveCatalog;
use crate::objects::Table;
use crate::thrift::{Limits, Reply, Struct, Value, call_bytes, read_reply};
use rimon_spec::Result;
use std::time::Duration;

/// An object of the metastore as lines of text, sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plain {
    /// `path value`, with the numbers of fields as paths where they have no name here.
    pub lines: Vec<String>,
}

/// Names of a table's fields.
const FIELDS: &[(&str, &str)] = &[
    ("4", "create_time"),
    ("5", "access_time"),
    ("7.1", "columns"),
    ("7.2", "location"),
    ("8", "partition_keys"),
    ("9", "parameters"),
];

/// The table as the metastore has it, all fields.
///
/// # Errors
/// What the metastore says.
pub async fn object(catalog: &HiveCatalog, database: &str, table: &str) -> Result<Plain> {
    let fields = catalog.raw_table(database, table).await?;
    let mut lines = Vec::new();
    lay_out(&fields, "", &mut lines);
    lines.sort();
    Ok(Plain { lines })
}

fn lay_out(fields: &Struct, path: &str, lines: &mut Vec<String>) {
    for (id, value) in fields.fields() {
        let path = if path.is_empty() { id.to_string() } else { format!("{path}.{id}") };
        value_lines(value, &path, lines);
    }
}

fn value_lines(value: &Value, path: &str, lines: &mut Vec<String>) {
    match value {
        Value::Struct(inner) => lay_out(inner, path, lines),
        Value::Map(_, _, entries) => {
            for (key, value) in entries {
                let key = key.to_text().unwrap_or_else(|| format!("{key:?}"));
                value_lines(value, &format!("{path}.{key}"), lines);
            }
        }
        Value::List(_, items) | Value::Set(_, items) => {
            for (at, item) in items.iter().enumerate() {
                value_lines(item, &format!("{path}[{at}]"), lines);
            }
        }
        other => {
            let text = other.to_text().unwrap_or_else(|| format!("{other:?}"));
            let named = FIELDS.iter().find_map(|(number, name)| {
                let rest = path.strip_prefix(number)?;
                (rest.is_empty() || rest.starts_with(['.', '['])).then(|| format!("{name}{rest}"))
            });
            lines.push(format!("{} {text:?}", named.unwrap_or_else(|| path.to_owned())));
        }
    }
}

/// Takes the lock of a table in the name of `agent`, without signs of life; its number.
///
/// # Errors
/// What the metastore says.
pub async fn lock(catalog: &HiveCatalog, database: &str, table: &str, agent: &str) -> Result<i64> {
    catalog.raw_lock(database, table, agent).await
}

/// The name that a process of this machine gave its lock before it ended.
pub fn agent_of_the_dead() -> String {
    crate::lock::agent_of_the_dead()
}

/// Whether a lock is still ours after `time`.
///
/// # Errors
/// What the metastore says.
pub async fn outlives(catalog: &HiveCatalog, time: Duration) -> Result<bool> {
    catalog.raw_outlives(time).await
}

/// Registers what other engines do: `text` (a text table), `vw` (a view), `bare` (without formats), `far` (one of
/// Paimon's on a store that this build does not have).
///
/// # Errors
/// What the metastore says.
pub async fn register_foreign(catalog: &HiveCatalog, database: &str, which: &str) -> Result<()> {
    catalog.raw_register(Table::foreign(database, which)).await
}

/// Names of a table's partitions.
///
/// # Errors
/// What the metastore says.
pub async fn partitions(catalog: &HiveCatalog, database: &str, table: &str) -> Result<Vec<String>> {
    let mut names = catalog.raw_partitions(database, table).await?;
    names.sort();
    Ok(names)
}

/// Registers partitions by their values, as a commit does.
///
/// # Errors
/// What the metastore says.
pub async fn add_partitions(
    catalog: &HiveCatalog,
    database: &str,
    table: &str,
    values: &[Vec<String>],
) -> Result<()> {
    catalog.raw_add_partitions(database, table, values).await
}

/// A partition as the metastore has it, all fields.
///
/// # Errors
/// What the metastore says.
pub async fn partition(
    catalog: &HiveCatalog,
    database: &str,
    table: &str,
    values: &[&str],
) -> Result<Plain> {
    let fields = catalog.raw_partition(database, table, values).await?;
    let mut lines = Vec::new();
    lay_out(&fields, "", &mut lines);
    lines.sort();
    Ok(Plain { lines })
}

/// Makes the metastore forget a partition.
///
/// # Errors
/// What the metastore says.
pub async fn forget_partition(
    catalog: &HiveCatalog,
    database: &str,
    table: &str,
    values: &[&str],
) -> Result<()> {
    catalog.raw_forget(database, table, Some(values)).await
}

/// Makes the metastore forget a table, whose files stay.
///
/// # Errors
/// What the metastore says.
pub async fn forget_table(catalog: &HiveCatalog, database: &str, table: &str) -> Result<()> {
    catalog.raw_forget(database, table, None).await
}

/// The method and the number of the call that [`answer_round_trip`] reads answers to.
const ASKED: (&str, i32) = ("get_table", 1);
const LIMITS: Limits = Limits { bytes: 16 << 20, memory: 64 << 20 };

/// Reads an answer to the first call of `get_table`; whether it is the same when it is written and read again. `None` if
/// it is no answer.
pub fn answer_round_trip(bytes: &[u8]) -> Option<bool> {
    let (method, sequence) = ASKED;
    let read = |bytes: &[u8]| match read_reply(bytes, LIMITS, method, sequence) {
        Ok(Reply::Result(fields)) => Some(fields),
        _ => None,
    };
    // As bytes, since numbers that are none do not equal themselves.
    let written = |fields: &Struct| {
        let mut bytes = call_bytes(method, sequence, fields);
        if let Some(kind) = bytes.get_mut(3) {
            *kind = 2;
        }
        bytes
    };
    let first = written(&read(bytes)?);
    Some(read(&first).is_some_and(|again| written(&again) == first))
}

/// How many settings a file of Hive's or Hadoop's has.
///
/// # Errors
/// `Invalid` for what is no such file.
pub fn hadoop_configuration(text: &str) -> Result<usize> {
    crate::site::parse(text).map(|settings| settings.len())
}
