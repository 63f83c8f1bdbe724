//! Files in memory.

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use futures::TryStreamExt;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use rimon_format::evolution::read_columns;
use rimon_format::{
    DataFileReader, FileFormat, FileRef, MetadataCache, ParquetFormat, ReadRequest, WriteOptions,
    WrittenFile, arrow_schema,
};
use rimon_spec::{DataField, Error, Result, TableSchema};
use std::sync::Arc;

pub(crate) fn format() -> ParquetFormat {
    ParquetFormat::with_cache(MetadataCache::new(1 << 20))
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// A file `t.parquet` with `bytes`.
pub(crate) async fn stored(bytes: &[u8]) -> FileRef {
    stored_as(bytes, "parquet").await
}

/// A file `t.<extension>` with `bytes`.
pub(crate) async fn stored_as(bytes: &[u8], extension: &str) -> FileRef {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let name = format!("t.{extension}");
    let path = Path::from(name.as_str());
    store.put(&path, bytes.to_vec().into()).await.unwrap();
    FileRef::new(store, path, bytes.len() as u64, format!("memory:///{name}"))
}

pub(crate) async fn open(bytes: &[u8]) -> Result<Arc<dyn DataFileReader>> {
    format().open(stored(bytes).await).await
}

pub(crate) async fn collect(
    reader: &dyn DataFileReader,
    request: ReadRequest,
) -> Result<RecordBatch> {
    let wanted: Vec<DataField> = request.columns.iter().map(|c| c.output.clone()).collect();
    let batches: Vec<RecordBatch> = reader.read(request).await?.try_collect().await?;
    let schema = arrow_schema::to_arrow_schema(&wanted)?;
    concat_batches(&schema, &batches).map_err(|e| Error::internal("concat").with_source(e))
}

/// All rows of `bytes`, written with `old`, as `new`.
pub(crate) fn read_as(bytes: &[u8], old: &[DataField], new: &[DataField]) -> Result<RecordBatch> {
    block_on(async {
        let reader = open(bytes).await?;
        let request = ReadRequest::new(read_columns(old, new, &[])?).with_batch_size(7);
        collect(reader.as_ref(), request).await
    })
}

/// The bytes of a file with `batches`.
pub(crate) fn write(
    fields: &[DataField],
    batches: &[RecordBatch],
    options: &WriteOptions,
) -> Result<(Vec<u8>, WrittenFile)> {
    block_on(async {
        let file = stored(b"").await;
        let mut writer = format().create(file.clone(), fields, options)?;
        for batch in batches {
            writer.write(batch).await?;
        }
        let written = writer.finish().await?;
        let read = file.store.get(&file.path).await.unwrap().bytes().await.unwrap();
        assert_eq!(written.size, read.len() as u64);
        Ok((read.to_vec(), written))
    })
}

pub(crate) fn data(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Bytes of `tests/data/<table>/file-<n>.parquet`.
pub(crate) fn java_file(table: &str, n: usize) -> Vec<u8> {
    data(&format!("{table}/file-{n}.parquet"))
}

/// The fields of version `n` of a table's schema.
pub(crate) fn java_fields(table: &str, n: usize) -> Vec<DataField> {
    TableSchema::from_json(&data(&format!("{table}/schema-{n}.json"))).unwrap().fields
}

/// The rows that Java read from the table, sorted by bytes.
pub(crate) fn java_rows(table: &str) -> Vec<String> {
    let text = String::from_utf8(data(&format!("{table}/expected.jsonl"))).unwrap();
    // The least denormal numbers have shorter digits than Java prints.
    let text = text.replace("\"1.4e-45\"", "\"1e-45\"").replace("\"4.9e-324\"", "\"5e-324\"");
    text.lines().map(str::to_owned).collect()
}
