//! Bounds of a column under its type of now.

use super::Cast;
use crate::arrow_value::{array_of, value_at};
use rimon_spec::{DataType, Value};

/// `value` of a column written as `from` and read as `to`, where that conversion keeps the order of values; `None` where
/// it does not. Null stays null.
pub fn widened(value: &Value, from: &DataType, to: &DataType) -> Option<Value> {
    let cast = Cast::new(from, to).ok().filter(Cast::is_monotone)?;
    if value.is_null() {
        return Some(Value::Null);
    }
    let array = cast.apply(&array_of(std::slice::from_ref(value), from).ok()?).ok()?;
    value_at(array.as_ref(), 0, to).ok().filter(|value| !value.is_null())
}
