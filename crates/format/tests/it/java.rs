//! Files that Java wrote: the same rows, and the same schema as our files.

use crate::json;
use crate::support::{java_fields, java_file, java_rows, read_as, write};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::printer::print_schema;
use parquet::schema::types::SchemaDescriptor;
use rimon_format::WriteOptions;
use rimon_spec::DataField;

fn check_rows(table: &str, files: &[(usize, usize)], latest: usize) {
    let wanted = java_fields(table, latest);
    let mut rows: Vec<String> = Vec::new();
    for (file, schema) in files {
        let batch =
            read_as(&java_file(table, *file), &java_fields(table, *schema), &wanted).unwrap();
        rows.extend(json::rows(&batch, &wanted));
    }
    rows.sort();
    compare(table, &rows);
}

fn compare(table: &str, rows: &[String]) {
    let java = java_rows(table);
    assert_eq!(rows.len(), java.len(), "{table}");
    for (ours, java) in rows.iter().zip(&java) {
        assert_eq!(ours, java, "{table}");
    }
}

#[test]
fn scalars() {
    check_rows("scalars", &[(0, 0)], 0);
}

#[test]
fn nested() {
    check_rows("nested", &[(0, 0)], 0);
}

#[test]
fn multiset() {
    check_rows("multiset", &[(0, 0)], 0);
}

#[test]
fn precisions_of_time() {
    check_rows("precisions", &[(0, 0)], 0);
}

#[test]
fn types_changed_since() {
    check_rows("evolve_types", &[(0, 0), (1, 1), (2, 2)], 3);
}

#[test]
fn nested_types_changed_since() {
    check_rows("evolve_nested", &[(0, 0), (1, 1), (2, 2)], 2);
}

fn schema(bytes: &[u8]) -> SchemaDescriptor {
    let reader = SerializedFileReader::new(bytes::Bytes::from(bytes.to_vec())).unwrap();
    reader.metadata().file_metadata().schema_descr().clone()
}

fn printed(schema: &SchemaDescriptor) -> String {
    let mut text = Vec::new();
    print_schema(&mut text, schema.root_schema());
    String::from_utf8(text).unwrap()
}

#[test]
fn our_schema_is_javas() {
    for table in ["scalars", "nested", "multiset", "precisions"] {
        let fields: Vec<DataField> = java_fields(table, 0);
        let java = java_file(table, 0);
        let batch = read_as(&java, &fields, &fields).unwrap();
        let (ours, _) = write(&fields, &[batch], &WriteOptions::default()).unwrap();
        let (ours, java) = (schema(&ours), schema(&java));
        assert_eq!(printed(&ours), printed(&java), "{table}");
        assert_eq!(ours.root_schema(), java.root_schema(), "{table}");
    }
}

#[test]
fn our_files_hold_the_same_rows() {
    for table in ["scalars", "nested", "multiset", "precisions"] {
        let fields = java_fields(table, 0);
        let batch = read_as(&java_file(table, 0), &fields, &fields).unwrap();
        let (ours, _) = write(&fields, &[batch], &WriteOptions::default()).unwrap();
        let again = read_as(&ours, &fields, &fields).unwrap();
        compare(table, &json::rows(&again, &fields));
    }
}
