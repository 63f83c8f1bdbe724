//! Exact evaluation of predicates on batches.

use crate::arrow_value::array_of;
use crate::{BatchStream, ReadColumn};
use arrow::array::cast::AsArray;
use arrow::array::{Array, BooleanArray, RecordBatch, Scalar};
use arrow::buffer::BooleanBuffer;
use arrow::compute::kernels::cmp;
use arrow::compute::{and_kleene, filter_record_batch, is_not_null, is_null, not, or_kleene};
use arrow::error::ArrowError;
use futures::StreamExt;
use rimon_spec::{DataType, Error, Predicate, Result, Test, Value};
use std::sync::Arc;

/// A predicate bound to the columns of batches.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    predicate: Predicate,
    columns: Vec<(String, DataType)>,
}

impl Filter {
    /// `predicate` on the output columns of `columns`.
    ///
    /// # Errors
    /// `Invalid` when it names another column.
    pub(crate) fn new(predicate: Predicate, columns: &[ReadColumn]) -> Result<Self> {
        let columns: Vec<(String, DataType)> =
            columns.iter().map(|c| (c.output.name.clone(), c.output.data_type.clone())).collect();
        for name in predicate.columns() {
            if !columns.iter().any(|(n, _)| n == name) {
                return Err(Error::invalid(format!(
                    "a filter on column '{name}', which is not read"
                )));
            }
        }
        Ok(Self { predicate, columns })
    }

    /// The rows of `batches` that pass; batches left empty do not come.
    pub(crate) fn apply(self, batches: BatchStream) -> BatchStream {
        let filter = Arc::new(self);
        let kept = batches.filter_map(move |batch| {
            let filter = Arc::clone(&filter);
            let kept = batch.and_then(|b| filter.batch(&b));
            futures::future::ready(match kept {
                Ok(batch) if batch.num_rows() == 0 => None,
                other => Some(other),
            })
        });
        kept.boxed()
    }

    fn batch(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let mask = self.mask(&self.predicate, batch)?;
        filter_record_batch(batch, &mask).map_err(failed)
    }

    /// True, false or null per row.
    fn mask(&self, predicate: &Predicate, batch: &RecordBatch) -> Result<BooleanArray> {
        let all = |value: bool| BooleanArray::from(vec![value; batch.num_rows()]);
        match predicate {
            Predicate::True => Ok(all(true)),
            Predicate::False => Ok(all(false)),
            Predicate::And(parts) => parts.iter().try_fold(all(true), |mask, part| {
                and_kleene(&mask, &self.mask(part, batch)?).map_err(failed)
            }),
            Predicate::Or(parts) => parts.iter().try_fold(all(false), |mask, part| {
                or_kleene(&mask, &self.mask(part, batch)?).map_err(failed)
            }),
            Predicate::Not(part) => not(&self.mask(part, batch)?).map_err(failed),
            Predicate::Leaf { column, test } => self.leaf(column, test, batch),
        }
    }

    fn leaf(&self, name: &str, test: &Test, batch: &RecordBatch) -> Result<BooleanArray> {
        let missing = || Error::invalid(format!("a filter on column '{name}', which is not read"));
        let position = self.columns.iter().position(|(n, _)| n == name).ok_or_else(missing)?;
        let (_, data_type) = self.columns.get(position).ok_or_else(missing)?;
        let column = batch.columns().get(position).ok_or_else(missing)?;
        let literal = |value: &Value| -> Result<_> {
            Ok(Scalar::new(array_of(std::slice::from_ref(value), data_type)?))
        };
        let mask = match test {
            Test::IsNull => is_null(column),
            Test::IsNotNull => is_not_null(column),
            Test::Eq(v) => cmp::eq(column, &literal(v)?),
            Test::NotEq(v) => cmp::neq(column, &literal(v)?),
            Test::Lt(v) => cmp::lt(column, &literal(v)?),
            Test::LtEq(v) => cmp::lt_eq(column, &literal(v)?),
            Test::Gt(v) => cmp::gt(column, &literal(v)?),
            Test::GtEq(v) => cmp::gt_eq(column, &literal(v)?),
            Test::In(values) => {
                // False where there is a value, null where there is none.
                let unset = BooleanBuffer::new_unset(column.len());
                let none = BooleanArray::new(unset, column.logical_nulls());
                values
                    .iter()
                    .try_fold(none, |mask, v| {
                        let one = cmp::eq(column, &literal(v)?).map_err(failed)?;
                        or_kleene(&mask, &one).map_err(failed)
                    })
                    .map(Ok)?
            }
            Test::StartsWith(prefix) => {
                let strings = column.as_string_opt::<i32>().ok_or_else(|| {
                    Error::invalid(format!("LIKE on column '{name}', which is no text"))
                })?;
                let starts = |s: Option<&str>| s.map(|s| s.starts_with(prefix.as_str()));
                Ok(strings.iter().map(starts).collect())
            }
        };
        mask.map_err(|e| failed(e).with("column", name))
    }
}

fn failed(e: ArrowError) -> Error {
    Error::internal("evaluating a predicate").with_source(e)
}
