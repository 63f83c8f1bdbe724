//! A batch as it came to the table's schema: columns by name, casts, defaults, NOT NULL, lengths.
//!
//! Mirrors what `TableWriteImpl` (nullability, defaults) and the SQL engines in front of Java (casts, lengths) do.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, RecordBatch, RecordBatchOptions, new_null_array,
};
use arrow::compute::is_null;
use arrow::compute::kernels::zip::zip;
use arrow::datatypes::SchemaRef;
use rimon_format::arrow_schema::{to_arrow_schema, with_string_views};
use rimon_format::arrow_value::array_of;
use rimon_spec::{
    DataField, Error, MAX_LENGTH, Result, TableOptions, TableSchema, TypeKind, Value,
};

use super::cast::{convert, cut_fraction};
use super::kernel::arrow_error;

/// The columns as rows are kept until they are encoded: texts as views where the format takes them, so that sorting and
/// routing copy no text.
pub(crate) fn rows_schema(fields: &[DataField], options: &TableOptions) -> Result<SchemaRef> {
    let plain = to_arrow_schema(fields)?;
    let views = options.format_of_level(0) == "parquet";
    Ok(if views { with_string_views(&plain) } else { plain })
}

/// Brings batches to the schema of a table.
#[derive(Debug, Clone)]
pub(crate) struct Normalizer {
    schema: Arc<TableSchema>,
    arrow: SchemaRef,
    defaults: Vec<Option<ArrayRef>>,
}

impl Normalizer {
    /// A normalizer to `schema`, whose canonical Arrow form is `arrow`.
    ///
    /// # Errors
    /// `Invalid` when a default cannot be read as a value of its column.
    pub(crate) fn new(schema: Arc<TableSchema>, arrow: SchemaRef) -> Result<Self> {
        let mut defaults = Vec::new();
        for (field, target) in schema.fields().iter().zip(arrow.fields()) {
            defaults.push(match &field.default_value {
                None => None,
                Some(text) => {
                    Some(convert(field, target.data_type(), &default_array(field, text)?)?)
                }
            });
        }
        Ok(Self { schema, arrow, defaults })
    }

    /// `batch` with the table's columns in the table's order.
    ///
    /// # Errors
    /// `Invalid`, naming the column, for a column that the table does not have or that is there twice, a type that
    /// cannot be cast without loss, a value that does not fit, or a null where none may be.
    pub(crate) fn normalize(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let sources = self.sources(batch)?;
        let mut columns = Vec::with_capacity(sources.len());
        for (((field, target), default), source) in
            self.schema.fields().iter().zip(self.arrow.fields()).zip(&self.defaults).zip(sources)
        {
            let column = match source {
                Some(column) => convert(field, target.data_type(), &column)?,
                None => new_null_array(target.data_type(), batch.num_rows()),
            };
            let column = match default {
                Some(default) if column.null_count() > 0 => fill(&column, default)?,
                _ => column,
            };
            let column = cut_fraction(&field.data_type.kind, column)?;
            check_nulls(field, &column)?;
            check_values(field, &column)?;
            columns.push(column);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(self.arrow.clone(), columns, &options)
            .map_err(|e| Error::invalid("the rows do not fit the table").with_source(e))
    }

    /// For each column of the table: the column of the batch with its name.
    fn sources(&self, batch: &RecordBatch) -> Result<Vec<Option<ArrayRef>>> {
        let mut sources: Vec<Option<ArrayRef>> = vec![None; self.schema.fields().len()];
        for (field, column) in batch.schema_ref().fields().iter().zip(batch.columns()) {
            let found = self
                .schema
                .fields()
                .iter()
                .zip(&mut sources)
                .find(|(f, _)| f.name == *field.name());
            let Some((_, source)) = found else {
                return Err(
                    Error::invalid("the table has no such column").with("column", field.name())
                );
            };
            if source.replace(column.clone()).is_some() {
                return Err(
                    Error::invalid("the column is given twice").with("column", field.name())
                );
            }
        }
        Ok(sources)
    }
}

/// A column's DEFAULT as one row.
fn default_array(field: &DataField, text: &str) -> Result<ArrayRef> {
    let value = Value::parse_default(text, &field.data_type).map_err(|e| {
        Error::invalid(format!("the default {text:?} is no value of its column"))
            .with("column", &field.name)
            .with_source(e)
    })?;
    array_of(&[value], &field.data_type)
}

fn fill(column: &ArrayRef, default: &ArrayRef) -> Result<ArrayRef> {
    let nulls = is_null(column.as_ref()).map_err(arrow_error)?;
    let default = arrow::array::Scalar::new(default.clone());
    zip(&nulls, &default, column).map_err(arrow_error)
}

fn check_nulls(field: &DataField, column: &ArrayRef) -> Result<()> {
    if field.data_type.nullable || column.logical_null_count() == 0 {
        return Ok(());
    }
    Err(Error::invalid("null in a column that is NOT NULL").with("column", &field.name))
}

/// The letters of the first text that has more than `most`.
fn too_many_letters(column: &ArrayRef, most: usize) -> Option<usize> {
    let letters = |value: Option<&str>| {
        let letters = value.filter(|v| v.len() > most)?.chars().count();
        (letters > most).then_some(letters)
    };
    match column.as_string_view_opt() {
        Some(texts) => texts.iter().find_map(letters),
        None => column.as_string_opt::<i32>()?.iter().find_map(letters),
    }
}

/// Lengths, digits and fractions of a second.
fn check_values(field: &DataField, column: &ArrayRef) -> Result<()> {
    let too_long = |found: usize, most: u32| {
        Error::invalid(format!("a value of length {found} where at most {most} fit"))
            .with("column", &field.name)
    };
    match &field.data_type.kind {
        TypeKind::Char { length } | TypeKind::VarChar { length } if *length < MAX_LENGTH => {
            match too_many_letters(column, *length as usize) {
                Some(found) => Err(too_long(found, *length)),
                None => Ok(()),
            }
        }
        TypeKind::Binary { length } | TypeKind::VarBinary { length } if *length < MAX_LENGTH => {
            let Some(values) = column.as_binary_opt::<i32>() else { return Ok(()) };
            match values.iter().flatten().map(<[u8]>::len).find(|n| *n > *length as usize) {
                Some(found) => Err(too_long(found, *length)),
                None => Ok(()),
            }
        }
        TypeKind::Decimal { precision, .. } => {
            let Some(values) = column.as_any().downcast_ref::<Decimal128Array>() else {
                return Ok(());
            };
            values.validate_decimal_precision(*precision).map_err(|e| {
                Error::invalid(format!("a number with more than {precision} digits"))
                    .with("column", &field.name)
                    .with_source(e)
            })
        }
        _ => Ok(()),
    }
}
