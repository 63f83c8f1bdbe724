//! From the columns of the file to the columns asked for.

use super::canonical::canonical;
use super::footer::Footer;
use crate::arrow_schema::to_arrow_schema;
use crate::arrow_value::constant_array;
use crate::cast::Cast;
use crate::{ReadColumn, Source};
use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::datatypes::SchemaRef;
use rimon_spec::{DataField, DataType, Error, Result, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How the batches of one read are made.
#[derive(Debug)]
pub(super) struct Assembly {
    schema: SchemaRef,
    parts: Vec<Part>,
    /// Columns of the file that are read, ascending.
    roots: Vec<usize>,
}

#[derive(Debug)]
enum Part {
    /// The column at `position` of the projected batch.
    Column { position: usize, stored: DataType, cast: Cast },
    /// The same array in every batch, as long as the longest.
    Same(ArrayRef),
}

impl Assembly {
    /// The plan for `columns`, in batches of up to `batch_size` rows.
    ///
    /// # Errors
    /// `Unsupported` naming the column when its type cannot be converted.
    pub(super) fn new(footer: &Footer, columns: &[ReadColumn], batch_size: usize) -> Result<Self> {
        let outputs: Vec<DataField> = columns.iter().map(|c| c.output.clone()).collect();
        let schema = to_arrow_schema(&outputs)?;
        let found: Vec<Option<usize>> = columns.iter().map(|c| root(footer, c)).collect();
        let mut positions: BTreeMap<usize, usize> =
            found.iter().flatten().map(|root| (*root, 0)).collect();
        positions.values_mut().enumerate().for_each(|(i, p)| *p = i);
        let mut parts = Vec::with_capacity(columns.len());
        for (column, root) in columns.iter().zip(found) {
            let position = root.and_then(|r| positions.get(&r).copied());
            parts.push(
                part(column, position, batch_size)
                    .map_err(|e| e.with("column", &column.output.name))?,
            );
        }
        Ok(Self { schema, parts, roots: positions.into_keys().collect() })
    }

    /// Indexes of the top-level columns of the file that are read, ascending.
    pub(super) fn roots(&self) -> &[usize] {
        &self.roots
    }

    /// A batch of the columns asked for from a batch of the columns read.
    ///
    /// # Errors
    /// `Corrupt` for nulls where the column has none.
    pub(super) fn batch(&self, read: &RecordBatch) -> Result<RecordBatch> {
        let rows = read.num_rows();
        let mut columns = Vec::with_capacity(self.parts.len());
        for (part, field) in self.parts.iter().zip(self.schema.fields()) {
            columns.push(part.array(read, rows).map_err(|e| e.with("column", field.name()))?);
        }
        self.of(columns, rows)
    }

    /// A batch of `rows` rows when nothing is read from the file.
    ///
    /// # Errors
    /// As [`Self::batch`].
    pub(super) fn without_file(&self, rows: usize) -> Result<RecordBatch> {
        let columns = self.parts.iter().filter_map(|part| match part {
            Part::Same(array) => Some(array.slice(0, rows.min(array.len()))),
            Part::Column { .. } => None,
        });
        self.of(columns.collect(), rows)
    }

    fn of(&self, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options).map_err(
            |e| Error::corrupt("the data file does not hold what its schema says").with_source(e),
        )
    }
}

impl Part {
    fn array(&self, read: &RecordBatch, rows: usize) -> Result<ArrayRef> {
        match self {
            Self::Same(array) => Ok(array.slice(0, rows.min(array.len()))),
            Self::Column { position, stored, cast } => {
                let column = read
                    .columns()
                    .get(*position)
                    .ok_or_else(|| Error::internal("a column was not read"))?;
                cast.apply(&canonical(column, stored)?)
            }
        }
    }
}

fn part(column: &ReadColumn, position: Option<usize>, batch_size: usize) -> Result<Part> {
    let output = &column.output.data_type;
    match (&column.source, position) {
        (Source::File { data_type, .. }, Some(position)) => Ok(Part::Column {
            position,
            stored: data_type.clone(),
            cast: Cast::new(data_type, output)?,
        }),
        (Source::Constant(value), _) => Ok(Part::Same(constant_array(value, output, batch_size)?)),
        // Java reads a column that the file lacks as null.
        (Source::Null | Source::File { .. }, _) => {
            let null = constant_array(&Value::Null, output, 0)?;
            Ok(Part::Same(new_null_array(null.data_type(), batch_size)))
        }
    }
}

/// The top-level column of the file that `column` is read from; `None` when the file has none.
pub(super) fn root(footer: &Footer, column: &ReadColumn) -> Option<usize> {
    let Source::File { name, .. } = &column.source else { return None };
    let schema = footer.reader_metadata().parquet_schema();
    schema.root_schema().get_fields().iter().position(|f| f.name() == name)
}
