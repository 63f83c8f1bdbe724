//! `rimon sql`: where the SQL comes from, and how results are written.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches, value_parser};

use super::{CatalogArgs, Format};

/// The arguments of `rimon sql`.
#[derive(Debug, Args)]
pub(crate) struct SqlArgs {
    #[command(flatten)]
    pub(crate) sources: Sources,
    /// How results are written to standard output
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", overrides_with = "format")]
    pub(crate) format: Format,
    /// No headings, row counts and timings
    #[arg(short, long, overrides_with = "quiet")]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) catalog: CatalogArgs,
}

/// A text to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// `-c SQL`
    Command(String),
    /// `-f FILE`; `-` is standard input
    File(PathBuf),
}

/// All `-c` and `-f` in the order they were typed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sources(pub(crate) Vec<Source>);

impl Args for Sources {
    fn augment_args(command: Command) -> Command {
        command
            .arg(
                Arg::new("command")
                    .short('c')
                    .long("command")
                    .value_name("SQL")
                    .action(ArgAction::Append)
                    .help("Statements to run, separated by `;`; may be repeated"),
            )
            .arg(
                Arg::new("file")
                    .short('f')
                    .long("file")
                    .value_name("FILE")
                    .action(ArgAction::Append)
                    .value_parser(value_parser!(PathBuf))
                    .help("A file of statements to run, `-` for standard input; may be repeated"),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Sources {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut sources = Vec::new();
        if let (Some(at), Some(values)) =
            (matches.indices_of("command"), matches.get_many::<String>("command"))
        {
            sources.extend(at.zip(values.map(|sql| Source::Command(sql.clone()))));
        }
        if let (Some(at), Some(values)) =
            (matches.indices_of("file"), matches.get_many::<PathBuf>("file"))
        {
            sources.extend(at.zip(values.map(|file| Source::File(file.clone()))));
        }
        sources.sort_by_key(|(at, _)| *at);
        Ok(Self(sources.into_iter().map(|(_, source)| source).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
