//! Data files: opened, asked for statistics, and read in several ways.

use std::sync::{Arc, LazyLock};

use futures::TryStreamExt;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use rimon_format::evolution::read_columns;
use rimon_format::{
    AvroFormat, FileFormat, FileRef, MetadataCache, OrcFormat, ParquetFormat, ReadRequest,
    TextFile, TextFormat, as_avro,
};
use rimon_spec::manifest::codec::decode_manifest;
use rimon_spec::{DataField, DataType, Predicate, Result, TableSchema, Test, TypeKind, Value};
use tokio::runtime::{Builder, Runtime};

use crate::fair;

/// The schemas of the seeds: every scalar type, nested types, and a small one.
static SCHEMAS: LazyLock<Vec<Vec<DataField>>> = LazyLock::new(|| {
    let scalars = include_bytes!("../../../crates/format/tests/data/scalars/schema-0.json");
    let nested = include_bytes!("../../../crates/format/tests/data/nested/schema-0.json");
    let small = include_bytes!("../../../crates/format/tests/data/orc_none/schema-0.json");
    let fields = |json: &[u8]| TableSchema::from_json(json).expect("a schema").fields;
    vec![fields(scalars), fields(nested), fields(small)]
});

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().build().expect("a runtime"));

/// A Parquet file; see [`file`].
pub(crate) fn parquet(bytes: &[u8]) {
    file(bytes, "parquet", &ParquetFormat::with_cache(MetadataCache::new(0)));
}

/// An ORC file; see [`file`].
pub(crate) fn orc(bytes: &[u8]) {
    file(bytes, "orc", &OrcFormat);
}

/// An Avro file; see [`file`].
pub(crate) fn avro(bytes: &[u8]) {
    file(bytes, "avro", &AvroFormat);
}

/// The first byte chooses the schema and how the file is read; the file follows.
fn file(bytes: &[u8], extension: &str, format: &dyn FileFormat) {
    let Some((first, bytes)) = bytes.split_first() else { return };
    let (how, which) = (usize::from(first / 4), usize::from(first % 4));
    let Some(fields) = SCHEMAS.get(which.min(2)) else { return };
    fair(RUNTIME.block_on(async {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let name = format!("t.{extension}");
        let path = Path::from(name.as_str());
        store.put(&path, bytes.to_vec().into()).await.expect("memory takes it");
        read(format, FileRef::new(store, path, bytes.len() as u64, name), fields, how).await
    }));
}

/// A file of lines: the first byte chooses the format and its options, and how it is read.
pub(crate) fn lines(bytes: &[u8]) {
    let Some((first, bytes)) = bytes.split_first() else { return };
    let (how, which) = (usize::from(first / 16), first % 4);
    let format = [TextFormat::Csv, TextFormat::Json, TextFormat::Text][usize::from(which % 3)];
    let types = match format {
        TextFormat::Csv => "id INT, s STRING, d DATE, n DECIMAL(9, 2), b BYTES, t TIMESTAMP(6)",
        TextFormat::Json => "id INT, a ARRAY<DOUBLE>, m MAP<INT, ROW<x BYTES>>, t TIME(3)",
        TextFormat::Text => "id STRING",
    };
    let row: DataType = format!("ROW<{types}>").parse().expect("a type");
    let TypeKind::Row(fields) = row.kind else { return };
    let mut text = TextFile { fields: fields.clone(), ..TextFile::default() };
    if first & 4 == 4 {
        for key in ["csv.line-delimiter", "json.line-delimiter", "text.line-delimiter"] {
            text.options.insert(key.to_owned(), "aab".to_owned());
        }
        text.options.insert("csv.include-header".to_owned(), "true".to_owned());
    }
    if first & 8 == 8 {
        text.options.insert("csv.mode".to_owned(), "failfast".to_owned());
    }
    // The filter is on a number.
    let how = if format == TextFormat::Text { how & 9 } else { how };
    fair(RUNTIME.block_on(async {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let name = format!("t.{}", format.name());
        let path = Path::from(name.as_str());
        store.put(&path, bytes.to_vec().into()).await.expect("memory takes it");
        let file = FileRef::new(store, path, bytes.len() as u64, name).with_text(text);
        read(&format, file, &fields, how).await
    }));
}

/// A manifest in ORC or Parquet, turned into Avro.
pub(crate) fn foreign_manifest(bytes: &[u8]) {
    let avro = RUNTIME.block_on(as_avro(bytes.to_vec().into(), "m"));
    if let Some(avro) = fair(avro) {
        fair(decode_manifest(&avro, "m"));
    }
}

async fn read(
    format: &dyn FileFormat,
    file: FileRef,
    fields: &[DataField],
    how: usize,
) -> Result<()> {
    let reader = format.open(file).await?;
    let columns = read_columns(fields, fields, &[])?;
    let rows = reader.num_rows();
    drop(reader.row_groups());
    for column in &columns {
        // Damaged statistics cost no rows, but must not do harm either.
        fair(reader.blocks(column).await);
    }
    let mut request = ReadRequest::new(columns).with_batch_size(100);
    if how & 1 == 1 {
        request = request.with_ranges(std::iter::once(rows / 3..rows / 2).collect());
    }
    if how & 2 == 2 {
        let id = Predicate::leaf("id", Test::GtEq(Value::Int(3)));
        request = request.with_predicate(id);
        request.exact = how & 4 == 4;
    }
    request.string_views = how & 8 == 8;
    let mut stream = reader.read(request).await?;
    while let Some(batch) = stream.try_next().await? {
        for column in batch.columns() {
            column.to_data().validate_full().expect("arrays that come out are valid");
        }
    }
    Ok(())
}
