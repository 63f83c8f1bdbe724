//! The first thing a newcomer runs: `docs/guide/quickstart.sql` through the command.

use std::path::Path;
use std::process::Command;

use rimon_integration_tests::command::binary;
use tempfile::TempDir;

#[test]
fn the_quickstart_runs() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide/quickstart.sql");
    let root = script.parent().and_then(Path::parent).and_then(Path::parent).expect("the root");
    let folder = TempDir::new().expect("a folder");
    let out = Command::new(binary())
        .env_remove("RIMON_WAREHOUSE")
        .current_dir(root)
        .arg("--warehouse")
        .arg(folder.path())
        .args(["sql", "-f", "docs/guide/quickstart.sql"])
        .output()
        .expect("rimon starts");
    let errors = String::from_utf8_lossy(&out.stderr);
    let results = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success(), "{results}\n{errors}");
    assert!(!results.is_empty() && !errors.contains("error:"), "{results}\n{errors}");
}
