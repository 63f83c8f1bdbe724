//! Filters over tables that Java wrote: what is pruned by partition, bucket and statistics must not cost a row.

use futures::TryStreamExt;
use rimon_integration_tests::fixture::{Fixture, Unpacked};
use rimon_integration_tests::row::lines;
use rimon_spec::predicate::Test;
use rimon_spec::{DataField, DataType, Predicate, Result, TypeKind, Value};
use rimon_table::Table;
use serde_json::Value as Json;

use crate::tables::{difference, open, runtime};

async fn filtered(
    table: &Table,
    predicate: Predicate,
    columns: Option<Vec<String>>,
) -> Result<Vec<String>> {
    let mut fields = table.schema().fields.clone();
    let mut scan = table.scan().filter(predicate);
    if let Some(columns) = columns {
        fields = columns.iter().map(|c| table.schema().field(c).expect("it").clone()).collect();
        scan = scan.select(columns);
    }
    let batches: Vec<_> = scan.stream().await?.try_collect().await?;
    let mut rows: Vec<String> = batches.iter().flat_map(|b| lines(b, &fields)).collect();
    rows.sort();
    Ok(rows)
}

/// A value of a row line as a literal; `None` for types that filters do not speak of.
pub(crate) fn literal(value: &Json, data_type: &DataType) -> Option<Value> {
    let text = match value {
        Json::String(text) => text.clone(),
        Json::Number(_) | Json::Bool(_) => value.to_string(),
        _ => return None,
    };
    match data_type.kind {
        TypeKind::Float if text.parse::<f32>().is_ok_and(|v| v.is_nan() || v == 0.0) => None,
        TypeKind::Double if text.parse::<f64>().is_ok_and(|v| v.is_nan() || v == 0.0) => None,
        TypeKind::Binary { .. } | TypeKind::VarBinary { .. } | TypeKind::Blob => None,
        TypeKind::Timestamp { .. } | TypeKind::LocalZonedTimestamp { .. } => {
            let text = text.trim_end_matches('Z').replacen('T', " ", 1);
            Value::parse(&text, data_type).ok()
        }
        TypeKind::Array(_) | TypeKind::Map { .. } | TypeKind::Row(_) => None,
        _ => Value::parse(&text, data_type).ok(),
    }
}

/// Predicates on one column, each with the rows that pass it.
pub(crate) fn questions(field: &DataField, rows: &[Json]) -> Vec<(Test, Vec<String>)> {
    let cell = |row: &Json| row[field.name.as_str()].clone();
    let passing = |test: &dyn Fn(&Json) -> bool| -> Vec<String> {
        rows.iter().filter(|r| test(&cell(r))).map(Json::to_string).collect()
    };
    let mut out = vec![
        (Test::IsNull, passing(&Json::is_null)),
        (Test::IsNotNull, passing(&|v| !v.is_null())),
    ];
    let picks = [0, rows.len() / 2, rows.len() - 1].map(|i| cell(&rows[i]));
    let mut literals = Vec::new();
    for pick in &picks {
        let Some(value) = literal(pick, &field.data_type) else { continue };
        out.push((Test::Eq(value.clone()), passing(&|v| v == pick)));
        if let Some(bound) = pick.as_i64() {
            let above = passing(&|v| v.as_i64().is_some_and(|v| v > bound));
            out.push((Test::Gt(value.clone()), above));
            let below = passing(&|v| v.as_i64().is_some_and(|v| v <= bound));
            out.push((Test::LtEq(value.clone()), below));
        }
        literals.push(value);
    }
    if literals.len() == picks.len() {
        out.push((Test::In(literals), passing(&|v| picks.contains(v))));
    }
    out
}

/// Columns of ORC files in which Java reads other values than it wrote, which lie outside the bounds of the file: old
/// timestamps are shifted, CHAR loses its trailing blanks.
const OTHER_VALUES: [(&str, &str); 3] = [
    ("append_old_dates_orc", "ts"),
    ("append_old_dates_orc", "ltz"),
    ("append_scalars_orc", "c_char"),
];

