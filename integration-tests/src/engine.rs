//! Hive, Spark and Flink as child processes that run SQL against a metastore (`engines/sql/README.md`).

use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

use crate::metastore::{Metastore, built, engines};

/// Which engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Hive 3.1.3 with the storage handler of Paimon 1.2.
    Hive,
    /// Spark 3.5 with Paimon 0.9.
    Spark,
    /// Flink 2.0 with Paimon 1.4.2.
    Flink,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Hive => "hive",
            Self::Spark => "spark",
            Self::Flink => "flink",
        }
    }

    /// Whether the engine can be had: it is built when that was not done.
    ///
    /// # Panics
    /// When it cannot be built although `CI=true`.
    pub fn available(self) -> bool {
        built(self.name())
    }
}

/// How long an answer is waited for: an engine whose thread died would never answer.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running engine. It ends when this is dropped.
pub struct Engine {
    kind: Kind,
    child: Child,
    input: ChildStdin,
    output: Receiver<String>,
    folder: tempfile::TempDir,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Engine").field(&self.kind).finish_non_exhaustive()
    }
}

impl Engine {
    /// Starts an engine that is [`Kind::available`] over a metastore; Spark has it as the catalog `paimon`, whose new
    /// databases are below `warehouse`.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start(kind: Kind, metastore: &Metastore, warehouse: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(engines().join("sql/run.sh"));
        command.arg(kind.name()).arg(folder.path()).arg(metastore.uri());
        if kind == Kind::Spark {
            command.arg(format!("spark.sql.catalog.paimon.warehouse={}", warehouse.display()));
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(folder.path().join("log")).expect("a log file"))
            .spawn()
            .expect("the engine starts");
        let input = child.stdin.take().expect("its stdin");
        let lines = BufReader::new(child.stdout.take().expect("its stdout")).lines();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            lines.map_while(Result::ok).map(|line| sender.send(line)).all(|sent| sent.is_ok())
        });
        let mut engine = Self { kind, child, input, output, folder };
        let ready = engine.line("its start");
        assert_eq!(ready, "READY", "{kind:?} does not start: {}", engine.log());
        engine
    }

    /// Runs a statement; its rows with `|` between columns and `NULL`, in the order in which they come.
    ///
    /// # Errors
    /// The messages of the exception and its causes.
    ///
    /// # Panics
    /// When the process does not answer.
    pub fn ask(&mut self, statement: &str) -> Result<Vec<String>, String> {
        let line = statement.split('\n').map(str::trim).collect::<Vec<_>>().join(" ");
        writeln!(self.input, "{line}").and_then(|()| self.input.flush()).expect("it listens");
        let reply = self.line(&line);
        let reply: Value = serde_json::from_str(&reply).unwrap_or_else(|e| {
            panic!("{:?} answered {reply:?} to {line}: {e}\n{}", self.kind, self.log())
        });
        match reply["rows"].as_array() {
            Some(rows) => {
                Ok(rows.iter().map(|r| r.as_str().unwrap_or_default().to_owned()).collect())
            }
            None => Err(reply["error"].as_str().unwrap_or_default().to_owned()),
        }
    }

    /// Runs a statement that must succeed; its rows, sorted.
    ///
    /// # Panics
    /// When it fails.
    pub fn run(&mut self, statement: &str) -> Vec<String> {
        let mut rows = self
            .ask(statement)
            .unwrap_or_else(|e| panic!("{:?} runs {statement}: {e}\n{}", self.kind, self.log()));
        rows.sort();
        rows
    }

    fn line(&mut self, after: &str) -> String {
        self.output.recv_timeout(PATIENCE).unwrap_or_else(|e| {
            // What comes later must not be taken for the answer to something else.
            let _ = self.child.kill();
            panic!("{:?} does not answer to {after}: {e}\n{}", self.kind, self.log())
        })
    }

    /// The end of what it printed.
    fn log(&self) -> String {
        let log = std::fs::read(self.folder.path().join("log")).unwrap_or_default();
        let from = log.len().saturating_sub(4000);
        String::from_utf8_lossy(&log[from..]).into_owned()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
