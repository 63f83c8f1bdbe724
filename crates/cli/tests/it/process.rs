//! Runs the command in a directory of its own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A temporary directory the command runs in.
pub(crate) struct Place {
    directory: TempDir,
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { directory: TempDir::new().unwrap() }
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.directory.path().join(relative)
    }

    pub(crate) fn write(&self, relative: &str, text: &str) {
        std::fs::write(self.path(relative), text).unwrap();
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rimon"));
        command
            .args(args)
            .current_dir(self.directory.path())
            .env_remove("RIMON_WAREHOUSE")
            .stdin(Stdio::null());
        command
    }

    /// Runs `rimon` with these arguments, without input.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        Run::of(self.command(args).output().unwrap())
    }

    /// The same with `input` on standard input.
    pub(crate) fn run_with(&self, args: &[&str], input: &str) -> Run {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Run::of(child.wait_with_output().unwrap())
    }

    /// Standard output of SQL in CSV; the run must succeed.
    pub(crate) fn csv(&self, sql: &str) -> String {
        self.run(&["sql", "-q", "--format", "csv", "-c", sql]).ok().stdout
    }
}

impl Run {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    /// Ended with `code`, one `error:` line that contains `cause`, and nothing on standard output.
    #[track_caller]
    pub(crate) fn fails(self, code: i32, cause: &str) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        let errors: Vec<_> =
            self.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
        assert_eq!(errors.len(), 1, "{self:?}");
        assert!(self.stderr.contains(cause), "{cause}: {self:?}");
        assert!(!self.stderr.contains("panicked"), "{self:?}");
        self
    }

    #[track_caller]
    pub(crate) fn hints(self, hint: &str) -> Self {
        let found = self.stderr.lines().any(|l| l.starts_with("hint: ") && l.contains(hint));
        assert!(found, "{hint}: {self:?}");
        self
    }
}

/// The root of the repository, where relative paths of the guide start.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}

impl Run {
    /// As [`Run::fails`], where results of statements before may stand on standard output.
    #[track_caller]
    pub(crate) fn fails_after_output(mut self, code: i32, cause: &str) -> Self {
        self.stdout.clear();
        self.fails(code, cause)
    }
}
