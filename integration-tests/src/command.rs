//! The `rimon` command as a process.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The built `rimon` binary: `RIMON_BIN`, else the one in the target folder that this test was built into, which is
/// built first when it is missing.
///
/// # Panics
/// When there is none and it cannot be built.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(path) = std::env::var_os("RIMON_BIN") {
            let path = PathBuf::from(path);
            assert!(path.is_file(), "RIMON_BIN={} is no file", path.display());
            return path;
        }
        let test = std::env::current_exe().expect("the path of this test");
        let profile = test.parent().and_then(Path::parent).expect("the target folder");
        let path = profile.join(format!("rimon{}", std::env::consts::EXE_SUFFIX));
        if !path.is_file() {
            build(profile);
        }
        assert!(
            path.is_file(),
            "{} is missing; `cargo build --workspace` makes it",
            path.display()
        );
        path
    })
}

fn build(profile: &Path) {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(env!("CARGO_MANIFEST_DIR")).args(["build", "--workspace", "--bin", "rimon"]);
    cargo.arg("--target-dir").arg(profile.parent().expect("the target folder"));
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    let status = cargo.status().expect("cargo runs");
    assert!(status.success(), "cargo build --bin rimon: {status}");
}

/// The command over a warehouse, with nothing taken from the environment of the test.
pub fn rimon(warehouse: &Path) -> Command {
    let mut command = Command::new(binary());
    command.env_remove("RIMON_WAREHOUSE").arg("--warehouse").arg(warehouse);
    command
}

/// Runs one SQL text and gives what came out.
///
/// # Panics
/// When the process cannot be started.
pub fn sql(warehouse: &Path, format: &str, text: &str) -> Output {
    rimon(warehouse).args(["sql", "--format", format, "-c", text]).output().expect("rimon starts")
}

/// Runs one SQL text that must succeed; its stdout.
///
/// # Panics
/// When it fails.
pub fn sql_ok(warehouse: &Path, format: &str, text: &str) -> String {
    let out = sql(warehouse, format, text);
    let errors = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{text}\n{}\n{errors}", out.status);
    String::from_utf8(out.stdout).expect("text")
}
