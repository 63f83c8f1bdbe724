//! Files whose columns are known from themselves only: manifests that a table keeps in another format than Avro.

use crate::avro::AvroFormat;
use crate::{
    Compression, DataFileReader, FileFormat, FileRef, ReadColumn, ReadRequest, Source,
    WriteOptions, orc, parquet,
};
use bytes::Bytes;
use futures::StreamExt;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use rimon_spec::{DataField, Error, Result};
use std::sync::Arc;

/// A reader together with the columns that its file declares.
pub(crate) type Declared = (Arc<dyn DataFileReader>, Vec<DataField>);

/// The rows of an ORC or Parquet file, with the columns it declares, as an Avro file that is not compressed. `name` is
/// the file's in errors.
///
/// # Errors
/// `Unsupported` for another format and for columns that Avro cannot hold, `Corrupt` for a damaged file.
pub async fn as_avro(bytes: Bytes, name: &str) -> Result<Bytes> {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let failed = |e| Error::internal("a copy in memory").with_source(e).with("file", name);
    let (source, target) = (Path::from("source"), Path::from("target"));
    let size = bytes.len() as u64;
    let format = bytes.first_chunk::<4>().copied();
    store.put(&source, bytes.into()).await.map_err(failed)?;
    let file = FileRef::new(Arc::clone(&store), source, size, name);
    let (reader, fields) = match format {
        Some([b'O', b'R', b'C', _]) => orc::open_declared(file).await?,
        Some(parquet::MAGIC) => parquet::open_declared(file).await?,
        _ => return Err(Error::unsupported("a file of an unknown format").with("file", name)),
    };
    let column = |field: &DataField| ReadColumn {
        output: field.clone(),
        source: Source::File { name: field.name.clone(), data_type: field.data_type.clone() },
    };
    let request = ReadRequest::new(fields.iter().map(column).collect());
    let copy = FileRef::new(Arc::clone(&store), target.clone(), 0, name);
    let options = WriteOptions { compression: Compression::None, ..WriteOptions::default() };
    let mut writer = AvroFormat.create(copy, &fields, &options)?;
    let mut batches = reader.read(request).await?;
    while let Some(batch) = batches.next().await {
        writer.write(&batch?).await?;
    }
    writer.finish().await?;
    let written = store.get(&target).await.map_err(failed)?;
    written.bytes().await.map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ParquetFormat;
    use arrow::array::{Array, AsArray, Int64Array, RecordBatch, StructArray};
    use arrow::array::{ArrayRef, StringArray};
    use arrow::datatypes::Int64Type;
    use rimon_spec::{DataType, TypeKind};

    #[tokio::test]
    async fn rows_of_a_parquet_file_are_the_same_in_avro() -> Result<()> {
        let inner = vec![DataField::new(1, "n", DataType::not_null(TypeKind::BigInt))];
        let fields = [
            DataField::new(0, "_FILE", DataType::not_null(TypeKind::Row(inner))),
            DataField::new(2, "s", DataType::string()),
        ];
        let schema = crate::arrow_schema::to_arrow_schema(&fields)?;
        let arrow::datatypes::DataType::Struct(inner) = schema.field(0).data_type() else {
            return Err(Error::internal("no struct"));
        };
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![7, -8]));
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StructArray::new(inner.clone(), vec![numbers], None)),
            Arc::new(StringArray::from(vec![Some("x"), None])),
        ];
        let batch = RecordBatch::try_new(schema, columns).unwrap();
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let path = Path::from("m");
        let file = |size| FileRef::new(Arc::clone(&store), path.clone(), size, "m");
        let mut writer = ParquetFormat::new().create(file(0), &fields, &WriteOptions::default())?;
        writer.write(&batch).await?;
        writer.finish().await?;
        let bytes = store.get(&path).await.unwrap().bytes().await.unwrap();
        let avro = as_avro(bytes, "m").await?;
        store.put(&path, avro.clone().into()).await.unwrap();
        let reader = AvroFormat.open(file(avro.len() as u64)).await?;
        let columns = crate::evolution::read_columns(&fields, &fields, &[])?;
        let mut batches = reader.read(ReadRequest::new(columns)).await?;
        let read = batches.next().await.unwrap()?;
        let numbers = read.column(0).as_struct().column(0);
        assert_eq!(numbers.as_primitive::<Int64Type>().values(), &[7, -8]);
        assert!(read.column(1).is_null(1));
        assert!(as_avro(Bytes::from_static(b"none"), "m").await.is_err());
        Ok(())
    }
}
