//! What went wrong, as a person at a shell needs it: one line, a hint, an exit code.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use rimon::{Error, ErrorKind};

/// How the command ends; the numbers are a contract with scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Anything without a code of its own.
    Error = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// Another writer changed the table in a way this change cannot be combined with.
    Conflict = 3,
    /// Whether a commit took place could not be found out.
    Unknown = 4,
    /// The bytes of a table are not what they must be.
    Corrupt = 5,
}

/// An error on its way to standard error and the exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    cause: String,
    hint: Option<String>,
    broken_pipe: bool,
    kind: Option<ErrorKind>,
}

/// The hint for a table that is not there.
pub(crate) const MISSING_TABLE: &str = "`rimon table list` shows the tables there are";

/// What functions of this command return.
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// A plain error.
    pub(crate) fn new(cause: impl Into<String>) -> Self {
        Self { exit: Exit::Error, cause: cause.into(), hint: None, broken_pipe: false, kind: None }
    }

    /// Something that cannot happen.
    pub(crate) fn bug(cause: impl Into<String>) -> Self {
        Self::from(Error::internal(cause))
    }

    /// The command line makes no sense.
    pub(crate) fn usage(cause: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, ..Self::new(cause) }
    }

    /// Adds what to do about it, unless there is advice already.
    #[must_use]
    pub(crate) fn or_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint.get_or_insert_with(|| hint.into());
        self
    }

    /// Puts the place in front of the cause, for example a file and a line.
    #[must_use]
    pub(crate) fn at(mut self, place: &str) -> Self {
        self.cause = format!("{place}: {}", self.cause);
        self
    }

    /// The code the process ends with.
    pub(crate) fn exit(&self) -> u8 {
        self.exit as u8
    }

    /// Whether something that was named is not there.
    pub(crate) fn is_not_found(&self) -> bool {
        self.kind == Some(ErrorKind::NotFound)
    }

    /// The one-line cause alone.
    pub(crate) fn cause(&self) -> &str {
        &self.cause
    }

    /// Whether the reader of standard output went away, which is no error of ours.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        self.broken_pipe
    }
}

/// `error: cause` and `hint: advice`, a line each.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error: {}", one_line(&self.cause))?;
        match &self.hint {
            Some(hint) => writeln!(f, "hint: {}", one_line(hint)),
            None => Ok(()),
        }
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let exit = match error.kind() {
            ErrorKind::Conflict => Exit::Conflict,
            ErrorKind::Corrupt => Exit::Corrupt,
            ErrorKind::OutcomeUnknown => Exit::Unknown,
            _ => Exit::Error,
        };
        let mut failure = Self { exit, kind: Some(error.kind()), ..Self::new(error.to_string()) };
        failure.hint = error.hint().map(str::to_string).or_else(|| advice(error.kind()));
        failure
    }
}

/// What helps against a whole kind of errors.
fn advice(kind: ErrorKind) -> Option<String> {
    let text = match kind {
        ErrorKind::Conflict => "another writer was faster: look at the table and run it again",
        ErrorKind::OutcomeUnknown => "look at `rimon table snapshots` before running it again",
        ErrorKind::Unavailable => "the storage did not answer: try again",
        ErrorKind::Internal => "this is a bug in rimon: please report it with the statement",
        _ => return None,
    };
    Some(text.to_string())
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let broken_pipe = error.kind() == io::ErrorKind::BrokenPipe;
        match find(&error) {
            Some(inner) => Self::from(inner),
            None => Self { broken_pipe, ..Self::new(error.to_string()) },
        }
    }
}

impl From<ArrowError> for Failure {
    fn from(error: ArrowError) -> Self {
        if let Some(inner) = find(&error) {
            return Self::from(inner);
        }
        match error {
            // Arrow's writers wrap the errors of the stream they write to.
            ArrowError::IoError(_, error) => Self::from(error),
            error => Self::new(error.to_string()),
        }
    }
}

impl From<DataFusionError> for Failure {
    fn from(error: DataFusionError) -> Self {
        if let Some(inner) = find(&error) {
            return Self::from(inner);
        }
        let cause = describe(&error);
        let mut failure = Self::new(cause.clone());
        if cause.starts_with("table '") && cause.ends_with("not found") {
            failure.hint = Some(MISSING_TABLE.to_string());
        }
        failure
    }
}

/// The first error of ours under `error`.
fn find<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<Error>() {
            return Some(found);
        }
        // The source of an io::Error is the source of what it wraps, not what it wraps.
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => error.source(),
        };
    }
    None
}

/// DataFusion's message without its wrappers.
fn describe(error: &DataFusionError) -> String {
    match error {
        DataFusionError::SQL(inner, _) => inner.to_string(),
        DataFusionError::Plan(text) => text.clone(),
        DataFusionError::Execution(text) => text.clone(),
        DataFusionError::Context(text, inner) => match describe(inner) {
            cause if text.is_empty() => cause,
            cause => format!("{text}: {cause}"),
        },
        DataFusionError::Diagnostic(_, inner) => describe(inner),
        DataFusionError::Shared(inner) => describe(inner),
        DataFusionError::Collection(all) => all.iter().map(describe).collect::<Vec<_>>().join("; "),
        DataFusionError::External(inner) => match inner.downcast_ref::<DataFusionError>() {
            Some(inner) => describe(inner),
            None => inner.to_string(),
        },
        DataFusionError::ArrowError(inner, _) => describe_arrow(inner),
        DataFusionError::NotImplemented(text) => format!("not supported: {text}"),
        other => other.strip_backtrace(),
    }
}

fn describe_arrow(error: &ArrowError) -> String {
    match error {
        ArrowError::InvalidArgumentError(text)
        | ArrowError::ComputeError(text)
        | ArrowError::ParseError(text)
        | ArrowError::CastError(text)
        | ArrowError::ArithmeticOverflow(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The text without line breaks, so that a script can read the cause as one line, and without
/// other control characters: messages quote names and values, which may come from files.
fn one_line(text: &str) -> String {
    let words: Vec<_> = text.split(['\n', '\r']).map(str::trim).filter(|s| !s.is_empty()).collect();
    words.join(" ").chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests;
