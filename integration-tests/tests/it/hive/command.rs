//! The `rimon` command over a metastore.

use rimon_integration_tests::command::rimon;
use rimon_integration_tests::metastore::{Metastore, Version};

#[test]
fn the_command_looks_after_a_metastore() {
    let Some(metastore) = Metastore::shared(Version::Hive4) else { return };
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let uri = format!("uri={}", metastore.uri());
        let out = rimon(folder.path())
            .args(["--catalog-option", "metastore=hive", "--catalog-option", &uri])
            .args(arguments)
            .output()
            .expect("rimon starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (out.status.code(), text(&out.stdout), text(&out.stderr))
    };
    let sql = |text: &str| run(&["sql", "--format", "csv", "-c", text]);
    let (code, _, errors) = sql(
        "CREATE DATABASE site; CREATE TABLE site.t (a INT, b STRING) COMMENT 'c'; INSERT INTO site.t VALUES (1, 'x'), (2, NULL)",
    );
    assert_eq!(code, Some(0), "{errors}");
    let (_, rows, errors) = sql("SELECT * FROM site.t ORDER BY a");
    assert_eq!(rows, "a,b\n1,x\n2,\n", "{errors}");
    let (_, shown, errors) = sql("SHOW TABLES IN site");
    assert!(shown.contains('t'), "{shown} {errors}");
    let (code, listed, errors) = run(&["catalog", "objects", "site", "--format", "csv"]);
    assert_eq!((code, listed.as_str()), (Some(0), "name,type\nt,PAIMON\n"), "{errors}");
    let (code, locks, errors) = run(&["catalog", "locks", "site.t", "--format", "csv"]);
    assert_eq!(code, Some(0), "{errors}");
    assert_eq!(locks, "lock,database,table,state,holder,agent,last_heartbeat\n");
    let (code, _, errors) = run(&["catalog", "break-lock", "99999"]);
    assert_eq!(code, Some(1), "{errors}");
    assert!(errors.contains("there is no lock 99999"), "{errors}");
    let (code, _, errors) = run(&["catalog", "repair", "site"]);
    assert_eq!(code, Some(0), "{errors}");
    assert!(errors.contains("1 tables"), "{errors}");
    let (code, _, errors) = sql("CREATE TABLE site.\"Upper\" (a INT)");
    assert_eq!(code, Some(1));
    assert!(errors.contains("'upper'"), "{errors}");
    let (code, _, errors) = sql("DROP DATABASE site CASCADE");
    assert_eq!(code, Some(0), "{errors}");
}
