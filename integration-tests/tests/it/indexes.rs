//! Index files: deletion vectors must be whole, file indexes only help.

use std::fs;
use std::path::{Path, PathBuf};

use futures::TryStreamExt;
use rimon_integration_tests::fixture::{Fixture, Unpacked};
use rimon_integration_tests::row::lines;
use rimon_spec::{ErrorKind, Predicate, Result, Test, Value};
use rimon_table::{Plan, Travel};

use crate::tables::{open, read, runtime};

/// Tables with deletion vectors of both kinds, with and without a key.
const WITH_VECTORS: [&str; 4] = ["append_dv_v1", "append_dv_v64", "pk_dv_v1", "pk_dv_v64"];

async fn plan(directory: &Path, predicate: Predicate) -> Result<Plan> {
    open(directory).await?.scan().filter(predicate).plan().await
}

async fn filtered(directory: &Path, predicate: Predicate) -> Result<Vec<String>> {
    let table = open(directory).await?;
    let batches: Vec<_> = table.scan().filter(predicate).stream().await?.try_collect().await?;
    Ok(batches.iter().flat_map(|b| lines(b, &table.schema().fields)).collect())
}

#[test]
fn rows_without_the_deleted_are_counted_in_the_plan() {
    for name in WITH_VECTORS {
        let table = Fixture::named(name).unpack();
        runtime().block_on(async {
            let plan = plan(&table.table(), Predicate::True).await.expect("a plan");
            let rows = read(&table.table(), Travel::Latest).await.expect("rows").len() as u64;
            assert_eq!(plan.exact_rows(), Some(rows), "{name}");
            assert!(plan.physical_rows() > rows, "{name}: no row is deleted");
        });
    }
}

#[test]
fn damaged_deletion_vectors_are_refused() {
    for name in WITH_VECTORS {
        let table = Fixture::named(name).unpack();
        let directory = table.table();
        let runtime = runtime();
        let plan = runtime.block_on(plan(&directory, Predicate::True)).expect("a plan");
        let vectors = plan.splits.iter().flat_map(|split| split.deletions.values());
        for vector in vectors {
            let file = directory.join(&*vector.path);
            let whole = fs::read(&file).expect("an index file");
            let mut damaged = vec![whole[..whole.len() - 1].to_vec()];
            for at in vector.offset as usize..whole.len() {
                let mut bytes = whole.clone();
                bytes[at] ^= 4;
                damaged.push(bytes);
            }
            let refused = |what: &str| {
                let error = runtime.block_on(read(&directory, Travel::Latest)).expect_err(what);
                assert_eq!(error.kind(), ErrorKind::Corrupt, "{name}, {what}: {error}");
                assert!(error.to_string().contains(&*vector.path), "{name}, {what}: {error}");
            };
            for bytes in damaged {
                fs::write(&file, bytes).expect("damage");
                refused("changed");
            }
            fs::remove_file(&file).expect("it is removed");
            refused("missing");
            fs::write(&file, whole).expect("the file is put back");
        }
        runtime.block_on(read(&directory, Travel::Latest)).expect("it is whole again");
    }
}

/// Changes the text of the table's first schema.
fn edit_schema(table: &Unpacked, from: &str, to: &str) {
    let file = table.table().join("schema/schema-0");
    let text = fs::read_to_string(&file).expect("a schema");
    assert!(text.contains(from), "{text}");
    fs::write(&file, text.replace(from, to)).expect("a schema is written");
}

const ENABLED: &str = "\"deletion-vectors.enabled\" : \"true\"";

#[test]
fn a_merge_leaves_deleted_rows_out_whatever_today_s_options_say() {
    for name in ["pk_dv_v1", "pk_dv_v64", "pk_dv_partitioned_v1", "append_dv_v1"] {
        let table = Fixture::named(name).unpack();
        edit_schema(&table, ENABLED, "\"deletion-vectors.enabled\" : \"false\"");
        let latest = table.reads().into_iter().find(|r| r.name == "latest").expect("rows");
        let rows = runtime().block_on(read(&table.table(), Travel::Latest)).expect("rows");
        assert_eq!(rows, latest.expected, "{name}");
    }
}

#[test]
fn merge_on_read_sees_level_0() {
    let table = Fixture::named("pk_dv_waiting_level0").unpack();
    let before = runtime().block_on(read(&table.table(), Travel::Latest)).expect("rows");
    assert_eq!(before.len(), 10);
    let both = format!("{ENABLED}, \"deletion-vectors.merge-on-read\" : \"true\"");
    edit_schema(&table, ENABLED, &both);
    let rows = runtime().block_on(read(&table.table(), Travel::Latest)).expect("rows");
    let of =
        |letter: char| rows.iter().filter(|r| r.contains(&format!("\"v\":\"{letter}"))).count();
    assert_eq!((of('a'), of('b'), rows.len()), (5, 10, 15));
}

/// `a = value`. In the fixtures' first file `a` has the even numbers from -28 to 88, in the second greater ones.
fn equals(value: i32) -> Predicate {
    Predicate::Leaf { column: "a".into(), test: Test::Eq(Value::Int(value)) }
}

