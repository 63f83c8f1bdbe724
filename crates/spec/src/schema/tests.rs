use super::*;
use crate::{DataType, ErrorKind, TypeKind};

fn table(columns: &[(&str, &str)]) -> NewTable {
    let columns = columns.iter().map(|(n, t)| NewColumn::new(*n, t.parse().unwrap())).collect();
    NewTable { columns, ..NewTable::default() }
}

fn with(mut table: NewTable, options: &[(&str, &str)]) -> NewTable {
    table.options.extend(options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
    table
}

fn keyed(options: &[(&str, &str)]) -> NewTable {
    let mut table = table(&[("id", "INT"), ("dt", "STRING"), ("v", "BIGINT"), ("s", "STRING")]);
    table.primary_keys = vec!["dt".into(), "id".into()];
    table.partition_keys = vec!["dt".into()];
    with(table, options)
}

fn path(names: &[&str]) -> Vec<String> {
    names.iter().map(|n| (*n).to_owned()).collect()
}

fn set(key: &str, value: &str) -> SchemaChange {
    SchemaChange::SetOption { key: key.into(), value: value.into() }
}

#[test]
fn create_assigns_ids_and_makes_keys_not_null() {
    let mut new = table(&[("a", "INT"), ("r", "ROW<x INT, y ROW<z INT>>"), ("b", "INT")]);
    new.primary_keys = vec!["a".into()];
    let schema = TableSchema::create(with(new, &[("bucket", "2")]), 7).unwrap();
    assert_eq!((schema.version, schema.id, schema.time_millis), (3, 0, 7));
    assert_eq!(schema.highest_field_id, 5);
    assert_eq!(schema.fields.iter().map(|f| f.id).collect::<Vec<_>>(), [0, 1, 5]);
    assert!(!schema.fields[0].data_type.nullable && schema.fields[2].data_type.nullable);
    assert_eq!(schema.fields[1].data_type.to_string(), "ROW<`x` INT, `y` ROW<`z` INT>>");
    assert_eq!(schema.bucket_keys(), ["a"]);
    let json = schema.to_json().unwrap();
    assert_eq!(TableSchema::from_json(json.as_bytes()).unwrap(), schema);
}

#[test]
fn keys_may_come_as_options() {
    let new = table(&[("a", "INT"), ("b", "INT")]);
    let new = with(new, &[("primary-key", "a, b"), ("partition", "b"), ("bucket", "1")]);
    let schema = TableSchema::create(new, 0).unwrap();
    assert_eq!((schema.primary_keys.len(), schema.partition_keys.len()), (2, 1));
    assert_eq!(schema.trimmed_primary_keys(), ["a"]);
    assert!(!schema.options.contains_key("primary-key"));
    let twice = keyed(&[("primary-key", "id")]);
    assert!(TableSchema::create(twice, 0).is_err());
}

#[test]
fn what_java_refuses_is_refused() {
    let mut same = keyed(&[]);
    same.primary_keys = vec!["dt".into()];
    let mut nested = table(&[("a", "ARRAY<INT>"), ("b", "INT")]);
    nested.primary_keys = vec!["a".into()];
    let mut default = table(&[("a", "INT")]);
    default.columns[0].default_value = Some("x".into());
    let ordering = ("sequence.snapshot-ordering", "true");
    let write_only = ("write-only", "true");
    let cases = [
        (table(&[]), "at least one column"),
        (table(&[("a", "INT"), ("a", "INT")]), "twice"),
        (table(&[("_KEY_a", "INT")]), "reserved"),
        (table(&[("rowkind", "INT")]), "reserved"),
        (same, "same as the partition keys"),
        (nested, "ARRAY<INT>"),
        (default, "default"),
        (with(table(&[("a", "INT")]), &[("bucket", "4")]), "bucket-key"),
        (with(table(&[("a", "INT")]), &[("bucket-key", "a")]), "bucket"),
        (with(table(&[("a", "INT")]), &[("bucket", "0")]), "'bucket' = '0'"),
        (with(table(&[("a", "INT")]), &[("bucket", "-2")]), "'bucket' = '-2'"),
        (with(table(&[("a", "INT")]), &[("changelog-producer", "input")]), "primary key"),
        (with(table(&[("a", "INT")]), &[("nonsense", "1")]), "nonsense"),
        (keyed(&[("bucket", "1"), ("bucket-key", "v")]), "not in the primary key"),
        (keyed(&[("bucket", "1"), ("bucket-key", "dt")]), "partition key"),
        (keyed(&[("sequence.field", "nope")]), "nope"),
        (keyed(&[("sequence.field", "v,v")]), "twice"),
        (keyed(&[("fields.nope.aggregate-function", "sum")]), "nope"),
        (keyed(&[("merge-engine", "first-row"), ("changelog-producer", "input")]), "first-row"),
        (keyed(&[("rowkind.field", "nope")]), "nope"),
        (keyed(&[("row-tracking.enabled", "true")]), "row-tracking"),
        (keyed(&[("record-level.time-field", "s")]), "record-level"),
        (with(table(&[("a", "INT")]), &[ordering, write_only]), "primary key"),
        (keyed(&[ordering]), "'write-only' = 'true'"),
        (keyed(&[ordering, write_only, ("sequence.field", "v")]), "sequence.field"),
    ];
    for (new, text) in cases {
        let error = TableSchema::create(new, 0).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        assert!(error.to_string().contains(text), "{error} without {text}");
    }
}

#[test]
fn columns_are_added_renamed_moved_and_dropped() {
    let schema =
        TableSchema::create(keyed(&[("bucket", "1"), ("sequence.field", "v")]), 0).unwrap();
    let int: DataType = "INT".parse().unwrap();
    let add = |name: &str, position| SchemaChange::AddColumn {
        column: path(&[name]),
        data_type: int.clone(),
        description: Some("c".into()),
        position,
    };
    let rename = |from: &str, to: &str| SchemaChange::RenameColumn {
        column: path(&[from]),
        name: to.into(),
    };
    let changes = [
        add("n", Some(ColumnMove::After("id".into()))),
        add("m", None),
        rename("v", "w"),
        rename("id", "key"),
        SchemaChange::DropColumn(path(&["s"])),
        SchemaChange::UpdateColumnPosition { column: "m".into(), position: ColumnMove::First },
    ];
    let next = schema.apply(&changes, true, 9).unwrap();
    let names: Vec<_> = next.fields.iter().map(|f| (f.name.as_str(), f.id)).collect();
    assert_eq!(names, [("m", 5), ("key", 0), ("n", 4), ("dt", 1), ("w", 2)]);
    assert_eq!((next.id, next.highest_field_id, next.time_millis), (1, 5, 9));
    assert_eq!(next.primary_keys, ["dt", "key"]);
    assert_eq!(next.options["sequence.field"], "w");
    // An id is never used again.
    let after = next.apply(&[SchemaChange::DropColumn(path(&["m"])), add("o", None)], true, 0);
    assert_eq!(after.unwrap().field("o").unwrap().id, 6);
}

#[test]
fn moves_are_java_s() {
    let schema =
        TableSchema::create(table(&[("a", "INT"), ("b", "INT"), ("c", "INT")]), 0).unwrap();
    let moved = |column: &str, position| {
        let change = SchemaChange::UpdateColumnPosition { column: column.into(), position };
        let names = schema.apply(&[change], false, 0)?;
        Ok::<_, crate::Error>(names.fields.iter().map(|f| f.name.clone()).collect::<String>())
    };
    assert_eq!(moved("c", ColumnMove::First).unwrap(), "cab");
    assert_eq!(moved("a", ColumnMove::Last).unwrap(), "bca");
    assert_eq!(moved("a", ColumnMove::After("b".into())).unwrap(), "bac");
    assert_eq!(moved("c", ColumnMove::After("a".into())).unwrap(), "acb");
    assert_eq!(moved("a", ColumnMove::Before("c".into())).unwrap(), "bac");
    assert_eq!(moved("c", ColumnMove::Before("a".into())).unwrap(), "cab");
    assert!(moved("a", ColumnMove::First).is_err());
    assert!(moved("x", ColumnMove::First).is_err());
}

#[test]
fn types_change_as_far_as_java_allows() {
    let new = table(&[("a", "INT"), ("r", "ROW<x INT>"), ("l", "ARRAY<INT>"), ("k", "INT")]);
    let mut new = with(new, &[("bucket", "1")]);
    new.primary_keys = vec!["k".into()];
    let schema = TableSchema::create(new, 0).unwrap();
    let change = |column: &[&str], to: &str| {
        let data_type = to.parse().unwrap();
        let change = SchemaChange::UpdateColumnType {
            column: path(column),
            data_type,
            keep_nullability: false,
        };
        schema.apply(&[change], true, 0)
    };
    let wide = change(&["a"], "BIGINT").unwrap();
    assert_eq!(wide.field("a").unwrap().data_type.kind, TypeKind::BigInt);
    assert_eq!(
        change(&["r", "x"], "STRING").unwrap().fields[1].data_type.to_string(),
        "ROW<`x` STRING>"
    );
    assert_eq!(
        change(&["l", "element"], "BIGINT").unwrap().fields[2].data_type.to_string(),
        "ARRAY<BIGINT>"
    );
    for (column, to) in [
        (&["a"][..], "DATE"),
        (&["a"], "BIGINT NOT NULL"),
        (&["k"], "BIGINT NOT NULL"),
        (&["l"], "ARRAY<BIGINT>"),
        (&["r", "nope"], "INT"),
    ] {
        assert!(change(column, to).is_err(), "{column:?} {to}");
    }
}

#[test]
fn nullability_and_defaults() {
    let schema = TableSchema::create(keyed(&[("bucket", "1")]), 0).unwrap();
    let null = |column: &str, nullable| SchemaChange::UpdateColumnNullability {
        column: path(&[column]),
        nullable,
    };
    assert!(schema.apply(&[null("v", false)], true, 0).unwrap_err().hint().is_some());
    assert!(schema.apply(&[null("id", true)], true, 0).is_err());
    let allowed = schema.apply(&[set("alter-column-null-to-not-null.disabled", "false")], true, 0);
    let strict = allowed.unwrap().apply(&[null("v", false)], true, 0).unwrap();
    assert!(!strict.field("v").unwrap().data_type.nullable);
    let default = |text: &str| SchemaChange::UpdateColumnDefault {
        column: path(&["v"]),
        default_value: Some(text.into()),
    };
    assert!(schema.apply(&[default("12")], true, 0).is_ok());
    assert!(schema.apply(&[default("twelve")], true, 0).is_err());
}

#[test]
fn options_that_shape_data_stay() {
    let schema = TableSchema::create(keyed(&[("bucket", "1")]), 0).unwrap();
    let refused = |change: SchemaChange| schema.apply(&[change], true, 0).unwrap_err();
    for change in [
        set("merge-engine", "aggregation"),
        set("bucket", "-1"),
        set("deletion-vectors.enabled", "true"),
        set("sequence.snapshot-ordering", "true"),
        set("type", "format-table"),
        set("primary-key", "id"),
        set("snapshot.num-retianed.min", "3"),
        SchemaChange::RemoveOption("bucket".into()),
    ] {
        assert_eq!(refused(change).kind(), ErrorKind::Invalid);
    }
    schema
        .apply(&[set("bucket", "4"), set("primary-key", "dt,id"), set("type", "TABLE")], true, 0)
        .unwrap();
    let empty = schema.apply(&[set("merge-engine", "aggregation")], false, 0).unwrap();
    assert_eq!(empty.options["merge-engine"], "aggregation");
    let back = empty.apply(&[SchemaChange::RemoveOption("merge-engine".into())], false, 0).unwrap();
    assert!(!back.options.contains_key("merge-engine"));
    let ordered = [set("sequence.snapshot-ordering", "true"), set("write-only", "true")];
    let ordered = schema.apply(&ordered, false, 0).unwrap();
    for key in ["sequence.snapshot-ordering", "write-only"] {
        let error = ordered.apply(&[SchemaChange::RemoveOption(key.into())], true, 0).unwrap_err();
        assert!(error.to_string().contains("sequence.snapshot-ordering"), "{error}");
    }
}

#[test]
fn functions_take_columns_of_some_types() {
    let aggregated = |data_type: &str, options: &[(&str, &str)]| {
        let mut new = table(&[("id", "INT"), ("c", data_type)]);
        new.primary_keys = vec!["id".into()];
        let engine = [("merge-engine", "aggregation")];
        with(new, &engine.iter().chain(options).copied().collect::<Vec<_>>())
    };
    let key = "fields.c.aggregate-function";
    for (function, takes, leaves) in [
        ("sum", "DECIMAL(9, 2)", "STRING"),
        ("product", "DOUBLE", "DATE"),
        ("max", "TIME(3)", "BOOLEAN"),
        ("min", "BINARY(3)", "ARRAY<INT>"),
        ("bool_and", "BOOLEAN", "INT"),
        ("listagg", "STRING", "VARCHAR(9)"),
        ("collect", "ARRAY<INT>", "MAP<INT, INT>"),
        ("nested_update", "ARRAY<ROW<a INT, b INT>>", "ARRAY<INT>"),
        ("merge_map", "MAP<INT, INT>", "MULTISET<INT>"),
        ("merge_map_with_keytime", "MAP<INT, ROW<a INT, b STRING>>", "MAP<INT, ROW<a INT>>"),
        ("rbm32", "BYTES", "BINARY(3)"),
    ] {
        TableSchema::create(aggregated(takes, &[(key, function)]), 0).unwrap();
        let error = TableSchema::create(aggregated(leaves, &[(key, function)]), 0).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        for word in [function, "'c'", leaves.split('<').next().unwrap()] {
            assert!(error.to_string().contains(word), "{error} without {word}");
        }
    }
    for any in ["last_value", "first_value", "last_non_null_value", "primary-key"] {
        TableSchema::create(aggregated("ROW<a INT>", &[(key, any)]), 0).unwrap();
    }
    let default = ("fields.default-aggregate-function", "sum");
    TableSchema::create(aggregated("INT", &[default]), 0).unwrap();
    assert!(TableSchema::create(aggregated("STRING", &[default]), 0).is_err());
    TableSchema::create(aggregated("STRING", &[default, ("sequence.field", "c")]), 0).unwrap();
    let time = [(key, "merge_map_with_keytime"), ("fields.c.ts-field", "none")];
    let error = TableSchema::create(aggregated("MAP<INT, ROW<a INT, b STRING>>", &time), 0);
    assert!(error.unwrap_err().to_string().contains("none"));

    // altered, also one that Java made wrong
    let plain = TableSchema::create(aggregated("STRING", &[]), 0).unwrap();
    assert!(plain.apply(&[set(key, "sum")], true, 0).is_err());
    let mut wrong = plain.clone();
    wrong.options.insert(key.into(), "sum".into());
    let other = wrong.apply(&[set("snapshot.num-retained.min", "3")], true, 0).unwrap();
    other.apply(&[SchemaChange::RemoveOption(key.into())], true, 0).unwrap();
}

#[test]
fn old_versions_get_their_defaults() {
    let json = br#"{"id":0,"fields":[{"id":0,"name":"a","type":"INT"}],"highestFieldId":0,
        "partitionKeys":[],"primaryKeys":[],"options":{},"comment":""}"#;
    let schema = TableSchema::from_json(json).unwrap();
    assert_eq!((schema.version, schema.time_millis), (1, 0));
    assert_eq!(
        (schema.options["bucket"].as_str(), schema.options["file.format"].as_str()),
        ("1", "orc")
    );
    assert_eq!(schema.comment.as_deref(), Some(""));
}

