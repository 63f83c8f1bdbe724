//! Where SQL comes from.

use crate::process::Place;

#[test]
fn commands_and_files_run_in_the_order_given() {
    let place = Place::new();
    place.write("one.sql", "\u{feff}-- heading\nSELECT 'f1' AS x;\n");
    place.write("two.sql", "SELECT 'f2' AS x");
    let args = [
        "sql",
        "-q",
        "--format",
        "ndjson",
        "-c",
        "SELECT 'c1' AS x;",
        "-f",
        "one.sql",
        "-c",
        "SELECT 'c2' AS x; SELECT 'c3' AS x",
        "-f",
        "two.sql",
    ];
    let values: Vec<_> = place
        .run(&args)
        .ok()
        .stdout
        .lines()
        .map(|line| line.replace("{\"x\":\"", "").replace("\"}", ""))
        .collect();
    assert_eq!(values, ["c1", "f1", "c2", "c3", "f2"]);
}

#[test]
fn standard_input_is_read_when_nothing_is_given() {
    let place = Place::new();
    let sql = "SELECT ';' AS a; -- done;\nSELECT 2 AS b";
    for args in
        [&["sql", "-q", "--format", "csv"][..], &["sql", "-q", "--format", "csv", "-f", "-"]]
    {
        assert_eq!(place.run_with(args, sql).ok().stdout, "a\n;\n\nb\n2\n");
    }
    let empty = place.run_with(&["sql"], " ;; -- nothing\n").ok();
    assert_eq!((empty.stdout.as_str(), empty.stderr.as_str()), ("", ""));
}

#[test]
fn comments_of_a_file_are_headings_of_its_results() {
    let place = Place::new();
    place.write("a.sql", "-- The answer\nSELECT 42 AS answer;");
    let run = place.run(&["sql", "-f", "a.sql"]).ok();
    assert!(run.stderr.contains("The answer\n"), "{run:?}");
    assert!(!run.stdout.contains("The answer"), "{run:?}");
    let quiet = place.run(&["sql", "-q", "-f", "a.sql"]).ok();
    assert_eq!(quiet.stderr, "");
    let csv = place.run(&["sql", "--format", "csv", "-f", "a.sql"]).ok();
    assert!(!csv.stderr.contains("The answer"), "{csv:?}");
}

#[test]
fn nothing_runs_when_a_text_is_not_sql() {
    let place = Place::new();
    place.write("bad.sql", "SELECT 1;\n\nSELEC 2;\n");
    let args = ["sql", "-c", "CREATE TABLE t (a INT)", "-f", "bad.sql"];
    place.run(&args).fails(1, "bad.sql:3: ");
    place.run(&["table", "describe", "t"]).fails(1, "t");
    place.write("open.sql", "SELECT 'never closed;\n");
    place.run(&["sql", "-f", "open.sql"]).fails(1, "open.sql: ");
    place.run(&["sql", "-f", "missing.sql"]).fails(1, "missing.sql: cannot read it");
}

#[test]
fn the_first_error_ends_the_command_and_tells_where() {
    let place = Place::new();
    place.write("a.sql", "CREATE TABLE t (a INT);\nINSERT INTO t VALUES (1);\nSELECT nope FROM t;\nINSERT INTO t VALUES (2);");
    place.run(&["sql", "-f", "a.sql"]).fails(1, "a.sql:3: ");
    assert_eq!(place.csv("SELECT * FROM t"), "a\n1\n");
}
