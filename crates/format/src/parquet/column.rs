//! One column on its way into a file: checked, carried, encoded, its statistics kept.

use super::carrier;
use super::properties::is_floating;
use super::statistics::{FloatRange, chunk_bounds, float_range, too_large, without_bounds};
use crate::ColumnStats;
use crate::canonical::canonical;
use crate::stats::Bounds;
use arrow::array::{Array, ArrayRef};
use arrow::datatypes::{DataType as ArrowType, Field, FieldRef, Fields};
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, compute_leaves};
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::statistics::Statistics;
use parquet::schema::types::{ColumnDescPtr, SchemaDescriptor};
use rimon_spec::{DataField, Error, Result, Value};
use std::sync::Arc;

/// The encoders of the leaves of one column.
pub(super) type Encoders = Vec<ArrowColumnWriter>;

/// A column of the writer.
pub(super) struct Column {
    field: DataField,
    arrow: ArrowType,
    /// As the encoders see it: INT96 as twelve bytes.
    carried: FieldRef,
    /// Number of its leaf columns.
    pub(super) leaves: usize,
    /// Index of its leaf unless it is nested.
    leaf: Option<usize>,
    /// Range of a FLOAT or DOUBLE column in the row group in progress.
    floats: Option<FloatRange>,
    bounds: Option<Bounds>,
}

impl Column {
    /// The statistics of the whole file.
    pub(super) fn into_stats(self) -> ColumnStats {
        self.bounds.map_or_else(ColumnStats::unknown, Bounds::into_stats)
    }

    pub(super) fn encode(
        &self,
        encoders: &mut Encoders,
        array: &ArrayRef,
    ) -> Result<(), ParquetError> {
        let leaves = compute_leaves(&self.carried, array)?;
        encoders.iter_mut().zip(&leaves).try_for_each(|(encoder, leaf)| encoder.write(leaf))
    }

    pub(super) fn prepare(&mut self, array: &ArrayRef) -> Result<ArrayRef> {
        let name = &self.field.name;
        if !self.field.data_type.nullable && array.logical_null_count() > 0 {
            return Err(Error::invalid(format!(
                "a null in the column '{name}', which is NOT NULL"
            )));
        }
        // The encoders take texts as views, too.
        let views = (array.data_type(), &self.arrow) == (&ArrowType::Utf8View, &ArrowType::Utf8);
        if views {
            return Ok(Arc::clone(array));
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
        if is_floating(&self.field) {
            self.floats = float_range(self.floats.take(), array.as_ref());
        }
        carrier::array(&array, self.carried.data_type())
    }

    /// Adds the statistics of the row group's chunk to those of the file, and takes bounds that mislead from it.
    pub(super) fn settle(&mut self, chunks: &mut [ArrowColumnChunk]) {
        let floats = self.floats.take();
        let nan = floats.as_ref().is_some_and(|(_, max)| is_nan(max));
        let Some(chunk) = self.leaf.and_then(|leaf| chunks.get_mut(leaf)) else { return };
        let close = chunk.close_mut();
        let Some(statistics) = close.metadata.statistics().cloned() else { return };
        let part = chunk_bounds(&statistics, &self.field, floats);
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

/// The columns of a file with `fields`, whose Parquet schema is `schema`.
pub(super) fn columns(
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
        let arrow: &Arc<Field> = arrow;
        Column {
            field: field.clone(),
            arrow: arrow.data_type().clone(),
            carried: Arc::clone(carried),
            leaves: of(index).count(),
            leaf: leaf(index),
            floats: None,
            bounds: None,
        }
    };
    fields.iter().zip(arrow).zip(carried).enumerate().map(one).collect()
}

/// Gives a chunk encoded as twelve bytes its INT96 column back. Bounds of INT96 have no order and are left out.
pub(super) fn describe(
    chunk: &mut ArrowColumnChunk,
    leaf: &ColumnDescPtr,
) -> Result<(), ParquetError> {
    if chunk.close().metadata.column_descr() == leaf.as_ref() {
        return Ok(());
    }
    let close = chunk.close_mut();
    let old = &close.metadata;
    let nulls = old.statistics().and_then(|s| s.null_count_opt());
    let statistics = Statistics::int96(None, None, None, nulls, false);
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

fn is_nan(value: &Value) -> bool {
    match value {
        Value::Float(v) => v.is_nan(),
        Value::Double(v) => v.is_nan(),
        _ => false,
    }
}
