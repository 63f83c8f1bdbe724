//! Row ids and sequence numbers of tables with row tracking: `DataFileRecordReader.java`.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch};
use arrow::datatypes::Int64Type;
use futures::{StreamExt, TryStreamExt};
use rimon_spec::{DataField, DataFileMeta, DataType, Error, Result, SpecialField, TypeKind};

use super::BatchStream;
use super::kinds::failed;

/// The columns behind those of the table.
pub(crate) fn tracking_fields() -> [DataField; 2] {
    let mut sequence = SpecialField::sequence_number();
    sequence.data_type = DataType::new(TypeKind::BigInt);
    [SpecialField::row_id(), sequence]
}

/// What rows of a file have that do not carry their own: rows that were moved or changed do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tracking {
    first_row_id: Option<i64>,
    sequence: i64,
}

impl Tracking {
    pub(super) fn of(file: &DataFileMeta) -> Self {
        Self { first_row_id: file.first_row_id, sequence: file.max_sequence_number }
    }

    /// Fills the columns of [`tracking_fields`] in batches that begin at row `first` of the file.
    pub(super) fn fill(self, stream: BatchStream, rows: Range<u64>) -> BatchStream {
        let mut at = rows.start;
        let fill = move |batch: RecordBatch| {
            let first = at;
            at += batch.num_rows() as u64;
            futures::future::ready(self.filled(&batch, first))
        };
        stream.and_then(fill).boxed()
    }

    fn filled(self, batch: &RecordBatch, first: u64) -> Result<RecordBatch> {
        let schema = batch.schema();
        let mut columns = batch.columns().to_vec();
        for (column, field) in columns.iter_mut().zip(schema.fields()) {
            match field.name().as_str() {
                SpecialField::ROW_ID => {
                    let begin = match (self.first_row_id, i64::try_from(first)) {
                        (Some(id), Ok(first)) => id.checked_add(first),
                        _ => None,
                    };
                    *column = or_else(column, |row| begin?.checked_add(row))?;
                }
                SpecialField::SEQUENCE_NUMBER => {
                    *column = or_else(column, |_| Some(self.sequence))?
                }
                _ => {}
            }
        }
        RecordBatch::try_new(schema, columns).map_err(failed)
    }
}

/// The values, with others where there is none.
fn or_else(column: &ArrayRef, other: impl Fn(i64) -> Option<i64>) -> Result<ArrayRef> {
    let values = column.as_primitive_opt::<Int64Type>();
    let values = values.ok_or_else(|| Error::internal("row ids are of another type"))?;
    let filled: Int64Array =
        (0i64..).zip(values).map(|(row, value)| value.or_else(|| other(row))).collect();
    Ok(Arc::new(filled))
}
