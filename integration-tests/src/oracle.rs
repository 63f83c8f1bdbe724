//! Java Paimon as a child process that answers JSON lines (`engines/java/README.md`).

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock};

use serde_json::{Value, json};

/// The oracle's process; one for all tests of a test binary.
#[derive(Debug)]
pub struct Oracle {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// What Java says when it refuses.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The messages of the exception and its causes.
    pub error: String,
    /// Class of the exception.
    pub exception: String,
}

impl Oracle {
    /// The shared oracle. `None` when Java or Maven is missing, so that the test has to be skipped; with `CI=true` that
    /// is a failure.
    ///
    /// # Panics
    /// When the oracle cannot be built or started, or is missing although `CI=true`.
    pub fn shared() -> Option<Shared> {
        static ORACLE: OnceLock<Option<Mutex<Oracle>>> = OnceLock::new();
        let oracle = ORACLE.get_or_init(|| match jar() {
            Ok(folder) => Some(Mutex::new(Self::start(&folder, ""))),
            Err(why) if std::env::var("CI").is_ok_and(|v| v == "true") => panic!("{why}"),
            Err(why) => {
                eprintln!("skipped: tests against Java Paimon, because {why}");
                None
            }
        });
        // a test that fails while it holds the oracle leaves it usable: every request is answered by one line
        oracle.as_ref().map(|o| o.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }

    /// An oracle of one's own with more classes, such as [`crate::metastore::java_classes`].
    ///
    /// # Panics
    /// As [`Oracle::shared`].
    pub fn with_classes(classes: &str) -> Option<Self> {
        jar().ok().map(|folder| Self::start(&folder, classes))
    }

    /// A build of newer sources of Paimon than any release, where `RIMON_NEWER_JAVA` names the folder of its `oracle.sh`
    /// (`engines/java/newer/make.sh` makes one).
    pub fn newer() -> Option<Self> {
        let folder = std::env::var_os("RIMON_NEWER_JAVA")?;
        Some(Self::start(Path::new(&folder), ""))
    }

    fn start(folder: &Path, classes: &str) -> Self {
        let mut child = Command::new(folder.join("oracle.sh"))
            .arg("serve")
            .env("ORACLE_CP", classes)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the oracle starts");
        let input = child.stdin.take().expect("its stdin");
        let output = BufReader::new(child.stdout.take().expect("its stdout"));
        Self { child, input, output }
    }

    /// Sends one command to a table: `arguments` are the keys of the README, without warehouse and table.
    ///
    /// # Errors
    /// [`Refused`] when Java throws.
    ///
    /// # Panics
    /// When the process does not answer.
    pub fn ask(
        &mut self,
        warehouse: &Path,
        table: &str,
        command: &str,
        arguments: Value,
    ) -> Result<Value, Refused> {
        let mut request = json!({"cmd": command, "warehouse": warehouse, "table": table});
        if let (Some(all), Value::Object(more)) = (request.as_object_mut(), arguments) {
            all.extend(more);
        }
        writeln!(self.input, "{request}").and_then(|()| self.input.flush()).expect("it listens");
        let mut line = String::new();
        self.output.read_line(&mut line).expect("it answers");
        let mut reply: Value = serde_json::from_str(&line)
            .unwrap_or_else(|e| panic!("the oracle answered {line:?} to {request}: {e}"));
        if reply["ok"] == Value::Bool(true) {
            let field = if reply.get("rows").is_some() { "rows" } else { "result" };
            return Ok(reply[field].take());
        }
        let text = |key: &str| reply[key].as_str().unwrap_or_default().to_owned();
        Err(Refused { error: text("error"), exception: text("exception") })
    }

    /// The rows that Java reads, as sorted lines.
    ///
    /// # Panics
    /// When Java refuses to read.
    pub fn read(&mut self, warehouse: &Path, table: &str, arguments: Value) -> Vec<String> {
        let rows = self
            .ask(warehouse, table, "read", arguments)
            .unwrap_or_else(|e| panic!("Java reads {table}: {} ({})", e.error, e.exception));
        sorted_lines(&rows)
    }

    /// Sends a command that must succeed.
    ///
    /// # Panics
    /// When Java refuses.
    pub fn run(&mut self, warehouse: &Path, table: &str, command: &str, arguments: Value) -> Value {
        self.ask(warehouse, table, command, arguments)
            .unwrap_or_else(|e| panic!("Java runs {command}: {} ({})", e.error, e.exception))
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // it may be gone already
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The oracle while one test uses it.
pub type Shared = MutexGuard<'static, Oracle>;

/// The rows of an answer as lines, sorted by bytes.
///
/// # Panics
/// When the answer is no array.
pub fn sorted_lines(rows: &Value) -> Vec<String> {
    let rows = rows.as_array().expect("rows");
    let mut lines: Vec<String> = rows.iter().map(Value::to_string).collect();
    lines.sort();
    lines
}

/// The folder of the built oracle; builds it when that was not done.
fn jar() -> Result<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("engines/java");
    for tool in ["java", "mvn"] {
        let found = Command::new(tool)
            .arg("-version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|s| s.success());
        if !found && (tool == "java" || !folder.join("target/oracle.jar").exists()) {
            return Err(format!("{tool} is not installed"));
        }
    }
    let script = root.join("../scripts/engines.sh");
    let built = Command::new(&script).stdout(Stdio::null()).status();
    match built {
        Ok(status) if status.success() => Ok(folder),
        Ok(status) => panic!("{} failed: {status}", script.display()),
        Err(e) => panic!("{}: {e}", script.display()),
    }
}
