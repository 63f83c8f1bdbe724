//! The harness itself: its rows are Java's rows, and its fixtures are what Java still reads.

use std::sync::Arc;

use arrow::datatypes::Schema;
use rimon_format::arrow_schema::to_arrow_schema;
use rimon_integration_tests::fixture::Fixture;
use rimon_integration_tests::oracle::{Oracle, sorted_lines};
use rimon_integration_tests::row::{Rows, lines};
use rimon_spec::TableSchema;
use serde_json::Value;

/// Rows of Java go into Arrow and come out as the same bytes.
#[test]
fn rows_go_both_ways() {
    let mut tables = 0;
    for name in ["append_scalars_parquet", "append_nested_parquet", "append_multiset"] {
        let unpacked = Fixture::named(name).unpack();
        let schema = std::fs::read(unpacked.table().join("schema/schema-0")).expect("schema-0");
        let schema = TableSchema::from_json(&schema).expect("a schema");
        let arrow: Arc<Schema> = to_arrow_schema(&schema.fields).expect("Arrow types");
        for read in unpacked.reads() {
            let rows: Vec<Value> = read
                .expected
                .iter()
                .map(|l| serde_json::from_str(l).expect("a row"))
                .filter(|row: &Value| !beyond_nanoseconds(row))
                .collect();
            let again = lines(&Rows::from_json(&rows, &arrow).batch, &schema.fields);
            let rows: Vec<String> = rows.iter().map(Value::to_string).collect();
            assert_eq!(again, rows, "{name}, {}", read.name);
            tables += 1;
        }
    }
    assert!(tables > 0);
}

/// Timestamps of nine digits outside 1677..2262 have no place in 64 bits of nanoseconds.
fn beyond_nanoseconds(row: &Value) -> bool {
    let years =
        ["c_ts9"].iter().filter_map(|c| row.get(c)?.as_str()?.get(..4)?.parse::<i32>().ok());
    years.into_iter().any(|y| !(1678..2262).contains(&y))
}

/// Every expected file is what the oracle reads from the unpacked table, at another path. Tables of sources that are not
/// released are left to an oracle of these, where there is one.
#[test]
fn fixtures_are_what_java_reads() {
    let Some(mut oracle) = Oracle::shared() else { return };
    let mut newer = Oracle::newer();
    let mut wrong = Vec::new();
    for fixture in Fixture::all() {
        if !fixture.is_unreleased() {
            wrong.extend(reads_that_differ(&fixture, &mut oracle));
        } else if let Some(newer) = &mut newer {
            wrong.extend(reads_that_differ(&fixture, newer));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn reads_that_differ(fixture: &Fixture, oracle: &mut Oracle) -> Vec<String> {
    let unpacked = fixture.unpack();
    let mut wrong = Vec::new();
    for read in unpacked.reads() {
        if read.arguments["table"] == "db.t$branches" {
            continue; // it shows the time of a folder, which an archive does not keep
        }
        let command = read.arguments["cmd"].as_str().expect("a command").to_owned();
        let table = read.arguments["table"].as_str().expect("a table").to_owned();
        let reply = oracle.ask(&unpacked.warehouse(), &table, &command, read.arguments.clone());
        let same = match &reply {
            Ok(rows) if command == "changelog" => {
                let rows = rows.as_array().expect("rows").iter();
                rows.map(Value::to_string).eq(read.expected.clone())
            }
            Ok(rows) => {
                let rows: Vec<_> = sorted_lines(rows).iter().map(|r| unpacked.today(r)).collect();
                sorted(&rows) == sorted(&read.expected)
            }
            Err(_) => false,
        };
        if !same {
            wrong.push(format!("{}, {}: {:?}", fixture.name, read.name, reply.err()));
        }
    }
    wrong
}

/// The order of an expected file is that of bytes before `{warehouse}` is filled in.
fn sorted(lines: &[String]) -> Vec<String> {
    let mut lines = lines.to_vec();
    lines.sort();
    lines
}
