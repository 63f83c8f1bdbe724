//! Which catalog: `--warehouse`, `--catalog-option`, `--config`, before or after the command.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches, value_parser};

use super::key_value;

/// One of the flags that settle the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Setting {
    /// `--warehouse DIR|URL`
    Warehouse(String),
    /// `--catalog-option K=V`
    Option(String, String),
}

/// The catalog flags in the order they were typed.
#[derive(Debug, Clone, Default)]
pub(crate) struct CatalogArgs {
    /// A later setting wins over an earlier one of the same key.
    pub(crate) settings: Vec<Setting>,
    /// The last `--config`.
    pub(crate) config: Option<PathBuf>,
}

// By hand and not derived, since clap's derive forgets the order between two flags.
impl Args for CatalogArgs {
    fn augment_args(command: Command) -> Command {
        let heading = "Catalog";
        command
            .arg(
                Arg::new("warehouse")
                    .long("warehouse")
                    .value_name("DIR|URL")
                    .action(ArgAction::Append)
                    .help_heading(heading)
                    .help("Where the tables are [env: RIMON_WAREHOUSE] [default: ./warehouse]"),
            )
            .arg(
                Arg::new("catalog-option")
                    .long("catalog-option")
                    .value_name("K=V")
                    .action(ArgAction::Append)
                    .value_parser(key_value)
                    .help_heading(heading)
                    .help("An option of the catalog; may be repeated"),
            )
            .arg(
                Arg::new("config")
                    .long("config")
                    .value_name("FILE")
                    .action(ArgAction::Append)
                    .value_parser(value_parser!(PathBuf))
                    .help_heading(heading)
                    .help(
                        "A TOML file with `warehouse` and a [catalog] section; flags win over it",
                    ),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for CatalogArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut settings = Vec::new();
        if let (Some(at), Some(values)) =
            (matches.indices_of("warehouse"), matches.get_many::<String>("warehouse"))
        {
            settings.extend(at.zip(values.map(|dir| Setting::Warehouse(dir.clone()))));
        }
        if let (Some(at), Some(values)) = (
            matches.indices_of("catalog-option"),
            matches.get_many::<(String, String)>("catalog-option"),
        ) {
            settings.extend(at.zip(values.map(|(key, v)| Setting::Option(key.clone(), v.clone()))));
        }
        settings.sort_by_key(|(at, _)| *at);
        let config = matches.get_many::<PathBuf>("config").and_then(|mut all| all.next_back());
        Ok(Self {
            settings: settings.into_iter().map(|(_, setting)| setting).collect(),
            config: config.cloned(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
