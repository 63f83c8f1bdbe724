//! What Java leaves out of a plan is left out here, too.

use std::collections::BTreeSet;
use std::path::Path;

use rimon_integration_tests::fixture::{Fixture, Unpacked};
use rimon_integration_tests::oracle::Oracle;
use rimon_integration_tests::random::Random;
use rimon_spec::{DataField, DataType, Predicate, Test, TypeKind, Value};
use serde_json::{Value as Json, json};

use crate::interop_filter::literal;
use crate::tables::{open, runtime};

/// Conditions for each table.
const QUESTIONS: usize = 8;

/// A condition for both, or several that have to hold together.
#[derive(Clone)]
struct Condition {
    ours: Predicate,
    java: Json,
}

/// Data files that Java plans to read: those of its splits.
fn java_files(oracle: &mut Oracle, unpacked: &Unpacked, filter: &Json) -> Option<BTreeSet<String>> {
    let arguments = json!({ "filter": filter });
    let splits = oracle.ask(&unpacked.warehouse(), "db.t", "splits", arguments).ok()?;
    let mut names = BTreeSet::new();
    for split in splits.as_array()? {
        for file in split["files"].as_array()? {
            names.insert(file.as_str()?.to_owned());
        }
    }
    Some(names)
}

fn our_files(directory: &Path, predicate: Predicate) -> rimon_spec::Result<BTreeSet<String>> {
    runtime().block_on(async {
        let plan = open(directory).await?.scan().filter(predicate).plan().await?;
        let files = plan.splits.iter().flat_map(|split| &split.files);
        Ok(files.map(|file| file.file_name.clone()).collect())
    })
}

/// A test of a column with a value of a row, as both say it.
fn condition(field: &DataField, row: &Json, random: &mut Random) -> Option<Condition> {
    let cell = &row[field.name.as_str()];
    let of = |test: Test, operator: &str, value: Option<&Json>| {
        let mut java = vec![json!(field.name), json!(operator)];
        java.extend(value.cloned());
        Some(Condition { ours: Predicate::leaf(&field.name, test), java: json!([java]) })
    };
    if random.one_in(8) {
        return match random.one_in(2) {
            true => of(Test::IsNull, "is-null", None),
            false => of(Test::IsNotNull, "is-not-null", None),
        };
    }
    let (cell, value) = near(cell, &field.data_type, random)?;
    let kinds: [(Compare, &str); 6] = [
        (Test::Eq, "="),
        (Test::Eq, "="),
        (Test::Lt, "<"),
        (Test::LtEq, "<="),
        (Test::Gt, ">"),
        (Test::GtEq, ">="),
    ];
    let (test, operator) = kinds[random.below(kinds.len())];
    of(test(value), operator, Some(&cell))
}

/// A comparison with a value.
type Compare = fn(Value) -> Test;

/// The value, or for a number sometimes one that is far off.
fn near(cell: &Json, data_type: &DataType, random: &mut Random) -> Option<(Json, Value)> {
    let number = matches!(data_type.kind, TypeKind::Int | TypeKind::BigInt);
    let cell = match cell.as_i64() {
        Some(n) if number && random.one_in(3) => json!(n.checked_add(1000).unwrap_or(n)),
        _ => cell.clone(),
    };
    let value = literal(&cell, data_type)?;
    (!matches!(value, Value::Null)).then_some((cell, value))
}

fn both(a: Condition, b: Condition) -> Condition {
    let all = [a.java.as_array().cloned(), b.java.as_array().cloned()];
    let all: Vec<Json> = all.into_iter().flatten().flatten().collect();
    Condition { ours: Predicate::and(vec![a.ours, b.ours]), java: Json::Array(all) }
}

/// Chained files, and files with deletes whose rows are composed, are dropped by keys and partitions only; global
/// indexes drop none.
const LEFT_TO_JAVA: [&str; 3] =
    ["chain_table", "pk_partial_update_delete_alone", "global_index_btree"];

/// Columns whose bounds are not trusted here: NaN and zeros with a sign have several orders, and ORC gives back other
/// timestamps and CHAR than its bounds are of. `name` is of a data file.
fn is_doubted(field: &DataField, name: &str) -> bool {
    match field.data_type.kind {
        TypeKind::Float | TypeKind::Double => true,
        TypeKind::Timestamp { .. }
        | TypeKind::LocalZonedTimestamp { .. }
        | TypeKind::Char { .. } => name.ends_with(".orc"),
        _ => false,
    }
}

#[test]
fn files_that_java_leaves_out_are_left_out() {
    let Some(mut oracle) = Oracle::shared() else { return };
    let mut random = Random::new("files_that_java_leaves_out_are_left_out");
    let only = std::env::var("RIMON_FIXTURES").unwrap_or_default();
    let (mut wrong, mut asked, mut ours_all, mut java_all) = (Vec::new(), 0, 0, 0);
    let judged = |f: &&Fixture| f.name.contains(&only) && !LEFT_TO_JAVA.contains(&f.name.as_str());
    for fixture in Fixture::all().iter().filter(judged) {
        let unpacked = fixture.unpack();
        let directory = unpacked.table();
        let reads = unpacked.reads();
        let Some(latest) = reads.iter().find(|r| r.name == "latest") else { continue };
        let rows: Vec<Json> =
            latest.expected.iter().map(|l| serde_json::from_str(l).expect("a row")).collect();
        let Ok(table) = runtime().block_on(open(&directory)) else { continue };
        let Ok(all) = our_files(&directory, Predicate::True) else { continue };
        let Some(name) = all.first().cloned() else { continue };
        let fields: Vec<_> =
            table.schema().fields.iter().filter(|f| !is_doubted(f, &name)).collect();
        for _ in 0..QUESTIONS {
            if rows.is_empty() || fields.is_empty() {
                break;
            }
            let mut one = || {
                let row = &rows[random.below(rows.len())];
                condition(fields[random.below(fields.len())], row, &mut random)
            };
            let Some(mut asking) = one() else { continue };
            if let (true, Some(more)) = (asked % 3 == 0, one()) {
                asking = both(asking, more);
            }
            let Ok(ours) = our_files(&directory, asking.ours.clone()) else { continue };
            let Some(java) = java_files(&mut oracle, &unpacked, &asking.java) else { continue };
            asked += 1;
            ours_all += ours.len();
            java_all += java.len();
            let more = ours.difference(&java).count();
            if more > 0 {
                wrong.push(format!(
                    "{}: {more} files more than Java's {} where {}",
                    fixture.name,
                    java.len(),
                    asking.ours
                ));
            }
        }
    }
    eprintln!("{asked} plans: {ours_all} files, in Java {java_all}");
    assert!(wrong.is_empty(), "{} of {asked}:\n  {}", wrong.len(), wrong.join("\n  "));
    assert!(asked > 500 || !only.is_empty(), "only {asked} plans");
}
