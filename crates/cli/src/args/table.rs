//! `rimon table …`: one verb per subcommand.

use clap::{Args, Subcommand};

use super::{CatalogArgs, Format, key_value};

/// What can be done to a table.
#[derive(Debug, Subcommand)]
pub(crate) enum TableCommand {
    /// The tables of a database, or of all
    List(ListArgs),
    /// Columns, keys, options and place of a table
    Describe(NameArgs),
    /// Make a table
    Create(CreateArgs),
    /// Drop a table and all its data
    Drop(DropArgs),
    /// Its snapshots, oldest first
    Snapshots(NameArgs),
    /// The data files of its latest snapshot
    Files(NameArgs),
    /// All versions of its schema
    Schemas(NameArgs),
    /// The options in its schema
    Options(NameArgs),
}

impl TableCommand {
    /// The catalog settings typed after the verb.
    pub(crate) fn catalog(&self) -> &CatalogArgs {
        match self {
            Self::List(args) => &args.catalog,
            Self::Create(args) => &args.catalog,
            Self::Drop(args) => &args.catalog,
            Self::Describe(args)
            | Self::Snapshots(args)
            | Self::Files(args)
            | Self::Schemas(args)
            | Self::Options(args) => &args.catalog,
        }
    }
}

/// `rimon table list`
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only the tables of this database
    #[arg(value_name = "DB")]
    pub(crate) database: Option<String>,
    /// How the result is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", overrides_with = "format")]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) catalog: CatalogArgs,
}

/// The verbs that only need a table's name.
#[derive(Debug, Args)]
pub(crate) struct NameArgs {
    /// The table; the database may be left out when it is `default`
    #[arg(value_name = "DB.TABLE")]
    pub(crate) table: String,
    /// How the result is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", overrides_with = "format")]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) catalog: CatalogArgs,
}

/// `rimon table create`
#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// The table; the database may be left out when it is `default`, and is made when missing
    #[arg(value_name = "DB.TABLE")]
    pub(crate) table: String,
    /// A column: NAME TYPE [NOT NULL] [DEFAULT 'VALUE'] [COMMENT 'TEXT']; may be repeated
    #[arg(long = "column", value_name = "COLUMN", required = true)]
    pub(crate) columns: Vec<String>,
    /// The columns of the primary key, separated by commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) primary_key: Vec<String>,
    /// The partition columns, separated by commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) partitioned_by: Vec<String>,
    /// A table option; may be repeated, a later one wins
    #[arg(long = "option", value_name = "K=V", value_parser = key_value)]
    pub(crate) options: Vec<(String, String)>,
    /// What the table is for
    #[arg(long, value_name = "TEXT", overrides_with = "comment")]
    pub(crate) comment: Option<String>,
    /// Do nothing when the table is already there
    #[arg(long, overrides_with = "if_not_exists")]
    pub(crate) if_not_exists: bool,
    /// How the new table is described
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", overrides_with = "format")]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) catalog: CatalogArgs,
}

/// `rimon table drop`
#[derive(Debug, Args)]
pub(crate) struct DropArgs {
    /// The table; the database may be left out when it is `default`
    #[arg(value_name = "DB.TABLE")]
    pub(crate) table: String,
    /// Do not ask; needed when standard input is not a terminal
    #[arg(short, long, overrides_with = "yes")]
    pub(crate) yes: bool,
    /// Do nothing when there is no such table
    #[arg(long, overrides_with = "if_exists")]
    pub(crate) if_exists: bool,
    /// How the dropped table is reported
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", overrides_with = "format")]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) catalog: CatalogArgs,
}
