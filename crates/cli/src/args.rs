//! The command line: what can be typed, and in which order it was typed.

mod catalog;
mod registry;
mod sql;
mod table;

use clap::{Parser, Subcommand, ValueEnum};

pub(crate) use catalog::{CatalogArgs, Setting};
pub(crate) use registry::{BreakArgs, LocksArgs, ObjectsArgs, RegistryCommand, RepairArgs};
pub(crate) use sql::{Source, SqlArgs};
pub(crate) use table::{CreateArgs, DropArgs, ListArgs, NameArgs, TableCommand};

const AFTER_HELP: &str = "\
Environment:
  RIMON_WAREHOUSE  the warehouse when --warehouse is not given

Exit codes:
  0 ok, 1 error, 2 wrong usage, 3 conflict with another writer,
  4 whether a commit took place is unknown, 5 corrupt table";

/// Apache Paimon tables from the shell: SQL and table maintenance.
#[derive(Debug, Parser)]
#[command(name = "rimon", version, after_help = AFTER_HELP, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) catalog: CatalogArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run SQL: from -c and -f, from standard input, or typed into a shell
    Sql(SqlArgs),
    /// Create, drop and look at tables
    #[command(subcommand)]
    Table(TableCommand),
    /// Look after the metastore of a catalog: repair, locks, what is not Paimon's
    #[command(subcommand)]
    Catalog(RegistryCommand),
}

impl Command {
    /// The catalog settings typed after the command; they win over those before it.
    pub(crate) fn catalog(&self) -> &CatalogArgs {
        match self {
            Self::Sql(sql) => &sql.catalog,
            Self::Table(table) => table.catalog(),
            Self::Catalog(catalog) => catalog.catalog(),
        }
    }
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns, for people
    #[default]
    Table,
    /// Comma-separated values with a header; NULL is empty, an empty string is ""
    Csv,
    /// As csv, separated by tabs
    Tsv,
    /// One JSON array of objects for each result
    Json,
    /// One JSON object for each row
    Ndjson,
    /// An Arrow IPC stream of the last result
    Arrow,
}

/// Splits `KEY=VALUE` at the first `=`.
fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => {
            Ok((key.trim().to_string(), value.to_string()))
        }
        _ => Err("expected KEY=VALUE".to_string()),
    }
}

#[cfg(test)]
mod tests;
