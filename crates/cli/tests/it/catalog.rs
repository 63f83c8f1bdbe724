//! Which warehouse a command works on.

use crate::process::Place;

const MAKE: &str = "CREATE TABLE t (a INT)";

#[test]
fn the_default_warehouse_is_made_when_something_is_put_in() {
    let place = Place::new();
    assert_eq!(place.csv("SELECT 1 AS x"), "x\n1\n");
    place.run(&["table", "list"]).ok();
    assert!(!place.path("warehouse").exists(), "looking must make nothing");
    place.run(&["sql", "-c", MAKE]).ok();
    assert!(place.path("warehouse/default.db/t/schema/schema-0").is_file());
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let place = Place::new();
    place.write("rimon.toml", "warehouse = 'by_file'\n[catalog]\nmetastore = 'filesystem'\n");
    let made = |dir: &str| place.path(dir).join("default.db/t").is_dir();

    place.run(&["--config", "rimon.toml", "sql", "-c", MAKE]).ok();
    assert!(made("by_file"));
    let mut command = place.command(&["sql", "--config", "rimon.toml", "-c", MAKE]);
    assert!(command.env("RIMON_WAREHOUSE", "by_environment").status().unwrap().success());
    assert!(made("by_environment"));
    let mut command =
        place.command(&["--warehouse", "first", "sql", "-c", MAKE, "--warehouse", "later"]);
    assert!(command.env("RIMON_WAREHOUSE", "never").status().unwrap().success());
    assert!(made("later") && !made("first") && !made("never"));
    place
        .run(&["--warehouse", "x", "--catalog-option", "warehouse=option", "sql", "-c", MAKE])
        .ok();
    assert!(made("option") && !made("x"));
}

#[test]
fn a_file_url_is_a_directory() {
    let place = Place::new();
    let url = format!("file://{}", place.path("lake").display());
    place.run(&["--warehouse", &url, "sql", "-c", MAKE]).ok();
    let run = place.run(&["--warehouse", "lake", "table", "list", "--format", "csv"]).ok();
    assert_eq!(run.stdout, "database,table\ndefault,t\n");
}

#[test]
fn a_warehouse_that_is_not_there_is_told() {
    let place = Place::new();
    place.write("file", "");
    place
        .run(&["--warehouse", "typo", "table", "list"])
        .fails(1, "no warehouse at typo")
        .hints("--warehouse");
    place.run(&["--warehouse", "no/where", "sql", "-c", MAKE]).fails(1, "no/where").hints("parent");
    place.run(&["--warehouse", "file", "sql", "-c", MAKE]).fails(1, "not a directory");
    place.run(&["--warehouse", "", "sql", "-c", MAKE]).fails(2, "--warehouse");
    place.run(&["--warehouse", "new", "sql", "-c", MAKE]).ok();
    place.run(&["--warehouse", "other", "sql", "-c", "SELECT * FROM t"]).fails(1, "t");
    assert!(!place.path("other").exists());
}

#[test]
fn unknown_settings_are_refused_by_name() {
    let place = Place::new();
    place.run(&["--catalog-option", "warehouze=x", "sql", "-c", MAKE]).fails(1, "warehouze");
    place.run(&["--catalog-option", "metastore=postgres", "sql", "-c", MAKE]).fails(1, "postgres");
    place.write("bad.toml", "ware = 'x'");
    place.run(&["--config", "bad.toml", "sql", "-c", MAKE]).fails(1, "unknown key `ware`");
    place.run(&["--config", "none.toml", "sql", "-c", MAKE]).fails(1, "none.toml");
    place.run(&["--warehouse", "gopher://x/y", "sql", "-c", MAKE]).fails(1, "gopher");
}

#[test]
fn names_may_have_a_catalog_a_database_or_neither() {
    let place = Place::new();
    place
        .run(&[
            "sql",
            "-c",
            "CREATE DATABASE db; CREATE TABLE db.t (a INT); CREATE TABLE t (a INT)",
        ])
        .ok();
    place.run(&["sql", "-c", "INSERT INTO paimon.db.t VALUES (1); INSERT INTO t VALUES (2)"]).ok();
    assert_eq!(place.csv("SELECT * FROM db.t"), "a\n1\n");
    assert_eq!(place.csv("SELECT * FROM paimon.\"default\".t"), "a\n2\n");
    assert_eq!(place.csv("SELECT x.a + y.a AS s FROM db.t AS x, t AS y"), "s\n3\n");
}

#[cfg(unix)]
#[test]
fn a_warehouse_that_cannot_be_written_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let lake = place.path("lake");
    std::fs::create_dir(&lake).unwrap();
    std::fs::set_permissions(&lake, std::fs::Permissions::from_mode(0o555)).unwrap();
    // Root may write everywhere.
    if std::fs::write(lake.join("probe"), "").is_err() {
        place.run(&["--warehouse", "lake", "sql", "-c", MAKE]).fails(1, "ermission denied");
    }
    std::fs::set_permissions(&lake, std::fs::Permissions::from_mode(0o755)).unwrap();
}
