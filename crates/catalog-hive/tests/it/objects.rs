//! What we register is what Java registers: object by object, field by field, over table shapes.

use crate::site::Site;
use indexmap::IndexMap;
use rimon_catalog::{Catalog, Identifier};
use rimon_catalog_hive::testing::{self, Plain};
use rimon_integration_tests::metastore::{Version, java_classes};
use rimon_integration_tests::oracle::Oracle;
use rimon_spec::{NewColumn, NewTable, SchemaChange};
use serde_json::{Value, json};

/// A table, and what the catalogs on both sides are told.
struct Shape {
    name: &'static str,
    columns: &'static [(&'static str, &'static str, Option<&'static str>)],
    primary_keys: &'static [&'static str],
    partition_keys: &'static [&'static str],
    options: &'static [(&'static str, &'static str)],
    comment: Option<&'static str>,
    catalog: &'static [(&'static str, &'static str)],
}

const PLAIN: Shape = Shape {
    name: "plain",
    columns: &[("id", "INT", None), ("v", "STRING", None)],
    primary_keys: &[],
    partition_keys: &[],
    options: &[],
    comment: None,
    catalog: &[],
};

const LONG: &str = "a comment\nof several lines \u{1f600}, so long that a metastore's database could not take it if nobody \
    cut it: ..............................................................................................................\
    ....................................................................................................................";

fn shapes() -> Vec<Shape> {
    vec![
        PLAIN,
        Shape {
            name: "pk",
            columns: &[("id", "INT", Some("the key")), ("d", "DECIMAL(10,2)", Some(LONG))],
            primary_keys: &["id"],
            options: &[("bucket", "2"), ("merge-engine", "deduplicate")],
            comment: Some("a comment"),
            ..PLAIN
        },
        Shape {
            name: "two_keys",
            columns: &[("a", "BIGINT", None), ("b", "STRING", None), ("v", "DOUBLE", None)],
            primary_keys: &["a", "b"],
            options: &[("bucket", "1"), ("bucket-key", "b"), ("snapshot.num-retained.max", "70")],
            ..PLAIN
        },
        Shape {
            name: "dynamic",
            columns: &[("id", "INT", None), ("v", "STRING", None)],
            primary_keys: &["id"],
            options: &[("bucket", "-1")],
            ..PLAIN
        },
        Shape {
            name: "part",
            columns: &[("id", "INT", None), ("dt", "STRING", Some(LONG)), ("v", "STRING", None)],
            partition_keys: &["dt"],
            options: &[("metastore.partitioned-table", "true")],
            ..PLAIN
        },
        Shape {
            name: "part_pk",
            columns: &[("id", "INT", None), ("y", "INT", None), ("dt", "DATE", None)],
            primary_keys: &["dt", "y", "id"],
            partition_keys: &["dt", "y"],
            options: &[("metastore.partitioned-table", "true"), ("bucket", "1")],
            ..PLAIN
        },
        Shape {
            name: "part_unsaid",
            columns: &[("id", "INT", None), ("dt", "STRING", None)],
            partition_keys: &["dt"],
            ..PLAIN
        },
        Shape {
            name: "scalars",
            columns: &[
                ("a", "BOOLEAN", None),
                ("b", "TINYINT", None),
                ("c", "SMALLINT", None),
                ("d", "INT NOT NULL", None),
                ("e", "BIGINT", None),
                ("f", "FLOAT", None),
                ("g", "DOUBLE", None),
                ("h", "DECIMAL(38,10)", None),
                ("i", "CHAR(3)", None),
                ("j", "VARCHAR(9)", None),
                ("k", "STRING", None),
                ("l", "BINARY(4)", None),
                ("m", "VARBINARY(9)", None),
                ("n", "BYTES", None),
                ("o", "DATE", None),
                ("p", "TIME(3)", None),
                ("q", "TIMESTAMP(3)", None),
                ("r", "TIMESTAMP(9)", None),
                ("s", "TIMESTAMP_LTZ(6)", None),
                ("t", "CHAR(300)", None),
                ("u", "VARCHAR(70000)", None),
            ],
            ..PLAIN
        },
        Shape {
            name: "nested",
            columns: &[
                ("a", "ARRAY<INT>", None),
                ("m", "MAP<STRING, BIGINT>", None),
                ("r", "ROW<x INT, Y ROW<z STRING>>", None),
                ("x", "ARRAY<MAP<STRING, ROW<q DATE>>>", None),
                ("s", "MULTISET<STRING>", None),
                ("v", "VARIANT", None),
            ],
            ..PLAIN
        },
        Shape {
            name: "upper",
            columns: &[("Id", "INT", None), ("MiXed", "STRING", None)],
            ..PLAIN
        },
        Shape { name: "ext", catalog: &[("table.type", "external")], ..PLAIN },
        Shape { name: "ext_said", options: &[("external", "true")], ..PLAIN },
        Shape { name: "at_path", options: &[("path", "{path}")], ..PLAIN },
        Shape {
            name: "few",
            options: &[("hive.x", "1"), ("bucket", "-1"), ("partition.expiration-time", "7 d")],
            partition_keys: &["v"],
            catalog: &[("sync-all-properties", "false")],
            ..PLAIN
        },
        Shape {
            name: "in_params",
            primary_keys: &["id"],
            options: &[("bucket", "1")],
            catalog: &[("location-in-properties", "true")],
            ..PLAIN
        },
        Shape {
            name: "defaults",
            catalog: &[("table-default.file.format", "avro"), ("table-default.bucket", "-1")],
            ..PLAIN
        },
    ]
}

