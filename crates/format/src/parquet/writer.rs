//! Writing a Parquet file: column writers per row group, closed into the file when the row group is full.

use super::carrier;
use super::column::{Column, Encoders, columns, describe};
use super::error::write_error;
use super::properties::properties;
use super::sample::pays;
use super::schema::{schema_of, without_int96};
use crate::arrow_schema::to_arrow_fields;
use crate::sink::Sink;
use crate::{FileRef, FormatWriter, WriteOptions, WrittenFile};
use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::Schema;
use async_trait::async_trait;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory,
};
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnDescPtr;
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use rimon_spec::{DataField, Error, Result};
use std::cmp::Reverse;
use std::sync::Arc;

/// Rows handed to the encoders between two looks at the size of the row group.
const SLICE: usize = 32 << 10;

/// Cells of a batch from which its columns are encoded on several threads.
const PARALLEL: usize = 16 << 10;

pub(super) struct ParquetWriter {
    sink: Sink,
    layers: Layers,
    group: Option<Vec<Encoders>>,
    columns: Vec<Column>,
    /// Leaf columns of the file.
    leaves: Vec<ColumnDescPtr>,
    row_group_bytes: usize,
    rows: u64,
    /// What has to be known to begin the file anew once its first rows are seen.
    fresh: Option<(Vec<DataField>, WriteOptions)>,
}

/// The file and what makes encoders for it.
struct Layers {
    file: SerializedFileWriter<Vec<u8>>,
    factory: ArrowRowGroupWriterFactory,
}

impl Layers {
    /// A file without rows; columns named in `plain` get no dictionary.
    fn new(
        name: &str,
        fields: &[DataField],
        options: &WriteOptions,
        plain: &[String],
    ) -> Result<Self> {
        let fail = |e| write_error(e, name);
        let schema = schema_of(fields)?;
        let carried_schema = without_int96(&schema)?.unwrap_or_else(|| schema.clone());
        let props = Arc::new(properties(fields, &carried_schema, options, plain)?);
        let carried = carrier::fields(&to_arrow_fields(fields)?);
        let file =
            SerializedFileWriter::new(Vec::new(), schema.root_schema_ptr(), Arc::clone(&props))
                .map_err(fail)?;
        // Only the factory of this one is used: its encoders see INT96 as bytes.
        let encoders =
            SerializedFileWriter::new(std::io::sink(), carried_schema.root_schema_ptr(), props)
                .map_err(fail)?;
        let factory =
            ArrowRowGroupWriterFactory::new(&encoders, Arc::new(Schema::new(carried.clone())));
        Ok(Self { file, factory })
    }
}

impl ParquetWriter {
    pub(super) fn new(file: FileRef, fields: &[DataField], options: &WriteOptions) -> Result<Self> {
        let layers = Layers::new(&file.name, fields, options, &[])?;
        let schema = schema_of(fields)?;
        let arrow = to_arrow_fields(fields)?;
        let carried = carrier::fields(&arrow);
        let sample = options.sample_dictionary && options.dictionary;
        Ok(Self {
            sink: Sink::new(file),
            layers,
            group: None,
            columns: columns(fields, &arrow, &carried, &schema),
            leaves: schema.columns().to_vec(),
            row_group_bytes: usize::try_from(options.row_group_bytes).unwrap_or(usize::MAX).max(1),
            rows: 0,
            fresh: sample.then(|| (fields.to_vec(), options.clone())),
        })
    }

    /// Begins the file anew without the dictionaries that do not pay.
    fn adapt(&mut self, arrays: &[ArrayRef]) -> Result<()> {
        let Some((fields, options)) = self.fresh.take() else { return Ok(()) };
        let large =
            fields.iter().zip(arrays).filter(|(_, array)| !pays(array, options.expected_rows));
        let plain: Vec<String> = large.map(|(field, _)| field.name.clone()).collect();
        if !plain.is_empty() {
            self.layers = Layers::new(self.sink.name(), &fields, &options, &plain)?;
        }
        Ok(())
    }

    /// The batch's columns as the encoders take them.
    fn prepare(&mut self, batch: &RecordBatch) -> Result<Vec<ArrayRef>> {
        if batch.num_columns() != self.columns.len() {
            return Err(Error::invalid(format!(
                "a batch of {} columns for a file of {}",
                batch.num_columns(),
                self.columns.len()
            )));
        }
        let pairs = self.columns.iter_mut().zip(batch.columns());
        pairs.map(|(column, array)| column.prepare(array)).collect()
    }

