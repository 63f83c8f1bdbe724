//! Writing a Parquet file: column writers per row group, closed into the file when the row group is full.

use super::canonical::canonical;
use super::properties::{is_floating, properties};
use super::schema::{schema_of, without_int96};
use super::sink::Sink;
use super::statistics::{chunk_bounds, too_large, without_bounds};
use super::{carrier, error::store_error};
use crate::arrow_schema::to_arrow_fields;
use crate::stats::Bounds;
use crate::{ColumnStats, FileRef, FormatWriter, WriteOptions, WrittenFile};
use arrow::array::cast::AsArray;
use arrow::array::types::{Float32Type, Float64Type};
use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::{DataType as ArrowType, Fields, Schema};
use async_trait::async_trait;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnDescPtr, SchemaDescriptor};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rimon_spec::{DataField, Error, Result};
use std::sync::Arc;

/// Rows handed to the encoders between two looks at the size of the row group.
const SLICE: usize = 32 << 10;

/// Cells of a batch from which its columns are encoded on several threads.
const PARALLEL: usize = 16 << 10;

/// The encoders of the leaves of one column.
type Encoders = Vec<ArrowColumnWriter>;

pub(super) struct ParquetWriter {
    sink: Sink,
    file: SerializedFileWriter<Vec<u8>>,
    group: Option<Vec<Encoders>>,
    factory: ArrowRowGroupWriterFactory,
    columns: Vec<Column>,
    /// Leaf columns of the file.
    leaves: Vec<ColumnDescPtr>,
    row_group_bytes: usize,
    rows: u64,
}

/// A column of the writer.
struct Column {
    field: DataField,
    arrow: ArrowType,
    /// As the encoders see it: INT96 as twelve bytes.
    carried: arrow::datatypes::FieldRef,
    /// Number of its leaf columns.
    leaves: usize,
    /// Index of its leaf unless it is nested.
    leaf: Option<usize>,
    /// The row group in progress holds NaN.
    nan: bool,
    bounds: Option<Bounds>,
}

