//! A predicate evaluated on a batch, column by column: the exact filter of reads through the API.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, Scalar, StringArray, UInt64Array};
use arrow::buffer::BooleanBuffer;
use arrow::compute::kernels::cmp;
use arrow::compute::{and_kleene, filter_record_batch, is_not_null, is_null, not, or_kleene, take};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use rimon_format::arrow_value::constant_array;
use rimon_spec::{DataField, Error, MapKey, Predicate, Result, Test, Value};

/// Keeps the rows for which `predicate` is true. `fields` are the columns of `batch`, in order.
pub(super) fn filter_batch(
    batch: &RecordBatch,
    fields: &[DataField],
    predicate: &Predicate,
) -> Result<RecordBatch> {
    if *predicate == Predicate::True {
        return Ok(batch.clone());
    }
    let mask = evaluate(batch, fields, predicate)?;
    filter_record_batch(batch, &mask).map_err(failed)
}

/// Whether `predicate` is true for each row.
pub(super) fn evaluate(
    batch: &RecordBatch,
    fields: &[DataField],
    predicate: &Predicate,
) -> Result<BooleanArray> {
    let constant = |value: bool| {
        let rows = batch.num_rows();
        let bits =
            if value { BooleanBuffer::new_set(rows) } else { BooleanBuffer::new_unset(rows) };
        BooleanArray::new(bits, None)
    };
    match predicate {
        Predicate::True => Ok(constant(true)),
        Predicate::False => Ok(constant(false)),
        Predicate::And(parts) => parts.iter().try_fold(constant(true), |mask, part| {
            and_kleene(&mask, &evaluate(batch, fields, part)?).map_err(failed)
        }),
        Predicate::Or(parts) => parts.iter().try_fold(constant(false), |mask, part| {
            or_kleene(&mask, &evaluate(batch, fields, part)?).map_err(failed)
        }),
        Predicate::Not(inner) => not(&evaluate(batch, fields, inner)?).map_err(failed),
        Predicate::Leaf { column, test } => {
            let column_of = |name: &str| {
                let index = fields.iter().position(|f| f.name == name)?;
                Some((batch.columns().get(index)?, fields.get(index)?))
            };
            if let Some(of_map) = MapKey::among(fields, column)
                && let Some((maps, _)) = column_of(&of_map.field.name)
            {
                let field = DataField::new(of_map.field.id, column.clone(), of_map.values.clone());
                return test_column(&values_under(maps, of_map.key)?, &field, test);
            }
            match column_of(column) {
                Some((array, field)) => test_column(array, field, test),
                None => Err(Error::internal(format!("filter column '{column}' was not read"))),
            }
        }
    }
}

/// The values of maps under a key; null where there is no such key.
fn values_under(maps: &ArrayRef, key: &str) -> Result<ArrayRef> {
    let not_map = || Error::internal(format!("a map of text keys is read as {}", maps.data_type()));
    let maps = maps.as_map_opt().ok_or_else(not_map)?;
    let keys = maps.keys().as_string_opt::<i32>().ok_or_else(not_map)?;
    let places: UInt64Array = (0..maps.len())
        .map(|row| {
            if maps.is_null(row) {
                return None;
            }
            let ends = maps.value_offsets().get(row..row + 2)?;
            let [start, end] =
                [ends.first()?, ends.last()?].map(|end| usize::try_from(*end).unwrap_or(0));
            let entry = (start..end).find(|entry| keys.value(*entry) == key)?;
            u64::try_from(entry).ok()
        })
        .collect();
    take(maps.values(), &places, None).map_err(failed)
}

fn test_column(array: &ArrayRef, field: &DataField, test: &Test) -> Result<BooleanArray> {
    let literal = |value: &Value| -> Result<Scalar<ArrayRef>> {
        Ok(Scalar::new(like(constant_array(value, &field.data_type, 1)?, array)?))
    };
    match test {
        Test::IsNull => is_null(array).map_err(failed),
        Test::IsNotNull => is_not_null(array).map_err(failed),
        Test::Eq(v) => cmp::eq(array, &literal(v)?).map_err(failed),
        Test::NotEq(v) => cmp::neq(array, &literal(v)?).map_err(failed),
        Test::Lt(v) => cmp::lt(array, &literal(v)?).map_err(failed),
        Test::LtEq(v) => cmp::lt_eq(array, &literal(v)?).map_err(failed),
        Test::Gt(v) => cmp::gt(array, &literal(v)?).map_err(failed),
        Test::GtEq(v) => cmp::gt_eq(array, &literal(v)?).map_err(failed),
        Test::In(values) => {
            let none =
                BooleanArray::new(BooleanBuffer::new_unset(array.len()), array.logical_nulls());
            values.iter().try_fold(none, |mask, v| {
                let one = cmp::eq(array, &literal(v)?).map_err(failed)?;
                or_kleene(&mask, &one).map_err(failed)
            })
        }
        Test::StartsWith(prefix) => {
            if !matches!(array.data_type(), DataType::Utf8 | DataType::Utf8View) {
                let name = &field.name;
                return Err(Error::internal(format!("column '{name}' is no string column")));
            }
            let prefix: ArrayRef = Arc::new(StringArray::from(vec![prefix.as_str()]));
            let prefix = Scalar::new(like(prefix, array)?);
            arrow::compute::kernels::comparison::starts_with(array, &prefix).map_err(failed)
        }
    }
}

/// A literal in the type of the column: strings may be views.
fn like(literal: ArrayRef, array: &ArrayRef) -> Result<ArrayRef> {
    if literal.data_type() == array.data_type() {
        return Ok(literal);
    }
    arrow::compute::cast(&literal, array.data_type()).map_err(failed)
}

fn failed(error: ArrowError) -> Error {
    Error::internal("a filter could not be evaluated").with_source(error)
}
