//! Storage that is full or read-only: a small file system in a mount namespace of its own.

use std::fs;
use std::process::{Command, Output};

use rimon_integration_tests::command::binary;
use tempfile::TempDir;

/// Runs a shell script as root of a namespace in which `$WAREHOUSE` is a file system of `size`, and `$RIMON` the command.
/// `None` where the kernel does not let us, which is a failure with `CI=true`.
fn on_small_disk(size: &str, script: &str) -> Option<Output> {
    let mount = TempDir::new().expect("a folder");
    let setup = format!("mount -t tmpfs -o size={size} tmpfs \"$WAREHOUSE\" || exit 77\n{script}");
    let out = Command::new("unshare")
        .args(["--mount", "--map-root-user", "sh", "-c", &setup])
        .env("WAREHOUSE", mount.path())
        .env("RIMON", binary())
        .output();
    match out {
        Ok(out) if out.status.code() != Some(77) && !refused(&out) => Some(out),
        other => {
            let why = format!("no file system can be mounted here: {other:?}");
            assert!(std::env::var("CI").map_or(true, |v| v != "true"), "{why}");
            eprintln!("skipped: full and read-only disk ({why})");
            None
        }
    }
}

fn refused(out: &Output) -> bool {
    String::from_utf8_lossy(&out.stderr).starts_with("unshare: ")
}

/// The script stops at the first command that fails and prints what is left to compare.
const TABLE: &str = "set -e
sql() { \"$RIMON\" --warehouse \"$WAREHOUSE\" sql --format csv \"$@\"; }
sql -q -c \"CREATE TABLE t (id BIGINT, v STRING)\" -c \"INSERT INTO t VALUES (1, 'a'), (2, 'b')\" >/dev/null
";

#[test]
fn a_full_disk_fails_the_write_and_keeps_the_table() {
    // hex digits of hashes compress to half their size, to more than the disk has
    let script = format!(
        "{TABLE}
        before=$(find \"$WAREHOUSE\" -type f | sort)
        if sql -c \"INSERT INTO t SELECT value, md5(CAST(value AS VARCHAR)) || md5(CAST(-value AS VARCHAR))
            FROM generate_series(1, 200000)\"; then
          echo written; exit 1
        fi
        echo refused
        sql -c 'SELECT count(*) AS n FROM t'
        test \"$(ls \"$WAREHOUSE\"/default.db/t/snapshot | grep -c snapshot-)\" = 1 && echo one snapshot
        test \"$before\" = \"$(find \"$WAREHOUSE\" -type f | sort)\" && echo no file left behind
        sql -c \"INSERT INTO t VALUES (3, 'c')\" >/dev/null
        sql -c 'SELECT count(*) AS n FROM t'"
    );
    let Some(out) = on_small_disk("2m", &script) else { return };
    let errors = String::from_utf8_lossy(&out.stderr);
    let results = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success(), "{results}\n{errors}");
    assert_eq!(results, "refused\nn\n2\none snapshot\nno file left behind\nn\n3\n", "{errors}");
    assert!(errors.to_lowercase().contains("space"), "the cause is named in\n{errors}");
    assert!(!errors.contains("panicked"), "{errors}");
}

#[test]
fn a_read_only_warehouse_can_be_read() {
    let script = format!(
        "{TABLE}
        mount -o remount,ro \"$WAREHOUSE\" || exit 77
        sql -c 'SELECT count(*) AS n FROM t'
        if sql -c \"INSERT INTO t VALUES (3, 'c')\"; then echo written; exit 1; fi
        if sql -c \"CREATE TABLE u (id INT)\"; then echo created; exit 1; fi
        sql -c 'SELECT count(*) AS n FROM t'"
    );
    let Some(out) = on_small_disk("8m", &script) else { return };
    let errors = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{errors}");
    assert_eq!(String::from_utf8_lossy(&out.stdout), "n\n2\nn\n2\n", "{errors}");
    assert!(errors.to_lowercase().contains("read-only"), "the cause is named in\n{errors}");
}

/// The same through permissions, for users other than root, whom they do not stop.
#[test]
fn a_warehouse_without_permission_is_refused() {
    let folder = TempDir::new().expect("a folder");
    let mut permissions = fs::metadata(folder.path()).expect("a folder").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(folder.path(), permissions).expect("read-only");
    if fs::write(folder.path().join("probe"), "").is_ok() {
        return; // root writes everywhere; the read-only file system above covers it
    }
    let out = Command::new(binary())
        .arg("--warehouse")
        .arg(folder.path())
        .args(["sql", "-c", "CREATE TABLE t (id INT)"])
        .output()
        .expect("rimon starts");
    assert_eq!(out.status.code(), Some(1), "{}", String::from_utf8_lossy(&out.stderr));
}
