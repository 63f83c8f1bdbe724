//! System tables of tables that Java wrote: columns, names, order and values as in Java; branches and watermarks.

use std::collections::BTreeSet;
use std::path::Path;

use datafusion::prelude::SessionContext;
use futures::TryStreamExt;
use rimon_datafusion::{register, session_config};
use rimon_format::arrow_schema::from_arrow_field;
use rimon_integration_tests::fixture::{Fixture, Read};
use rimon_integration_tests::oracle::{Oracle, sorted_lines};
use rimon_integration_tests::row::lines;
use rimon_metadata::{Branch, Storage, TableHandle};
use rimon_spec::{DataField, Result};
use rimon_table::system::{GlobalTable, SystemTable};
use rimon_table::{Table, TableScan, Travel};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::tables::{difference, open, rows, runtime};

/// Columns of system tables that Java has since a release newer than the one that wrote the fixtures.
const NEWER: [(SystemTable, &[&str]); 3] = [
    (SystemTable::Snapshots, &["operation", "writer_version"]),
    (SystemTable::Partitions, &["total_buckets", "done", "deleted_record_count"]),
    (
        SystemTable::TableIndexes,
        &["row_range_start", "row_range_end", "index_field_id", "index_field_name"],
    ),
];

async fn metadata(system: SystemTable, directory: &Path) -> Result<Vec<String>> {
    let batch = system.rows(&open(directory).await?).await?;
    assert_eq!(batch.schema(), system.schema(), "{}", system.name());
    let newer = NEWER.iter().find(|(table, _)| *table == system).map_or(&[][..], |(_, n)| n);
    let known: Vec<usize> = (0..batch.num_columns())
        .filter(|i| !newer.contains(&batch.schema().field(*i).name().as_str()))
        .collect();
    let batch = batch.project(&known).expect("columns");
    let fields: Vec<DataField> = batch
        .schema()
        .fields()
        .iter()
        .map(|f| from_arrow_field(f).expect("a type of Paimon"))
        .collect();
    // Java shows places as its catalog was given the warehouse, which was a path; we show URLs
    Ok(lines(&batch, &fields).iter().map(|l| l.replace("\"file:///", "\"/")).collect())
}

/// Rows of a system table whose columns are those of the table and more.
async fn rows_of(scan: TableScan) -> Result<Vec<String>> {
    let schema = scan.schema()?;
    let fields: Vec<DataField> =
        schema.fields().iter().map(|f| from_arrow_field(f).expect("a type of Paimon")).collect();
    let batches: Vec<_> = scan.stream().await?.try_collect().await?;
    Ok(batches.iter().flat_map(|b| lines(b, &fields)).collect())
}

/// The lines of `$branches` without the time, which is that of a directory and so of when it was unpacked.
fn without_time(lines: Vec<String>) -> Vec<String> {
    let cut = |line: String| line.split_once(",\"create_time\"").map(|(l, _)| l.to_owned());
    lines.into_iter().map(|l| cut(l).expect("a time")).collect()
}

fn compare(name: &str, directory: &Path, read: &Read) -> std::result::Result<(), String> {
    let mut expected = read.expected.clone();
    let mut got = runtime()
        .block_on(async {
            match name {
                "ro" => rows(&open(directory).await?.read_optimized()).await,
                "audit_log" => rows_of(open(directory).await?.scan().audit_log()).await,
                "binlog" => rows_of(open(directory).await?.scan().binlog()).await,
                "row_tracking" => rows_of(open(directory).await?.scan().row_tracking()).await,
                _ => metadata(SystemTable::of_name(name)?, directory).await,
            }
        })
        .map_err(|e| format!("{e:?}"))?;
    if name == "branches" {
        (got, expected) = (without_time(got), without_time(expected));
    }
    got.sort();
    expected.sort();
    difference(&got, &expected).map_or(Ok(()), Err)
}

