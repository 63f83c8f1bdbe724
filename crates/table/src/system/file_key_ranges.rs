//! `$file_key_ranges`: `FileKeyRangesTable.java`, columns of `$files` that need no statistics.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use rimon_spec::Result;

use super::{failed, files};
use crate::table::Table;

/// Places in `$files` of the columns.
const COLUMNS: [usize; 11] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 18];

pub(super) fn schema() -> SchemaRef {
    let all = files::schema();
    let fields = COLUMNS.iter().filter_map(|index| all.fields().get(*index).cloned());
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

pub(super) async fn rows(table: &Table) -> Result<RecordBatch> {
    files::rows(table).await?.project(&COLUMNS).map_err(failed)
}