#[test]
fn indexes_in_manifests_prune_files() {
    for kind in ["bitmap", "bloom_filter", "bsi", "range_bitmap"] {
        let table = Fixture::named(&format!("index_{kind}_embedded")).unpack();
        let kept = |value| {
            let plan = runtime().block_on(plan(&table.table(), equals(value))).expect("a plan");
            plan.report.files_kept
        };
        assert_eq!(kept(41), 0, "{kind}");
        assert_eq!(kept(40), 1, "{kind}");
    }
}

/// The data file with `a = 40` and its index.
fn first_file(table: &Unpacked) -> (PathBuf, PathBuf) {
    let plan = runtime().block_on(plan(&table.table(), equals(40))).expect("a plan");
    let split = plan.splits.first().expect("a split");
    let file = split.files.first().expect("a file");
    let folder = table.table().join(&*split.directory);
    (folder.join(&file.file_name), folder.join(file.extra_files.first().expect("an index")))
}

#[test]
fn index_files_spare_data_files_and_their_damage_costs_no_rows() {
    for kind in ["bitmap", "bloom_filter", "bsi", "range_bitmap"] {
        let table = Fixture::named(&format!("index_{kind}_file")).unpack();
        let rows = |value| runtime().block_on(filtered(&table.table(), equals(value)));
        let (data, index) = first_file(&table);
        let found = rows(40).expect("rows");
        assert_eq!(found.len(), 1, "{kind}");
        let away = data.with_extension("away");
        fs::rename(&data, &away).expect("the data file is away");
        assert_eq!(rows(41).expect("nothing is to be read"), [""; 0], "{kind}");
        rows(40).expect_err("the data file is needed");
        fs::rename(&away, &data).expect("it is back");
        let whole = fs::read(&index).expect("an index file");
        for damaged in [&whole[..40], &whole[..whole.len() / 2], b"", &whole[1..], &[0xff; 100]] {
            fs::write(&index, damaged).expect("damage");
            assert_eq!(rows(40).expect(kind), found);
        }
        fs::remove_file(&index).expect("it is removed");
        assert_eq!(rows(40).expect(kind), found);
    }
}

#[test]
fn an_index_on_a_key_of_a_map_prunes_files_through_sql() {
    let table = Fixture::named("index_map_bloom").unpack();
    let found = |condition: &str| {
        let text = format!("SELECT id FROM t WHERE {condition} ORDER BY id");
        runtime().block_on(async {
            let context = datafusion::prelude::SessionContext::new();
            let table = open(&table.table()).await.expect("a table");
            let table = rimon_datafusion::PaimonTable::new(table).expect("a provider");
            context.register_table("t", std::sync::Arc::new(table)).expect("it is new");
            let frame = context.sql(&text).await.expect("a query");
            let plan = frame.clone().create_physical_plan().await.expect("a plan");
            let shown = datafusion::physical_plan::displayable(plan.as_ref()).indent(true);
            let rows = frame.count().await.expect("rows");
            (rows, shown.to_string().contains("dropped=[index 1]"))
        })
    };
    assert_eq!(found("m['k1'] = 'no such value'"), (0, true));
    assert_eq!(found("m['k3'] = 'no such value'"), (0, false), "there is no index on k3");
    let (rows, dropped) = found("m['k1'] IS NOT NULL AND m['k1'] <> 'no such value'");
    assert!(rows > 0 && !dropped, "{rows} rows");
}

/// Conditions on a key of a map through the API, which filters exactly.
#[test]
fn conditions_on_keys_of_maps_are_exact() {
    let table = Fixture::named("index_map_bloom").unpack();
    let all = runtime().block_on(read(&table.table(), Travel::Latest)).expect("rows");
    let value = |line: &str| {
        let row: serde_json::Value = serde_json::from_str(line).expect("a row");
        let pairs = row["m"].as_array().cloned().unwrap_or_default();
        pairs.iter().find(|p| p[0] == "k1").map(|p| p[1].as_str().unwrap_or("").to_owned())
    };
    let some = all.iter().find_map(|line| value(line)).expect("a map with k1");
    let test = Test::Eq(Value::String(some.clone()));
    let predicate = Predicate::Leaf { column: "m[k1]".into(), test };
    let rows = runtime().block_on(filtered(&table.table(), predicate)).expect("rows");
    let expected: Vec<_> =
        all.into_iter().filter(|line| value(line).as_ref() == Some(&some)).collect();
    assert_eq!(rows, expected);
}

/// The format has no checksum: a change that leaves an index well-formed cannot be told from another index. What must
/// not happen is a failure, a row that does not pass, or rows lost by a damaged head.
#[test]
fn an_index_with_any_byte_changed_fails_no_query() {
    for kind in ["bitmap", "bloom_filter", "bsi", "range_bitmap"] {
        let table = Fixture::named(&format!("index_{kind}_file")).unpack();
        let runtime = runtime();
        let rows = || runtime.block_on(filtered(&table.table(), equals(40)));
        let (_, index) = first_file(&table);
        let found = rows().expect("rows");
        let whole = fs::read(&index).expect("an index file");
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1 << (at % 8);
            fs::write(&index, damaged).expect("damage");
            let rows = rows().unwrap_or_else(|e| panic!("{kind}, byte {at}: {e}"));
            assert!(rows == found || rows.is_empty(), "{kind}, byte {at}: {rows:?}");
            assert!(rows == found || at >= 16, "{kind}, byte {at}: the head is damaged");
        }
    }
}
