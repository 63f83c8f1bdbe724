//! `rimon table create`.

use rimon::datafusion::statement::{Kind, parse};

use crate::args::CreateArgs;
use crate::config::Config;
use crate::describe::describe;
use crate::failure::{Failure, Result};
use crate::output::{Output, say};
use crate::session::{Session, quote, quote_text, sql_name};

/// Makes a table, and its database when that is missing, then describes it.
pub(super) async fn run(args: &CreateArgs, config: &Config) -> Result<()> {
    args.columns.iter().try_for_each(|column| check_column(column))?;
    let session = Session::open(config).await?;
    let name = Session::name(&args.table)?;
    let database = quote(name.database());
    session.run(&format!("CREATE DATABASE IF NOT EXISTS {database}")).await?;
    session.run(&statement(args, &sql_name(&name))).await?;
    say(&format!("table {name} is there\n"));
    let table = session.table(&args.table).await?;
    describe(&table, &mut Output::stdout(args.format, false))
}

/// Reads a column by itself, so that a message names it and its text cannot be more than a column.
fn check_column(text: &str) -> Result<()> {
    let wrong = |cause: String| {
        Failure::usage(format!("--column {text:?}: {cause}"))
            .or_hint("a column is NAME TYPE [NOT NULL] [DEFAULT 'VALUE'] [COMMENT 'TEXT']")
    };
    let statements = parse(&format!("CREATE TABLE t ({text}\n)"))
        .map_err(|error| wrong(Failure::from(error).cause().to_string()))?;
    match statements.as_slice() {
        [one] => match &one.kind {
            Kind::CreateTable(table)
                if table.columns.len() == 1
                    && table.partitioned_by.is_empty()
                    && table.options.is_empty()
                    && table.comment.is_none()
                    && table.query.is_none() =>
            {
                Ok(())
            }
            _ => Err(wrong("this is not one column".to_string())),
        },
        _ => Err(wrong("this is not one column".to_string())),
    }
}

fn statement(args: &CreateArgs, table: &str) -> String {
    let exists = if args.if_not_exists { "IF NOT EXISTS " } else { "" };
    let mut elements: Vec<String> = args.columns.iter().map(|text| format!("{text}\n")).collect();
    if !args.primary_key.is_empty() {
        elements.push(format!("PRIMARY KEY ({})", names(&args.primary_key)));
    }
    let mut sql = format!("CREATE TABLE {exists}{table} ({})", elements.join(", "));
    if let Some(comment) = &args.comment {
        sql.push_str(&format!(" COMMENT {}", quote_text(comment)));
    }
    if !args.partitioned_by.is_empty() {
        sql.push_str(&format!(" PARTITIONED BY ({})", names(&args.partitioned_by)));
    }
    let mut options: Vec<(&str, &str)> = Vec::new();
    for (key, value) in &args.options {
        options.retain(|(other, _)| other != key);
        options.push((key, value));
    }
    if !options.is_empty() {
        let pairs: Vec<_> = options
            .iter()
            .map(|(key, value)| format!("{} = {}", quote_text(key), quote_text(value)))
            .collect();
        sql.push_str(&format!(" WITH ({})", pairs.join(", ")));
    }
    sql
}

fn names(columns: &[String]) -> String {
    columns.iter().map(|name| quote(name.trim())).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_one_column() {
        for text in [
            "id BIGINT NOT NULL",
            "a ARRAY<INT>",
            "m MAP<STRING, INT> COMMENT 'a, b'",
            "\"two words\" STRING",
        ] {
            assert!(check_column(text).is_ok(), "{text}");
        }
        for text in ["id", "a INT, b INT", "a INT) WITH ('k' = 'v'", "a INT); DROP TABLE t; --", ""]
        {
            assert_eq!(check_column(text).unwrap_err().exit(), 2, "{text}");
        }
    }
}