impl Shape {
    fn options(&self, path: &str) -> IndexMap<String, String> {
        let option = |(k, v): &(&str, &str)| ((*k).to_owned(), v.replace("{path}", path));
        self.options.iter().map(option).collect()
    }

    fn table(&self, path: &str) -> NewTable {
        let names = |list: &[&str]| list.iter().map(|n| (*n).to_owned()).collect();
        let column = |(name, data_type, comment): &(&str, &str, Option<&str>)| NewColumn {
            description: comment.map(str::to_owned),
            ..NewColumn::new(*name, data_type.parse().unwrap())
        };
        NewTable {
            columns: self.columns.iter().map(column).collect(),
            primary_keys: names(self.primary_keys),
            partition_keys: names(self.partition_keys),
            options: self.options(path),
            comment: self.comment.map(str::to_owned),
        }
    }

    fn spec(&self, path: &str) -> Value {
        let column = |(name, data_type, comment): &(&str, &str, Option<&str>)| {
            let mut column = json!({"name": name, "type": data_type});
            if let Some(comment) = comment {
                column["comment"] = json!(comment);
            }
            column
        };
        let columns: Vec<Value> = self.columns.iter().map(column).collect();
        let mut spec = json!({
            "columns": columns,
            "primary_keys": self.primary_keys,
            "partition_keys": self.partition_keys,
            "options": self.options(path),
        });
        if let Some(comment) = self.comment {
            spec["comment"] = json!(comment);
        }
        spec
    }
}

/// Field of Hive 4: the number of a table.
const TABLE_ID: &str = "25";

/// An object without what differs by nature: names, places, times.
fn comparable(plain: &Plain, database: &str) -> Vec<String> {
    let lines = plain.lines.iter().filter(|l| {
        !["create_time", "access_time", "parameters.transient_lastDdlTime", TABLE_ID]
            .iter()
            .any(|k| l.starts_with(&format!("{k} ")))
    });
    lines.map(|l| l.replace(database, "DB")).collect()
}

fn changes() -> (Vec<SchemaChange>, Value) {
    let ours = vec![
        SchemaChange::AddColumn {
            column: vec!["extra".to_owned()],
            data_type: "MAP<STRING, INT>".parse().unwrap(),
            description: Some("new".to_owned()),
            position: None,
        },
        SchemaChange::SetOption { key: "file.block-size".to_owned(), value: "1 mb".to_owned() },
        SchemaChange::SetOption { key: "hive.more".to_owned(), value: "2".to_owned() },
        SchemaChange::UpdateComment(Some("altered".to_owned())),
    ];
    let java = json!([
        {"op": "add-column", "name": "extra", "type": "MAP<STRING, INT>", "comment": "new"},
        {"op": "set-option", "key": "file.block-size", "value": "1 mb"},
        {"op": "set-option", "key": "hive.more", "value": "2"},
        {"op": "table-comment", "comment": "altered"},
    ]);
    (ours, java)
}

async fn compare(version: Version) {
    let (Some(site), Some(classes)) = (Site::new(version), java_classes()) else { return };
    let Some(mut oracle) = Oracle::with_classes(&classes) else { return };
    site.with_database("ours").await;
    site.with_database("java").await;
    let mut wrong = Vec::new();
    for shape in shapes() {
        let catalog = site.catalog_with(shape.catalog).await;
        let path =
            |side: &str| format!("{}/elsewhere_{side}/{}", site.warehouse().display(), shape.name);
        let (ours, java) = (format!("ours.{}", shape.name), format!("java.{}", shape.name));
        let id: Identifier = ours.parse().unwrap();
        catalog.create_table(&id, shape.table(&path("ours")), false).await.unwrap();
        let mut options: IndexMap<_, _> =
            shape.catalog.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        options.insert("metastore".to_owned(), "hive".to_owned());
        options.insert("uri".to_owned(), site.metastore.uri());
        let mut ask = |command: &str, more: Value| {
            let mut arguments = json!({"catalog": options});
            arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            oracle.ask(site.warehouse(), &java, command, arguments)
        };
        ask("create", json!({"spec": shape.spec(&path("java"))})).unwrap();
        let mut check = |when: &str, a: &Plain, b: &Plain| {
            let (a, b) = (comparable(a, "ours"), comparable(b, "java"));
            for line in a.iter().filter(|l| !b.contains(l)) {
                wrong.push(format!("{} {when}: ours only: {line}", shape.name));
            }
            for line in b.iter().filter(|l| !a.contains(l)) {
                wrong.push(format!("{} {when}: Java's only: {line}", shape.name));
            }
        };
        let object = |db: &'static str| testing::object(&catalog, db, shape.name);
        check("created", &object("ours").await.unwrap(), &object("java").await.unwrap());
        let (changes, java_changes) = changes();
        catalog.alter_table(&id, &changes, false).await.unwrap();
        ask("alter", json!({"changes": java_changes})).unwrap();
        check("altered", &object("ours").await.unwrap(), &object("java").await.unwrap());
        // Each side opens what the other one made.
        let theirs: Identifier = java.parse().unwrap();
        let (a, b) =
            (catalog.load_table(&id).await.unwrap(), catalog.load_table(&theirs).await.unwrap());
        assert_eq!(a.schema.fields, b.schema.fields, "{}", shape.name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn hive_3_objects_equal_javas() {
    compare(Version::Hive3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hive_4_objects_equal_javas() {
    compare(Version::Hive4).await;
}