#[test]
fn what_is_not_a_schema_is_corrupt() {
    let good = TableSchema::create(table(&[("a", "INT")]), 0).unwrap().to_json().unwrap();
    for (from, to, kind) in [
        ("\"version\" : 3", "\"version\" : 4", ErrorKind::Unsupported),
        ("\"fields\"", "\"felds\"", ErrorKind::Corrupt),
        ("\"partitionKeys\" : [ ]", "\"partitionKeys\" : [ \"x\" ]", ErrorKind::Corrupt),
        ("{", "", ErrorKind::Corrupt),
        ("\"type\" : \"INT\"", "\"type\" : 7", ErrorKind::Corrupt),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good);
        assert_eq!(TableSchema::from_json(bad.as_bytes()).unwrap_err().kind(), kind, "{to}");
    }
}

macro_rules! vector {
    ($name:literal) => {
        include_str!(concat!("../../tests/vectors/", $name))
    };
}

#[test]
fn java_s_schemas_are_written_back_byte_for_byte() {
    for json in [
        vector!("schema-nested.json"),
        vector!("schema-names.json"),
        vector!("schema-keys.json"),
        vector!("schema-scalars.json"),
        vector!("schema-defaults.json"),
        vector!("schema-multiset.json"),
    ] {
        let schema = TableSchema::from_json(json.as_bytes()).unwrap();
        assert_eq!(schema.to_json().unwrap(), json);
        schema.validate().unwrap();
        // What Java created from the same columns.
        let columns = schema.fields.iter().map(|f| NewColumn {
            name: f.name.clone(),
            data_type: f.data_type.clone(),
            description: f.description.clone(),
            default_value: f.default_value.clone(),
        });
        let new = NewTable {
            columns: columns.collect(),
            primary_keys: schema.primary_keys.clone(),
            partition_keys: schema.partition_keys.clone(),
            options: schema.options.clone(),
            comment: schema.comment.clone(),
        };
        let mut again = TableSchema::create(new, schema.time_millis).unwrap();
        if schema.id == 0 {
            assert_eq!(again, schema);
        }
        again.id = 1;
    }
    let old = TableSchema::from_json(vector!("schema-0.4.json").as_bytes()).unwrap();
    assert_eq!(old.version, 1);
    assert_eq!(old.trimmed_primary_keys(), old.bucket_keys());
}
