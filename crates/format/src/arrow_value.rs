//! Single cells between Arrow arrays and [`Value`]s. Not for use per row of data.

use arrow::array::ArrayRef;
use rimon_spec::{DataType, Error, Result, Value};

/// The cell at `row` of `array`, an array of the canonical Arrow type of `data_type`.
///
/// # Errors
/// `Invalid` when the array has another type or the row is out of range, `Unsupported` for nested types that are
/// not null.
pub fn value_at(_array: &ArrayRef, _row: usize, _data_type: &DataType) -> Result<Value> {
    Err(Error::unsupported("not built yet"))
}

/// An array of `values` in the canonical Arrow type of `data_type`.
///
/// # Errors
/// `Invalid` when a value is not of that type.
pub fn array_of(_values: &[Value], _data_type: &DataType) -> Result<ArrayRef> {
    Err(Error::unsupported("not built yet"))
}

/// `rows` times `value` in the canonical Arrow type of `data_type`.
///
/// # Errors
/// `Invalid` when the value is not of that type.
pub fn constant_array(_value: &Value, _data_type: &DataType, _rows: usize) -> Result<ArrayRef> {
    Err(Error::unsupported("not built yet"))
}
