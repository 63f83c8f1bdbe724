//! Files beside the data: schemas after changes, manifests as Java's own.

use rimon_integration_tests::oracle::Oracle;
use rimon_spec::{ColumnMove, DataType, SchemaChange};
use serde_json::{Value, json};

use super::case::{Case, Spec, TABLE, schema};
use crate::tables::runtime;

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

fn path(name: &str) -> Vec<String> {
    vec![name.to_owned()]
}

fn data_type(text: &str) -> DataType {
    text.parse().expect("a type")
}
