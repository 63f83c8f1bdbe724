//! Files beside the data: schemas after changes, manifests as Java's own.

use rimon_format::arrow_schema::to_arrow_schema;
use rimon_integration_tests::oracle::Oracle;
use rimon_integration_tests::row::Rows;
use rimon_spec::{ColumnMove, DataType, SchemaChange};
use serde_json::{Value, json};

use super::case::{Case, Spec, TABLE, schema};
use crate::tables::{self, open, runtime};

const SPEC: Spec = Spec {
    columns: "id INT NOT NULL; a INT; b STRING; r ROW<x INT, y ROW<z STRING>>",
    key: "id",
    partitions: "",
    options: "bucket=1",
};

/// Each change through our catalog and through Java's leaves the same schema file.
#[test]
fn schema_changes_leave_the_same_files() {
    let Some(mut oracle) = Oracle::shared() else { return };
    let changes: Vec<(SchemaChange, Value)> = vec![
        (
            SchemaChange::AddColumn {
                column: path("c"),
                data_type: data_type("DECIMAL(10, 2)"),
                description: Some("added".into()),
                position: Some(ColumnMove::After("id".into())),
            },
            json!({"op": "add-column", "name": "c", "type": "DECIMAL(10, 2)", "comment": "added", "after": "id"}),
        ),
        (
            SchemaChange::RenameColumn { column: path("a"), name: "aa".into() },
            json!({"op": "rename-column", "name": "a", "to": "aa"}),
        ),
        (
            SchemaChange::UpdateColumnType {
                column: path("aa"),
                data_type: data_type("BIGINT"),
                keep_nullability: false,
            },
            json!({"op": "update-type", "name": "aa", "type": "BIGINT"}),
        ),
        (SchemaChange::DropColumn(path("b")), json!({"op": "drop-column", "name": "b"})),
        (
            SchemaChange::AddColumn {
                column: vec!["r".into(), "w".into()],
                data_type: data_type("DATE"),
                description: None,
                position: None,
            },
            json!({"op": "add-column", "name": ["r", "w"], "type": "DATE"}),
        ),
        (
            SchemaChange::SetOption { key: "snapshot.num-retained.min".into(), value: "5".into() },
            json!({"op": "set-option", "key": "snapshot.num-retained.min", "value": "5"}),
        ),
        (
            SchemaChange::RemoveOption("snapshot.num-retained.min".into()),
            json!({"op": "reset-option", "key": "snapshot.num-retained.min"}),
        ),
        (
            SchemaChange::UpdateColumnPosition { column: "c".into(), position: ColumnMove::First },
            json!({"op": "update-position", "name": "c", "first": true}),
        ),
        (
            SchemaChange::UpdateColumnDefault {
                column: path("aa"),
                default_value: Some("7".into()),
            },
            json!({"op": "update-default", "name": "aa", "default": "7"}),
        ),
        (
            SchemaChange::UpdateComment(Some("a table".into())),
            json!({"op": "table-comment", "comment": "a table"}),
        ),
    ];
    let ours = Case::ours(&SPEC);
    let javas = Case::javas(&mut oracle, &SPEC);
    let runtime = runtime();
    let catalog = runtime.block_on(ours.catalog());
    let name = TABLE.parse().expect("a name");
    for (id, (change, json)) in (1..).zip(changes) {
        let changed = runtime.block_on(catalog.alter_table(&name, &[change], false));
        changed.unwrap_or_else(|e| panic!("{json}: {e:?}"));
        oracle.run(&javas.warehouse(), TABLE, "alter", json!({"changes": [json.clone()]}));
        assert_eq!(schema(&ours.directory(), id), schema(&javas.directory(), id), "{json}");
    }
}

/// Rows of a writer that does not know of changes are seen as those before them; the number of buckets is that of the
/// partition until it is overwritten.
#[test]
fn a_schema_may_change_under_an_open_writer() {
    let Some(mut oracle) = Oracle::shared() else { return };
    let case = Case::ours(&SPEC);
    let row = |id: i32| json!({"id": id, "a": id * 10, "b": "x", "r": null});
    case.write(&[row(1)]);
    runtime().block_on(async {
        let table = open(&case.directory()).await.expect("a table");
        let arrow = to_arrow_schema(&table.schema().fields).expect("types");
        let mut writer = table.writer("w").build().expect("a writer");
        writer.write(Rows::from_json(&[row(2)], &arrow).batch).await.expect("rows");
        let changes = json!([
            {"op": "rename-column", "name": "a", "to": "aa"},
            {"op": "update-type", "name": "aa", "type": "BIGINT"},
            {"op": "drop-column", "name": "b"},
            {"op": "add-column", "name": "c", "type": "INT"},
            {"op": "set-option", "key": "bucket", "value": "3"},
        ]);
        oracle.run(&case.warehouse(), TABLE, "alter", json!({"changes": changes}));
        writer.write(Rows::from_json(&[row(1), row(3)], &arrow).batch).await.expect("rows");
        let messages = writer.prepare_commit(1).await.expect("files");
        let outcome = table.committer("w").commit(1, messages).await.expect("an outcome");
        let snapshot = outcome.into_snapshot().expect("committed").expect("a snapshot");
        assert_eq!(snapshot.schema_id, open(&case.directory()).await.expect("one").schema().id);
    });
    let line = |id: i32| json!({"_kind": "+I", "id": id, "aa": id * 10, "r": null, "c": null});
    let mut expected: Vec<String> = (1..4).map(|id| line(id).to_string()).collect();
    expected.sort();
    assert_eq!(case.java_reads(&mut oracle), expected);
    assert_eq!(case.read(), expected);
    // the keys that are there are in one bucket
    let new = [json!({"id": 9, "aa": 9})];
    let refused = runtime().block_on(async {
        let table = open(&case.directory()).await.expect("a table");
        let arrow = to_arrow_schema(&table.schema().fields).expect("types");
        let rows = Rows::from_json(&new, &arrow);
        tables::write(&table, &rows).await.expect_err("three buckets")
    });
    assert!(refused.to_string().contains("bucket"), "{refused}");
    assert_eq!(case.read(), expected);
}

fn path(name: &str) -> Vec<String> {
    vec![name.to_owned()]
}

fn data_type(text: &str) -> DataType {
    text.parse().expect("a type")
}
