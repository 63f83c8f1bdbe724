//! Real Hive metastores as child processes (`engines/metastore/README.md`).

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// Which Hive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 3.1.3
    Hive3,
    /// 4.0.1
    Hive4,
}

impl Version {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Hive3, Self::Hive4];

    fn number(self) -> &'static str {
        match self {
            Self::Hive3 => "3",
            Self::Hive4 => "4",
        }
    }
}

/// A running metastore with nothing in it but the database `default`. It is gone when this is dropped.
#[derive(Debug)]
pub struct Metastore {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Metastore {
    /// The metastore that all tests of a binary share: give each its own database. `None` when it cannot be built, so
    /// that the test has to be skipped; with `CI=true` that is a failure.
    ///
    /// # Panics
    /// When it does not start, or cannot be built although `CI=true`.
    pub fn shared(version: Version) -> Option<&'static Self> {
        static SHARED: [OnceLock<Option<Metastore>>; 2] = [OnceLock::new(), OnceLock::new()];
        let at = usize::from(version == Version::Hive4);
        SHARED[at].get_or_init(|| Self::start(version, &[])).as_ref()
    }

    /// A metastore of one's own, with settings such as `metastore.txn.timeout=5s`.
    ///
    /// # Panics
    /// As [`Metastore::shared`].
    pub fn start(version: Version, settings: &[&str]) -> Option<Self> {
        Self::start_at(version, 0, settings)
    }

    /// The same on a given port.
    ///
    /// # Panics
    /// As [`Metastore::shared`].
    pub fn start_at(version: Version, port: u16, settings: &[&str]) -> Option<Self> {
        Self::launch(version, port, "", settings)
    }

    /// A metastore 3.1.3 of one's own that also has Hive's classes, which is what filters by partition need.
    ///
    /// # Panics
    /// As [`Metastore::shared`].
    pub fn with_hive() -> Option<Self> {
        if !built("hive") {
            return None;
        }
        let folder = engines().join("hive/target");
        let jars = std::fs::read_to_string(folder.join("classpath")).expect("the class path");
        let hive = jars.trim().split(':').find(|jar| jar.contains("/hive-exec-"));
        let classes = format!("{}:{}", folder.join("classes").display(), hive.expect("hive-exec"));
        let proxy = "org.apache.hadoop.hive.ql.optimizer.ppr.PartitionExpressionForMetastore";
        let setting = format!("metastore.expression.proxy={proxy}");
        Self::launch(Version::Hive3, 0, &classes, &[&setting])
    }

    fn launch(version: Version, port: u16, classes: &str, settings: &[&str]) -> Option<Self> {
        if !built(&format!("metastore-{}", version.number())) {
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let mut child = Command::new(engines().join("metastore/start.sh"))
            .arg(version.number())
            .arg(folder.path())
            .arg(port.to_string())
            .args(settings)
            .env("METASTORE_CP", classes)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Every refusal is a stack trace there.
            .stderr(std::fs::File::create(folder.path().join("log")).expect("a log file"))
            .spawn()
            .expect("the metastore starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let port = loop {
            let line = lines.next().expect("it says that it is ready").expect("as text");
            if let Some(port) = line.strip_prefix("READY ") {
                break port.trim().parse().expect("a port");
            }
        };
        // Whatever else it prints must not fill a pipe that nobody reads.
        std::thread::spawn(move || for _ in lines.map_while(Result::ok) {});
        Some(Self { child, port, folder })
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// `thrift://127.0.0.1:<port>`
    pub fn uri(&self) -> String {
        format!("thrift://127.0.0.1:{}", self.port)
    }

    /// A folder that it may use and that is gone with it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Metastore {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The class path of Java's Hive catalog, for [`crate::oracle::Oracle::with_classes`]. `None` when it cannot be had.
///
/// # Panics
/// As [`Metastore::shared`].
pub fn java_classes() -> Option<String> {
    if !built("hive-client") {
        return None;
    }
    let file = engines().join("hive-client/target/classpath");
    Some(std::fs::read_to_string(file).expect("the class path").trim().to_owned())
}

/// The folder of the engines.
pub(crate) fn engines() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("engines")
}

/// Builds an engine, unless that was done. `false` when it cannot be; with `CI=true` that is a failure.
pub(crate) fn built(engine: &str) -> bool {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/engines.sh");
    let done = Command::new(&script).arg(engine).stdout(Stdio::null()).output();
    let why = match done {
        Ok(done) if done.status.success() => return true,
        Ok(done) => String::from_utf8_lossy(&done.stderr).trim().to_owned(),
        Err(e) => e.to_string(),
    };
    let needed = std::env::var("CI").is_ok_and(|v| v == "true");
    assert!(!needed, "the engine {engine} cannot be built: {why}");
    eprintln!("skipped: tests against Hive, because {engine} cannot be built: {why}");
    false
}
