//! `$options`: `OptionsTable.java`.

use std::sync::Arc;

use arrow::array::{RecordBatch, StringArray};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use rimon_spec::Result;

use super::{failed, required};
use crate::table::Table;

pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![required("key", DataType::Utf8), required("value", DataType::Utf8)]))
}

pub(super) fn rows(table: &Table) -> Result<RecordBatch> {
    let options = &table.schema().options;
    let keys = StringArray::from_iter_values(options.keys());
    let values = StringArray::from_iter_values(options.values());
    RecordBatch::try_new(schema(), vec![Arc::new(keys), Arc::new(values)]).map_err(failed)
}
