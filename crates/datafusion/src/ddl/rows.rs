//! Small results as rows.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::error::Result;
use datafusion::prelude::SessionContext;

use crate::run::Outcome;

/// A column of text.
pub(super) struct TextColumn {
    pub(super) name: &'static str,
    pub(super) values: Vec<Option<String>>,
}

impl TextColumn {
    pub(super) fn new(
        name: &'static str,
        values: impl IntoIterator<Item = Option<String>>,
    ) -> Self {
        Self { name, values: values.into_iter().collect() }
    }
}

/// Columns of equal length as the rows of a statement.
pub(super) fn rows(context: &SessionContext, columns: Vec<TextColumn>) -> Result<Option<Outcome>> {
    let fields: Vec<Field> =
        columns.iter().map(|c| Field::new(c.name, DataType::Utf8, true)).collect();
    let arrays = columns
        .into_iter()
        .map(|c| Arc::new(c.values.into_iter().collect::<StringArray>()) as ArrayRef)
        .collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?;
    Ok(Some(Outcome::Rows(context.read_batch(batch)?)))
}