    /// The encoders of a new row group, column by column.
    fn encoders(&self) -> Result<Vec<Encoders>> {
        let index = self.layers.file.flushed_row_groups().len();
        let made = self.layers.factory.create_column_writers(index);
        let mut all = made.map_err(|e| write_error(e, self.sink.name()))?.into_iter();
        Ok(self.columns.iter().map(|c| all.by_ref().take(c.leaves).collect()).collect())
    }

    fn encode(&mut self, arrays: &[ArrayRef]) -> Result<()> {
        let mut group = match self.group.take() {
            Some(group) => group,
            None => self.encoders()?,
        };
        let rows = arrays.first().map_or(0, |a| a.len());
        let columns = &self.columns;
        let work = group.iter_mut().zip(columns).zip(arrays);
        let done = if rows.saturating_mul(arrays.len()) < PARALLEL {
            work.into_iter().try_for_each(|((e, column), array)| column.encode(e, array))
        } else {
            let mut work: Vec<_> = work.collect();
            // What takes long begins first.
            work.sort_by_cached_key(|(_, array)| Reverse(bytes(array)));
            let work = work.into_par_iter().with_max_len(1);
            work.try_for_each(|((e, column), array)| column.encode(e, array))
        };
        self.group = Some(group);
        done.map_err(|e| write_error(e, self.sink.name()))
    }

    /// Closes the row group in progress and hands its bytes on.
    async fn flush(&mut self) -> Result<()> {
        let bytes = self.group_bytes();
        let Some(group) = self.group.take() else { return Ok(()) };
        // At once: growing would copy it several times.
        self.layers.file.inner_mut().reserve(bytes);
        self.close_group(group)?;
        self.drain().await
    }

    fn close_group(&mut self, group: Vec<Encoders>) -> Result<()> {
        let fail = |e| write_error(e, self.sink.name());
        let encoders: Vec<ArrowColumnWriter> = group.into_iter().flatten().collect();
        let closed = encoders.into_par_iter().map(ArrowColumnWriter::close);
        let mut chunks: Vec<ArrowColumnChunk> =
            closed.collect::<Result<_, ParquetError>>().map_err(fail)?;
        for column in &mut self.columns {
            column.settle(&mut chunks);
        }
        let mut row_group = self.layers.file.next_row_group().map_err(fail)?;
        for (mut chunk, leaf) in chunks.into_iter().zip(&self.leaves) {
            describe(&mut chunk, leaf).map_err(fail)?;
            chunk.append_to_row_group(&mut row_group).map_err(fail)?;
        }
        row_group.close().map_err(fail)?;
        Ok(())
    }

    async fn drain(&mut self) -> Result<()> {
        let bytes = std::mem::take(self.layers.file.inner_mut());
        if bytes.is_empty() {
            return Ok(());
        }
        self.sink.write(bytes).await
    }

    fn group_bytes(&self) -> usize {
        let encoders = self.group.iter().flatten().flatten();
        encoders.map(ArrowColumnWriter::get_estimated_total_bytes).sum()
    }
}

/// Bytes of an array's values, where they lie side by side.
fn bytes(array: &ArrayRef) -> usize {
    array.to_data().get_slice_memory_size().unwrap_or(0)
}

#[async_trait]
impl FormatWriter for ParquetWriter {
    async fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let arrays = self.prepare(batch)?;
        self.adapt(&arrays)?;
        let rows = batch.num_rows();
        let mut start = 0;
        while start < rows {
            let length = SLICE.min(rows - start);
            let slices: Vec<ArrayRef> = arrays.iter().map(|a| a.slice(start, length)).collect();
            self.encode(&slices)?;
            self.rows += length as u64;
            start += length;
            if self.group_bytes() >= self.row_group_bytes {
                self.flush().await?;
            }
        }
        Ok(())
    }

    fn rows(&self) -> u64 {
        self.rows
    }

    fn estimated_size(&self) -> u64 {
        (self.layers.file.bytes_written() + self.group_bytes()) as u64
    }

    async fn finish(mut self: Box<Self>) -> Result<WrittenFile> {
        self.flush().await?;
        self.layers.file.finish().map_err(|e| write_error(e, self.sink.name()))?;
        self.drain().await?;
        let size = self.layers.file.bytes_written() as u64;
        let rows = self.rows;
        self.sink.finish().await?;
        Ok(WrittenFile {
            size,
            rows,
            stats: self.columns.into_iter().map(Column::into_stats).collect(),
        })
    }

    async fn abort(self: Box<Self>) -> Result<()> {
        self.sink.abort().await
    }
}
