//! What the optimizer is told of a scan.

use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, Statistics};
use datafusion::scalar::ScalarValue;
use rimon_format::arrow_value::array_of;
use rimon_spec::{DataField, Value};
use rimon_table::{ColumnSummary, Plan};

/// Rows and columns of a plan whose batches have `schema`. Numbers are exact where they are known without reading:
/// then queries for counts, minima and maxima need no scan.
pub(super) fn of(plan: &Plan, schema: &SchemaRef) -> Statistics {
    let mut statistics = Statistics::new_unknown(schema);
    statistics.num_rows = match plan.exact_rows() {
        Some(rows) => Precision::Exact(as_usize(rows)),
        None => Precision::Inexact(as_usize(plan.physical_rows())),
    };
    statistics.total_byte_size = Precision::Inexact(as_usize(plan.bytes()));
    let summaries = plan.column_summaries();
    let columns = schema.fields().iter().zip(summaries);
    let known = columns.map(|(field, summary)| {
        let Some(summary) = summary else { return ColumnStatistics::new_unknown() };
        let column = plan.read.field(field.name());
        column.map_or_else(ColumnStatistics::new_unknown, |column| {
            of_column(&summary, column, field.data_type())
        })
    });
    statistics.column_statistics = known.collect();
    statistics
}

/// The same where only some rows are read.
pub(super) fn at_most(whole: &Statistics, rows: usize) -> Statistics {
    let mut some = whole.clone().to_inexact();
    some.num_rows = some.num_rows.min(&Precision::Inexact(rows)).to_inexact();
    some
}

fn of_column(summary: &ColumnSummary, field: &DataField, data_type: &DataType) -> ColumnStatistics {
    let bound = |value: &Value| match scalar(value, field, data_type) {
        Some(value) if summary.exact => Precision::Exact(value),
        Some(value) => Precision::Inexact(value),
        None => Precision::Absent,
    };
    let mut column = ColumnStatistics::new_unknown();
    column.min_value = bound(&summary.min);
    column.max_value = bound(&summary.max);
    column.null_count = match summary.null_count {
        Some(nulls) if summary.exact => Precision::Exact(as_usize(nulls)),
        Some(nulls) => Precision::Inexact(as_usize(nulls)),
        None => Precision::Absent,
    };
    column
}

fn scalar(value: &Value, field: &DataField, data_type: &DataType) -> Option<ScalarValue> {
    if value.is_null() {
        return None;
    }
    let array = array_of(std::slice::from_ref(value), &field.data_type).ok()?;
    ScalarValue::try_from_array(&cast(&array, data_type).ok()?, 0).ok()
}

fn as_usize(rows: u64) -> usize {
    usize::try_from(rows).unwrap_or(usize::MAX)
}
