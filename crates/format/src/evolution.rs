//! From the fields a file was written with to the fields wanted now (`SchemaEvolutionUtil`, `FormatReaderMapping`).

use crate::ReadColumn;
use rimon_spec::{DataField, Error, Result, Value};

/// The columns that give `wanted` from a file written with `file_fields` (fields of its schema, or `_WRITE_COLS` of
/// them; for a key-value file the table's fields suffice: `_KEY_` columns are read from their value twins and
/// `_SEQUENCE_NUMBER` and `_VALUE_KIND` are known). `constants` are partition values by field id: they win over
/// what the file holds, as in Java.
///
/// # Errors
/// `Unsupported` naming the column when its old type cannot be converted to the new one.
pub fn read_columns(
    _file_fields: &[DataField],
    _wanted: &[DataField],
    _constants: &[(i32, Value)],
) -> Result<Vec<ReadColumn>> {
    Err(Error::unsupported("not built yet"))
}