/// Every system table of every fixture, column by column as in Java.
#[test]
fn system_tables_are_those_of_java() {
    let mut wrong = Vec::new();
    let mut compared = BTreeSet::new();
    for fixture in Fixture::all() {
        let unpacked = fixture.unpack();
        for read in unpacked.reads() {
            let name = read.arguments["table"].as_str().expect("a table");
            let Some(name) = name.strip_prefix("db.t$") else { continue };
            if fixture.name.starts_with("data_evolution") {
                continue;
            }
            compared.insert(name.to_owned());
            let result = compare(name, &unpacked.table(), &read);
            wrong.extend(result.err().map(|how| format!("{}, ${name}: {how}", fixture.name)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(compared.len(), SystemTable::ALL.len() + 4, "{compared:?}");
}

/// The system tables that no fixture has rows of: they can be read of every table that Java wrote.
#[test]
fn system_tables_of_every_fixture_can_be_read() {
    for fixture in Fixture::all() {
        let unpacked = fixture.unpack();
        let directory = unpacked.table();
        for system in SystemTable::ALL {
            let rows = runtime().block_on(metadata(system, &directory));
            if let Err(error) = rows {
                let refused = error.kind() == rimon_spec::ErrorKind::Unsupported;
                assert!(refused, "{}, ${}: {error:?}", fixture.name, system.name());
            }
        }
    }
}

/// Tags of tables that keep them for a time, and deletion vectors: what the compared tables have no rows of.
#[test]
fn tags_with_retention_and_ranges_of_deletion_vectors() {
    let tags = Fixture::named("tags").unpack();
    let lines = runtime().block_on(metadata(SystemTable::Tags, &tags.table())).expect("tags");
    let kept = lines.iter().find(|l| l.contains("\"tag_name\":\"kept\"")).expect("the tag");
    assert!(kept.contains("\"time_retained\":\"PT2400H\""), "{kept}");
    assert!(!kept.contains("\"create_time\":null"), "{kept}");
    let vectors = Fixture::named("append_dv_v1").unpack();
    let indexes = runtime().block_on(metadata(SystemTable::TableIndexes, &vectors.table()));
    let indexes = indexes.expect("indexes");
    assert!(indexes.iter().any(|l| l.contains("DELETION_VECTORS") && l.contains("\"f0\":\"data-")));
}

async fn branch_rows(directory: &Path, branch: &str) -> Result<Vec<String>> {
    let storage = Storage::open(&directory.display().to_string(), &Default::default())?;
    rows(&Table::new(TableHandle::open(storage, Branch::new(branch)?).await?)?).await
}

/// The branches that Java read; tables that cannot be read yet are listed by `interop_read`.
#[test]
fn branches_are_those_of_java() {
    let mut compared = 0;
    for fixture in Fixture::all() {
        let unpacked = fixture.unpack();
        for read in unpacked.reads() {
            let Some(branch) = read.arguments.get("branch").and_then(|b| b.as_str()) else {
                continue;
            };
            if read.arguments.as_object().expect("arguments").len() != 3 {
                continue;
            }
            match runtime().block_on(branch_rows(&unpacked.table(), branch)) {
                Ok(rows) => {
                    let how = difference(&rows, &read.expected);
                    assert_eq!(how, None, "{}, {branch}", fixture.name);
                    compared += 1;
                }
                Err(e) => {
                    let refused = e.kind() == rimon_spec::ErrorKind::Unsupported;
                    assert!(refused, "{}, {branch}: {e:?}", fixture.name);
                }
            }
        }
    }
    assert!(compared >= 3, "only {compared} branches were compared");
}

/// A watermark is the first snapshot that has reached it; the version `watermark-<n>` is the same.
#[test]
fn watermarks_are_those_of_java() {
    let unpacked = Fixture::named("watermarks").unpack();
    let directory = unpacked.table();
    let mut compared = 0;
    for read in unpacked.reads() {
        let Some(watermark) = read.arguments.get("watermark").and_then(|w| w.as_i64()) else {
            continue;
        };
        for travel in
            [Travel::Watermark(watermark), Travel::Version(format!("watermark-{watermark}"))]
        {
            let rows = runtime().block_on(crate::tables::read(&directory, travel)).expect("rows");
            assert_eq!(difference(&rows, &read.expected), None, "{}", read.name);
            compared += 1;
        }
    }
    assert!(compared >= 2);
    let beyond = Travel::Watermark(i64::MAX);
    let error = runtime().block_on(crate::tables::read(&directory, beyond)).expect_err("beyond");
    assert_eq!(error.kind(), rimon_spec::ErrorKind::NotFound);
    let error = runtime()
        .block_on(crate::tables::read(&directory, Travel::Version("watermark-x".into())))
        .expect_err("no number");
    assert_eq!(error.kind(), rimon_spec::ErrorKind::Invalid);
}

/// The database `sys`: every table of the catalog, its options and partitions.
#[test]
fn tables_about_all_tables_are_those_of_java() {
    let Some(mut oracle) = Oracle::shared() else { return };
    let folder = TempDir::new().expect("a folder");
    let create = |oracle: &mut Oracle, table: &str, key: Value, partitions: Value| {
        let columns = json!([
            {"name": "p", "type": "STRING"},
            {"name": "id", "type": "INT NOT NULL"}
        ]);
        let options = json!({"bucket": if key == json!([]) { "-1" } else { "1" }});
        let spec = json!({
            "columns": columns, "primary_keys": key, "partition_keys": partitions, "options": options,
        });
        oracle.run(folder.path(), table, "create", json!({"spec": spec}));
        let rows = json!([{"p": "a", "id": 1}, {"p": "b", "id": 2}, {"p": "b", "id": 3}]);
        oracle.run(folder.path(), table, "write", json!({"rows": rows}));
    };
    create(&mut oracle, "db.t", json!(["p", "id"]), json!(["p"]));
    create(&mut oracle, "db.u", json!([]), json!([]));
    create(&mut oracle, "other.t", json!([]), json!(["p"]));
    for table in GlobalTable::ALL {
        let name = format!("sys.{}", table.name());
        let javas = oracle.run(folder.path(), &name, "system", json!({}));
        let mut javas: Vec<String> =
            sorted_lines(&javas).iter().map(|l| l.replace("\"file:/", "\"/")).collect();
        let ours = runtime().block_on(async {
            let warehouse = folder.path().display().to_string();
            let catalog =
                rimon_catalog::connect([("warehouse", warehouse)]).await.expect("a catalog");
            let context = SessionContext::new_with_config(session_config("paimon"));
            register(&context, "paimon", catalog).expect("it is registered");
            let rows = context.sql(&format!("SELECT * FROM {name}")).await.expect("a query");
            rows.collect().await.expect("rows")
        });
        let fields: Vec<DataField> = table
            .schema()
            .fields()
            .iter()
            .map(|f| from_arrow_field(f).expect("a type of Paimon"))
            .collect();
        let mut ours: Vec<String> = ours.iter().flat_map(|b| lines(b, &fields)).collect();
        ours = ours.iter().map(|l| l.replace("\"file:///", "\"/")).collect();
        ours.sort();
        javas.sort();
        assert_eq!(difference(&ours, &javas), None, "{name}: {ours:#?} {javas:#?}");
    }
}
