//! From the columns of the file to the columns asked for.

use crate::arrow_schema::{to_arrow_schema, with_string_views};
use crate::arrow_value::constant_array;
use crate::canonical::canonical;
use crate::cast::Cast;
use crate::{BatchStream, ReadColumn, ReadRequest, Source};
use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::datatypes::{DataType as ArrowType, SchemaRef};
use futures::StreamExt;
use rimon_spec::{DataField, DataType, Error, Result, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How the batches of one read are made.
#[derive(Debug)]
pub(crate) struct Assembly {
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
    /// The plan for `columns`, in batches of up to `batch_size` rows; `find` gives the index of a top-level column
    /// of the file.
    ///
    /// # Errors
    /// `Unsupported` naming the column when its type cannot be converted.
    pub(crate) fn new(
        columns: &[ReadColumn],
        batch_size: usize,
        find: impl Fn(&str) -> Option<usize>,
    ) -> Result<Self> {
        let outputs: Vec<DataField> = columns.iter().map(|c| c.output.clone()).collect();
        let schema = to_arrow_schema(&outputs)?;
        let found: Vec<Option<usize>> = columns.iter().map(|c| root(c, &find)).collect();
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

    /// The same with CHAR and VARCHAR columns as `Utf8View`, if the request asks for them.
    ///
    /// # Errors
    /// `Invalid` together with an exact filter.
    pub(crate) fn with_views_of(mut self, request: &ReadRequest) -> Result<Self> {
        if !request.string_views {
            return Ok(self);
        }
        if request.exact {
            return Err(Error::invalid("an exact filter on string views"));
        }
        self.schema = with_string_views(&self.schema);
        for (part, field) in self.parts.iter_mut().zip(self.schema.fields()) {
            if let Part::Same(array) = part {
                *array = viewed(Arc::clone(array), field.data_type())?;
            }
        }
        Ok(self)
    }

    /// Those of [`Self::roots`] that may be decoded as `Utf8View`: nothing is done to them but that.
    pub(crate) fn view_roots(&self) -> Vec<usize> {
        let wanted =
            self.parts.iter().zip(self.schema.fields()).filter_map(|(part, field)| match part {
                Part::Column { position, cast, .. } if cast.is_identity() => {
                    (*field.data_type() == ArrowType::Utf8View).then_some(*position)
                }
                _ => None,
            });
        wanted.filter_map(|position| self.roots.get(position).copied()).collect()
    }

    /// Indexes of the top-level columns of the file that are read, ascending.
    pub(crate) fn roots(&self) -> &[usize] {
        &self.roots
    }

    /// The type that the schema which wrote the file gives to each of [`Self::roots`].
    pub(crate) fn stored(&self) -> Vec<DataType> {
        let at = |wanted| {
            self.parts.iter().find_map(|part| match part {
                Part::Column { position, stored, .. } if *position == wanted => {
                    Some(stored.clone())
                }
                _ => None,
            })
        };
        (0..self.roots.len()).filter_map(at).collect()
    }

    /// Batches of `rows` rows in all when nothing is read from the file.
    pub(crate) fn counted(self, rows: u64, batch_size: usize) -> BatchStream {
        let size = batch_size as u64;
        let batches = (0..rows.div_ceil(size)).map(move |i| {
            let count = (rows - i * size).min(size);
            self.without_file(usize::try_from(count).unwrap_or(batch_size))
        });
        futures::stream::iter(batches).boxed()
    }

    /// A batch of the columns asked for from a batch of the columns read.
    ///
    /// # Errors
    /// `Corrupt` for nulls where the column has none.
    pub(crate) fn batch(&self, read: &RecordBatch) -> Result<RecordBatch> {
        let rows = read.num_rows();
        let mut columns = Vec::with_capacity(self.parts.len());
        for (part, field) in self.parts.iter().zip(self.schema.fields()) {
            let array = part.array(read, rows).and_then(|array| viewed(array, field.data_type()));
            columns.push(array.map_err(|e| e.with("column", field.name()))?);
        }
        self.of(columns, rows)
    }

    /// A batch of `rows` rows when nothing is read from the file.
    ///
    /// # Errors
    /// As [`Self::batch`].
    pub(crate) fn without_file(&self, rows: usize) -> Result<RecordBatch> {
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
                // See `view_roots`.
                if *column.data_type() == ArrowType::Utf8View {
                    return Ok(Arc::clone(column));
                }
                cast.apply(&canonical(column, stored)?)
            }
        }
    }
}

/// `Utf8` as `Utf8View` where that is wanted; everything else as it is.
fn viewed(array: ArrayRef, data_type: &ArrowType) -> Result<ArrayRef> {
    if *data_type != ArrowType::Utf8View || array.data_type() == data_type {
        return Ok(array);
    }
    arrow::compute::cast(&array, data_type)
        .map_err(|e| Error::internal("strings as views").with_source(e))
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

fn root(column: &ReadColumn, find: impl Fn(&str) -> Option<usize>) -> Option<usize> {
    match &column.source {
        Source::File { name, .. } => find(name),
        Source::Null | Source::Constant(_) => None,
    }
}
