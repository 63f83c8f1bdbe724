//! A batch as it came to the table's schema: columns by name, casts, defaults, NOT NULL, lengths.
//!
//! Mirrors what `TableWriteImpl` (nullability, defaults) and the SQL engines in front of Java (casts, lengths) do.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, RecordBatch, RecordBatchOptions, new_null_array,
};
use arrow::compute::kernels::zip::zip;
use arrow::compute::{CastOptions, cast_with_options, is_null};
use arrow::datatypes::{DataType as ArrowType, SchemaRef};
use rimon_format::arrow_value::array_of;
use rimon_spec::{DataField, Error, MAX_LENGTH, Result, TableSchema, TypeKind, Value};

use super::kernel::arrow_error;

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
        for field in schema.fields() {
            defaults.push(match &field.default_value {
                None => None,
                Some(text) => Some(default_array(field, text)?),
            });
        }
        Ok(Self { schema, arrow, defaults })
    }

    /// The canonical Arrow schema of what comes out.
    pub(crate) fn arrow_schema(&self) -> &SchemaRef {
        &self.arrow
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
    let value = Value::parse(text, &field.data_type).map_err(|e| {
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

fn convert(field: &DataField, target: &ArrowType, column: &ArrayRef) -> Result<ArrayRef> {
    let source = column.data_type();
    if source == target {
        return Ok(column.clone());
    }
    if !may_cast(source, target) {
        return Err(Error::invalid(format!("a column of type {source} cannot become {target}"))
            .with("column", &field.name));
    }
    let options = CastOptions { safe: false, ..CastOptions::default() };
    cast_with_options(column.as_ref(), target, &options).map_err(|e| {
        Error::invalid(format!("a value of type {source} does not fit {target}"))
            .with("column", &field.name)
            .with_source(e)
    })
}

/// Casts that keep every value or fail; cuts of a second's fraction, which SQL's assignment allows, too.
fn may_cast(source: &ArrowType, target: &ArrowType) -> bool {
    use ArrowType as T;
    match (source, target) {
        (T::Null, _) => true,
        (T::Dictionary(_, values), _) => values.as_ref() == target || may_cast(values, target),
        (T::RunEndEncoded(_, values), _) => may_cast_or_same(values.data_type(), target),
        (s, t) if s.is_integer() => {
            t.is_integer() || matches!(t, T::Decimal128(..)) || t.is_floating() && exact_float(s, t)
        }
        (s, T::Float64) => matches!(s, T::Float32 | T::Float16),
        (s, T::Float32) => matches!(s, T::Float16),
        (s, T::Decimal128(_, scale)) => match s {
            T::Decimal32(_, from)
            | T::Decimal64(_, from)
            | T::Decimal128(_, from)
            | T::Decimal256(_, from) => from <= scale,
            _ => false,
        },
        (s, T::Utf8) => matches!(s, T::LargeUtf8 | T::Utf8View),
        (s, T::Binary) => matches!(s, T::LargeBinary | T::BinaryView | T::FixedSizeBinary(_)),
        (T::Date64, T::Date32) | (T::Time64(_), T::Time32(_)) | (T::Time32(_), T::Time32(_)) => {
            true
        }
        (T::Timestamp(_, from), T::Timestamp(_, to)) => from.is_some() == to.is_some(),
        (T::Date32, T::Timestamp(_, None)) => true,
        (T::List(s) | T::LargeList(s) | T::ListView(s) | T::FixedSizeList(s, _), T::List(t)) => {
            may_cast_or_same(s.data_type(), t.data_type())
        }
        (T::Map(s, _), T::Map(t, _)) => may_cast_or_same(s.data_type(), t.data_type()),
        (T::Struct(s), T::Struct(t)) => {
            s.len() == t.len()
                && s.iter()
                    .zip(t.iter())
                    .all(|(s, t)| may_cast_or_same(s.data_type(), t.data_type()))
        }
        _ => false,
    }
}

fn may_cast_or_same(source: &ArrowType, target: &ArrowType) -> bool {
    source == target || may_cast(source, target)
}

fn exact_float(source: &ArrowType, target: &ArrowType) -> bool {
    let bits = source.primitive_width().unwrap_or(8) * 8;
    let mantissa = if *target == ArrowType::Float64 { 53 } else { 24 };
    bits <= mantissa
}

/// Lengths, digits and fractions of a second.
fn check_values(field: &DataField, column: &ArrayRef) -> Result<()> {
    let too_long = |found: usize, most: u32| {
        Error::invalid(format!("a value of length {found} where at most {most} fit"))
            .with("column", &field.name)
    };
    match &field.data_type.kind {
        TypeKind::Char { length } | TypeKind::VarChar { length } if *length < MAX_LENGTH => {
            let Some(strings) = column.as_string_opt::<i32>() else { return Ok(()) };
            for value in strings.iter().flatten().filter(|v| v.len() > *length as usize) {
                let chars = value.chars().count();
                if chars > *length as usize {
                    return Err(too_long(chars, *length));
                }
            }
            Ok(())
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
