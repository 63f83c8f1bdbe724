//! `rimon catalog …`: one verb per subcommand.

use clap::{Args, Subcommand};

use super::{CatalogArgs, Format};

/// What can be done to a metastore.
#[derive(Debug, Subcommand)]
pub(crate) enum RegistryCommand {
    /// Everything in a database, with what it is
    Objects(ObjectsArgs),
    /// Register what has files and is missing, and bring the rest up to date
    Repair(RepairArgs),
    /// Locks that are held or waited for
    Locks(LocksArgs),
    /// Take a lock away from whoever has it
    BreakLock(BreakArgs),
}

impl RegistryCommand {
    /// The catalog settings typed after the verb.
    pub(crate) fn catalog(&self) -> &CatalogArgs {
        match self {
            Self::Objects(args) => &args.catalog,
            Self::Repair(args) => &args.catalog,
            Self::Locks(args) => &args.catalog,
            Self::BreakLock(args) => &args.catalog,
        }
    }
}

/// `rimon catalog objects`
#[derive(Debug, Args)]
pub(crate) struct ObjectsArgs {
    /// The database
    #[arg(value_name = "DB", default_value = "default")]
    pub(crate) database: String,
    /// How the result is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", overrides_with = "format")]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) catalog: CatalogArgs,
}

/// `rimon catalog repair`
#[derive(Debug, Args)]
pub(crate) struct RepairArgs {
    /// A database, or a table as DB.TABLE; all databases of the warehouse without it
    #[arg(value_name = "DB[.TABLE]")]
    pub(crate) scope: Option<String>,
    #[command(flatten)]
    pub(crate) catalog: CatalogArgs,
}

/// `rimon catalog locks`
#[derive(Debug, Args)]
pub(crate) struct LocksArgs {
    /// Only those of this table
    #[arg(value_name = "DB.TABLE")]
    pub(crate) table: Option<String>,
    /// How the result is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", overrides_with = "format")]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) catalog: CatalogArgs,
}

/// `rimon catalog break-lock`
#[derive(Debug, Args)]
pub(crate) struct BreakArgs {
    /// The lock's number, as `rimon catalog locks` shows it
    #[arg(value_name = "LOCK")]
    pub(crate) id: i64,
    #[command(flatten)]
    pub(crate) catalog: CatalogArgs,
}