fn check_columns(fixture: &Fixture, unpacked: &Unpacked, wrong: &mut Vec<String>) -> usize {
    let reads = unpacked.reads();
    let latest = reads.iter().find(|r| r.name == "latest").expect("a read of the latest");
    let rows: Vec<Json> =
        latest.expected.iter().map(|l| serde_json::from_str(l).expect("a row")).collect();
    let directory = unpacked.table();
    runtime()
        .block_on(async {
            let table = open(&directory).await.ok()?;
            // what cannot be read at all is interop_read's business
            filtered(&table, Predicate::True, None).await.ok().filter(|_| !rows.is_empty())?;
            let mut asked = 0;
            for field in table.schema().fields.clone() {
                if OTHER_VALUES.contains(&(fixture.name.as_str(), field.name.as_str())) {
                    continue;
                }
                for (test, expected) in questions(&field, &rows) {
                    asked += 1;
                    let what = format!("{}, {} {test:?}", fixture.name, field.name);
                    let predicate = Predicate::leaf(&field.name, test);
                    match filtered(&table, predicate, None).await {
                        Ok(got) => {
                            wrong.extend(
                                difference(&got, &expected).map(|how| format!("{what}: {how}")),
                            );
                        }
                        Err(error) => wrong.push(format!("{what}: {error:?}")),
                    }
                }
            }
            Some(asked)
        })
        .unwrap_or(0)
}

#[test]
fn filters_lose_no_rows() {
    let only = std::env::var("RIMON_FIXTURES").unwrap_or_default();
    let mut wrong = Vec::new();
    let mut asked = 0;
    for fixture in Fixture::all().iter().filter(|f| f.name.contains(&only)) {
        asked += check_columns(fixture, &fixture.unpack(), &mut wrong);
    }
    eprintln!("{asked} filters tried");
    assert!(wrong.is_empty(), "{} of {asked} filters:\n  {}", wrong.len(), wrong.join("\n  "));
    assert!(asked > 500 || !only.is_empty(), "only {asked} filters were tried");
}

/// The filters that Java was asked.
#[test]
fn filters_give_the_rows_that_java_gives() {
    let mut asked = 0;
    for fixture in Fixture::all() {
        let unpacked = fixture.unpack();
        for read in unpacked.reads() {
            let Some(filter) = read.arguments.get("filter") else { continue };
            let directory = unpacked.table();
            let rows = runtime().block_on(async {
                let table = open(&directory).await?;
                let columns = read.arguments.get("projection").map(strings);
                filtered(&table, predicate(&table, filter), columns).await
            });
            // tables that cannot be read yet are listed by interop_read
            let Ok(rows) = rows else { continue };
            asked += 1;
            // Java answers from the index alone, which lacks the rows that were written after it.
            if fixture.name == "global_index_btree" && read.name == "a = a3" {
                assert_eq!(rows.len(), read.expected.len() + 1, "the rows that pass");
                assert!(read.expected.iter().all(|row| rows.contains(row)));
                continue;
            }
            if let Some(how) = difference(&rows, &read.expected) {
                panic!("{}, {}: {how}", fixture.name, read.name);
            }
        }
    }
    assert!(asked >= 20, "only {asked} filters were tried");
}

fn strings(names: &Json) -> Vec<String> {
    let names = names.as_array().expect("names");
    names.iter().map(|n| n.as_str().expect("a name").to_owned()).collect()
}

fn predicate(table: &Table, filter: &Json) -> Predicate {
    let leaves = filter.as_array().expect("leaves").iter().map(|leaf| {
        let column = leaf[0].as_str().expect("a column");
        let data_type = &table.schema().field(column).expect("it is there").data_type;
        let value = |v: &Json| literal(v, data_type).expect("a literal");
        let test = match leaf[1].as_str().expect("an operator") {
            "=" => Test::Eq(value(&leaf[2])),
            ">" => Test::Gt(value(&leaf[2])),
            "<" => Test::Lt(value(&leaf[2])),
            "is-null" => Test::IsNull,
            "in" => Test::In(leaf[2].as_array().expect("values").iter().map(value).collect()),
            other => panic!("operator {other}"),
        };
        Predicate::leaf(column, test)
    });
    Predicate::and(leaves.collect())
}
