//! What goes over the wire comes back; what is cut or turned on the way is an error or another message, never a panic.

use super::{VERSION, WireReader, WireWriter};
use crate::{
    BinaryRow, DataFileMeta, DataType, DeletionVectorRange, ErrorKind, FileKind, FileSource,
    GlobalIndexMeta, IndexManifestEntry, SimpleStats, TypeKind, Value,
};

fn row(text: &str) -> BinaryRow {
    let types = [DataType::new(TypeKind::Int), DataType::string()];
    BinaryRow::encode(&types, &[Value::Int(7), Value::String(text.into())]).expect("a row")
}

fn file(name: &str, full: bool) -> DataFileMeta {
    let some = |n: i64| full.then_some(n);
    let names = |names: &[&str]| full.then(|| names.iter().map(|n| (*n).to_owned()).collect());
    DataFileMeta {
        file_name: name.into(),
        file_size: 1 << 40,
        row_count: 3,
        min_key: row("a"),
        max_key: row("longer than seven"),
        key_stats: SimpleStats::empty(),
        value_stats: SimpleStats {
            min_values: row(""),
            max_values: row("zzzzzzzzzz"),
            null_counts: Some(vec![Some(0), None, Some(-1)]),
        },
        min_sequence_number: -1,
        max_sequence_number: i64::MAX,
        schema_id: 2,
        level: 5,
        extra_files: names(&["x.index", "y"]).unwrap_or_default(),
        creation_time: some(1_700_000_000_000),
        delete_row_count: some(0),
        embedded_index: full.then(|| vec![1; 100]),
        file_source: full.then_some(FileSource::Compact),
        value_stats_cols: names(&["a", "a column with a long name"]),
        external_path: full.then(|| "s3://b/c/d".into()),
        first_row_id: some(9),
        write_cols: names(&[]),
        write_cols_sequences: None,
    }
}

fn index(name: &str, full: bool) -> IndexManifestEntry {
    let range = |file: &str, cardinality| DeletionVectorRange {
        data_file: file.into(),
        offset: 1,
        length: 22,
        cardinality,
    };
    IndexManifestEntry {
        kind: FileKind::Add,
        partition: row("p"),
        bucket: 3,
        index_type: "DELETION_VECTORS".into(),
        file_name: name.into(),
        file_size: 10,
        row_count: 2,
        deletion_vectors: full.then(|| vec![range("data-1", Some(4)), range("f", None)]),
        external_path: full.then(|| "file:/x".into()),
        global_index: full.then(|| GlobalIndexMeta {
            row_range_start: 0,
            row_range_end: 99,
            index_field_id: -1,
            extra_field_ids: Some(vec![1, 2, 3]),
            index_meta: Some(b"meta of it".to_vec()),
            source_meta: None,
        }),
    }
}

fn message() -> Vec<u8> {
    let mut out = WireWriter::default();
    out.row(&row("p"));
    out.bool(true);
    out.data_files(&[file("data-0.parquet", true), file("d", false)]).expect("files");
    out.index_files(&[&index("index-0", true), &index("i", false)]).expect("indexes");
    out.finish()
}

#[test]
fn what_is_written_is_read() {
    let bytes = message();
    let mut reader = WireReader::new(VERSION, &bytes).expect("a version");
    assert_eq!(reader.row().expect("a row"), row("p"));
    assert!(reader.bool().expect("a flag"));
    assert_eq!(
        reader.data_files().expect("files"),
        [file("data-0.parquet", true), file("d", false)]
    );
    let indexes = reader.index_files(&row("p"), 3).expect("indexes");
    assert_eq!(indexes, [index("index-0", true), index("i", false)]);
    reader.end().expect("the end");
}

fn read_all(version: i32, bytes: &[u8]) -> crate::Result<()> {
    let mut reader = WireReader::new(version, bytes)?;
    reader.row()?;
    reader.bool()?;
    reader.data_files()?;
    reader.index_files(&row("p"), 3)?;
    reader.end()
}

#[test]
fn damage_is_an_error() {
    let bytes = message();
    for length in 0..bytes.len() {
        let error = read_all(VERSION, &bytes[..length]).expect_err("cut off");
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{length}: {error:?}");
    }
    // turned bytes may give another message; what must not happen is a panic or a large allocation
    for i in 0..bytes.len() {
        let mut bytes = bytes.clone();
        bytes[i] ^= 0xff;
        let _ = read_all(VERSION, &bytes);
    }
}

#[test]
fn other_versions_are_refused() {
    for version in [-1, 0, 9, 14] {
        let error = WireReader::new(version, &[]).expect_err("another version");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }
}
