//! Tables that Java Paimon wrote, unpacked into a temporary folder (`fixtures/README.md`).

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use serde_json::Value;
use tempfile::TempDir;

/// What Java 1.4.2 gave and 2.0 gives otherwise: fixture, text of a row, the text it is today.
///
/// `listagg` leaves blank texts out since 2.0 (FieldListaggAgg.java).
const CHANGED: [(&str, &str, &str); 1] = [("pk_aggregation_all", "\"la\":\"\"", "\"la\":null")];

/// The version of sources that no release has been made of (`engines/java/newer`): the oracle cannot read its tables.
const UNRELEASED: &str = "2.1";

/// One packed table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fixture {
    /// Its name, unique among all.
    pub name: String,
    /// The version of Paimon that wrote it, such as `1.4.2`.
    pub release: String,
    archive: PathBuf,
}

/// An unpacked fixture; the folder goes when this is dropped.
#[derive(Debug)]
pub struct Unpacked {
    name: String,
    folder: TempDir,
    spec: Value,
}

/// One read whose rows Java gave.
#[derive(Debug, Clone)]
pub struct Read {
    /// Such as `latest`, `snapshot 3`, `tag eod`.
    pub name: String,
    /// The oracle's arguments; `cmd` and `table` among them.
    pub arguments: Value,
    /// The lines Java gave: sorted by bytes, except those of a changelog.
    pub expected: Vec<String>,
}

impl Fixture {
    /// All fixtures, by name.
    ///
    /// # Panics
    /// When the folder cannot be read.
    pub fn all() -> Vec<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
        let mut all = Vec::new();
        for release in folder(&root).into_iter().filter(|p| p.is_dir()) {
            for archive in folder(&release) {
                let name = file_name(&archive);
                if let Some(name) = name.strip_suffix(".tar.gz") {
                    let release = file_name(&release);
                    all.push(Self { name: name.to_owned(), release, archive: archive.clone() });
                }
            }
        }
        all.sort();
        all
    }

    /// Whether only [`crate::oracle::Oracle::newer`] can read it.
    pub fn is_unreleased(&self) -> bool {
        self.release == UNRELEASED
    }

    /// The fixture of a name.
    ///
    /// # Panics
    /// When there is none.
    pub fn named(name: &str) -> Self {
        Self::all()
            .into_iter()
            .find(|f| f.name == name)
            .unwrap_or_else(|| panic!("no fixture is named {name}"))
    }

    /// Unpacks it.
    ///
    /// # Panics
    /// When the archive is damaged.
    pub fn unpack(&self) -> Unpacked {
        let folder = TempDir::new().expect("a temporary folder");
        let file = File::open(&self.archive).expect("the archive");
        tar::Archive::new(GzDecoder::new(file)).unpack(folder.path()).expect("a whole archive");
        let spec = fs::read(folder.path().join("spec.json")).expect("spec.json");
        let spec = serde_json::from_slice(&spec).expect("spec.json is JSON");
        Unpacked { name: self.name.clone(), folder, spec }
    }
}

impl Unpacked {
    /// The folder with everything.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The warehouse; its table is `db.t`.
    pub fn warehouse(&self) -> PathBuf {
        self.folder.path().join("warehouse")
    }

    /// The table's directory.
    pub fn table(&self) -> PathBuf {
        self.warehouse().join("db.db/t")
    }

    /// All reads that Java did.
    ///
    /// # Panics
    /// When an expected file is missing.
    pub fn reads(&self) -> Vec<Read> {
        let reads = self.spec["reads"].as_array().expect("reads");
        reads.iter().map(|r| self.read(r)).collect()
    }

    fn read(&self, read: &Value) -> Read {
        let file = read["file"].as_str().expect("a file");
        let text = fs::read_to_string(self.folder.path().join(file)).expect("expected rows");
        let here = self.warehouse().display().to_string();
        Read {
            name: read["name"].as_str().expect("a name").to_owned(),
            arguments: read["args"].clone(),
            expected: text.lines().map(|l| self.today(&l.replace("{warehouse}", &here))).collect(),
        }
    }
}

impl Unpacked {
    /// A row that Java 1.4.2 gave as later releases give it.
    #[must_use]
    pub fn today(&self, line: &str) -> String {
        let changed = CHANGED.iter().filter(|(fixture, ..)| *fixture == self.name);
        changed.fold(line.to_owned(), |line, (_, from, to)| line.replace(from, to))
    }
}

fn folder(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut entries: Vec<_> = entries.map(|e| e.expect("an entry").path()).collect();
    entries.sort();
    entries
}

fn file_name(path: &Path) -> String {
    path.file_name().expect("a name").to_string_lossy().into_owned()
}
