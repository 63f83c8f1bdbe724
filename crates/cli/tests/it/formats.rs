//! `--format`, and what goes where.

use std::io::Read;
use std::process::Stdio;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use arrow::ipc::reader::StreamReader;

use crate::process::Place;

const TWO: &str = "SELECT 1 AS id, 'a,b' AS name UNION ALL SELECT 2, NULL ORDER BY id";

fn format(format: &str, sql: &str) -> String {
    Place::new().run(&["sql", "-q", "--format", format, "-c", sql]).ok().stdout
}

#[test]
fn text_formats() {
    let table = "+----+------+\n| id | name |\n+----+------+\n|  1 | a,b  |\n|  2 | NULL |\n+----+------+\n";
    assert_eq!(format("table", TWO), table);
    assert_eq!(format("csv", TWO), "id,name\n1,\"a,b\"\n2,\n");
    assert_eq!(format("tsv", TWO), "id\tname\n1\ta,b\n2\t\n");
    assert_eq!(format("json", TWO), "[{\"id\":1,\"name\":\"a,b\"},{\"id\":2,\"name\":null}]\n");
    assert_eq!(format("ndjson", TWO), "{\"id\":1,\"name\":\"a,b\"}\n{\"id\":2,\"name\":null}\n");
}

#[test]
fn table_is_the_default() {
    let run = Place::new().run(&["sql", "-c", "SELECT 1 AS x"]).ok();
    assert!(run.stdout.starts_with("+---+\n| x |"), "{run:?}");
}

#[test]
fn arrow_is_a_stream_of_the_last_result() {
    let place = Place::new();
    let sql = "SELECT 'dropped' AS a; CREATE TABLE t (a BIGINT); INSERT INTO t VALUES (1), (2); \
               SELECT a FROM t ORDER BY a; INSERT INTO t VALUES (3)";
    let output = place.command(&["sql", "--format", "arrow", "-c", sql]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let mut reader = StreamReader::try_new(output.stdout.as_slice(), None).unwrap();
    assert_eq!(reader.schema().field(0).name(), "a");
    let values: Vec<i64> = reader
        .by_ref()
        .flat_map(|batch| {
            let batch = batch.unwrap();
            batch.column(0).as_primitive::<Int64Type>().values().to_vec()
        })
        .collect();
    assert_eq!(values, [1, 2]);
    assert_eq!(place.csv("SELECT count(*) AS n FROM t"), "n\n3\n");
}

#[test]
fn counts_and_timings_go_to_standard_error_unless_quiet() {
    let place = Place::new();
    let sql = "CREATE TABLE t (a INT); INSERT INTO t VALUES (1), (2), (3); SELECT * FROM t";
    let run = place.run(&["sql", "--format", "csv", "-c", sql]).ok();
    assert_eq!(run.stdout.lines().count(), 4, "{run:?}");
    assert!(run.stderr.contains("3 rows changed ("), "{run:?}");
    assert!(run.stderr.contains("3 rows ("), "{run:?}");
    let quiet = place.run(&["sql", "-q", "--format", "csv", "-c", "INSERT INTO t VALUES (1)"]).ok();
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
}

#[test]
fn a_reader_that_goes_away_ends_the_command_quietly() {
    let place = Place::new();
    let sql =
        "SELECT a.value, b.value FROM generate_series(1, 3000) AS a, generate_series(1, 3000) AS b";
    for format in ["csv", "table", "ndjson", "json", "arrow"] {
        let mut child = place
            .command(&["sql", "--format", format, "-c", sql])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let mut some = [0; 100];
        stdout.read_exact(&mut some).unwrap();
        drop(stdout);
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""), "{format}");
    }
}

#[test]
fn statements_left_over_are_not_dropped_silently() {
    let place = Place::new();
    let sql = "SELECT a.value FROM generate_series(1, 3000) AS a, generate_series(1, 3000) AS b; \
               CREATE TABLE t (a INT)";
    let mut child = place
        .command(&["sql", "--format", "csv", "-c", sql])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1), "{stderr}");
    assert!(
        stderr.contains("1 statements were not run") || stderr.contains("1 statement was not run")
    );
}