impl ParquetWriter {
    pub(super) fn new(file: FileRef, fields: &[DataField], options: &WriteOptions) -> Result<Self> {
        let fail = |e| write_error(e, &file.name);
        let schema = schema_of(fields)?;
        let carried_schema = without_int96(&schema)?.unwrap_or_else(|| schema.clone());
        let props = Arc::new(properties(fields, &carried_schema, options)?);
        let arrow = to_arrow_fields(fields)?;
        let carried = carrier::fields(&arrow);
        let writer =
            SerializedFileWriter::new(Vec::new(), schema.root_schema_ptr(), Arc::clone(&props))
                .map_err(fail)?;
        // Only the factory of this one is used: its encoders see INT96 as bytes.
        let encoders =
            SerializedFileWriter::new(std::io::sink(), carried_schema.root_schema_ptr(), props)
                .map_err(fail)?;
        let arrow_schema = Arc::new(Schema::new(carried.clone()));
        Ok(Self {
            sink: Sink::new(file),
            file: writer,
            group: None,
            factory: ArrowRowGroupWriterFactory::new(&encoders, arrow_schema),
            columns: columns(fields, &arrow, &carried, &schema),
            leaves: schema.columns().to_vec(),
            row_group_bytes: usize::try_from(options.row_group_bytes).unwrap_or(usize::MAX).max(1),
            rows: 0,
        })
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
        let index = self.file.flushed_row_groups().len();
        let made = self.factory.create_column_writers(index);
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
            let work: Vec<_> = work.collect();
            work.into_par_iter().try_for_each(|((e, column), array)| column.encode(e, array))
        };
        self.group = Some(group);
        done.map_err(|e| write_error(e, self.sink.name()))
    }

    /// Closes the row group in progress and hands its bytes on.
    async fn flush(&mut self) -> Result<()> {
        let Some(group) = self.group.take() else { return Ok(()) };
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
        let mut row_group = self.file.next_row_group().map_err(fail)?;
        for (mut chunk, leaf) in chunks.into_iter().zip(&self.leaves) {
            describe(&mut chunk, leaf).map_err(fail)?;
            chunk.append_to_row_group(&mut row_group).map_err(fail)?;
        }
        row_group.close().map_err(fail)?;
        Ok(())
    }

    async fn drain(&mut self) -> Result<()> {
        let bytes = std::mem::take(self.file.inner_mut());
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

impl Column {
    fn encode(&self, encoders: &mut Encoders, array: &ArrayRef) -> Result<(), ParquetError> {
        let leaves = compute_leaves(&self.carried, array)?;
        encoders.iter_mut().zip(&leaves).try_for_each(|(encoder, leaf)| encoder.write(leaf))
    }

    fn prepare(&mut self, array: &ArrayRef) -> Result<ArrayRef> {
        let name = &self.field.name;
        if !self.field.data_type.nullable && array.logical_null_count() > 0 {
            return Err(Error::invalid(format!(
                "a null in the column '{name}', which is NOT NULL"
            )));
        }
        let array = if *array.data_type() == self.arrow {
            Arc::clone(array)
        } else {
            // Children of lists and maps may have other names.
            canonical(array, &self.field.data_type).map_err(|e| {
                let found = array.data_type();
                Error::invalid(format!("Arrow type {found} for the column '{name}'")).with_source(e)
            })?
        };
        self.nan = self.nan || (is_floating(&self.field) && has_nan(&array));
        carrier::array(&array, self.carried.data_type())
    }

    /// Adds the statistics of the row group's chunk to those of the file, and takes bounds that mislead from it.
    fn settle(&mut self, chunks: &mut [ArrowColumnChunk]) {
        let nan = std::mem::take(&mut self.nan);
        let Some(chunk) = self.leaf.and_then(|leaf| chunks.get_mut(leaf)) else { return };
        let close = chunk.close_mut();
        let Some(statistics) = close.metadata.statistics().cloned() else { return };
        let part = chunk_bounds(&statistics, &self.field, nan);
        self.bounds = Some(match self.bounds.take() {
            Some(bounds) => bounds.merge(part),
            None => part,
        });
        if nan {
            close.column_index = None;
        }
        if nan || too_large(&statistics) {
            let builder = close.metadata.clone().into_builder();
            if let Ok(metadata) = builder.set_statistics(without_bounds(&statistics)).build() {
                close.metadata = metadata;
            }
        }
    }
}

fn columns(
    fields: &[DataField],
    arrow: &Fields,
    carried: &Fields,
    schema: &SchemaDescriptor,
) -> Vec<Column> {
    let of = |root: usize| {
        (0..schema.num_columns()).filter(move |l| schema.get_column_root_idx(*l) == root)
    };
    let leaf = |root| of(root).next().filter(|l| schema.get_column_root(*l).is_primitive());
    let one = |(index, ((field, arrow), carried)): (usize, ((&DataField, &Arc<_>), &Arc<_>))| {
        let arrow: &Arc<arrow::datatypes::Field> = arrow;
        Column {
            field: field.clone(),
            arrow: arrow.data_type().clone(),
            carried: Arc::clone(carried),
            leaves: of(index).count(),
            leaf: leaf(index),
            nan: false,
            bounds: None,
        }
    };
    fields.iter().zip(arrow).zip(carried).enumerate().map(one).collect()
}

/// Gives a chunk encoded as twelve bytes its INT96 column back. Bounds of INT96 have no order and are left out.
fn describe(chunk: &mut ArrowColumnChunk, leaf: &ColumnDescPtr) -> Result<(), ParquetError> {
    if chunk.close().metadata.column_descr() == leaf.as_ref() {
        return Ok(());
    }
    let close = chunk.close_mut();
    let old = &close.metadata;
    let nulls = old.statistics().and_then(|s| s.null_count_opt());
    let statistics = parquet::file::statistics::Statistics::int96(None, None, None, nulls, false);
    let mut builder = ColumnChunkMetaData::builder(Arc::clone(leaf))
        .set_compression_codec(old.compression_codec())
        .set_encodings_mask(*old.encodings_mask())
        .set_total_compressed_size(old.compressed_size())
        .set_total_uncompressed_size(old.uncompressed_size())
        .set_num_values(old.num_values())
        .set_data_page_offset(old.data_page_offset())
        .set_dictionary_page_offset(old.dictionary_page_offset())
        .set_statistics(statistics);
    if let Some(pages) = old.page_encoding_stats() {
        builder = builder.set_page_encoding_stats(pages.clone());
    }
    close.metadata = builder.build()?;
    close.column_index = None;
    Ok(())
}

fn has_nan(array: &ArrayRef) -> bool {
    // Values under nulls count too: at worst a bound is left out.
    match array.data_type() {
        ArrowType::Float32 => {
            array.as_primitive::<Float32Type>().values().iter().any(|v| v.is_nan())
        }
        ArrowType::Float64 => {
            array.as_primitive::<Float64Type>().values().iter().any(|v| v.is_nan())
        }
        _ => false,
    }
}

fn write_error(error: ParquetError, file: &str) -> Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<object_store::Error>() {
            Ok(store) => store_error(*store, file),
            Err(other) => {
                Error::internal("encoding a data file").with("file", file).with_source(other)
            }
        },
        other => Error::internal("encoding a data file").with("file", file).with_source(other),
    }
}

#[async_trait]
impl FormatWriter for ParquetWriter {
    async fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let arrays = self.prepare(batch)?;
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
        (self.file.bytes_written() + self.group_bytes()) as u64
    }

    async fn finish(mut self: Box<Self>) -> Result<WrittenFile> {
        self.flush().await?;
        self.file.finish().map_err(|e| write_error(e, self.sink.name()))?;
        self.drain().await?;
        let size = self.file.bytes_written() as u64;
        let rows = self.rows;
        self.sink.finish().await?;
        let stats = |column: Column| match column.bounds {
            Some(bounds) => bounds.into_stats(),
            None => ColumnStats::unknown(),
        };
        Ok(WrittenFile { size, rows, stats: self.columns.into_iter().map(stats).collect() })
    }

    async fn abort(self: Box<Self>) -> Result<()> {
        self.sink.abort().await
    }
}
