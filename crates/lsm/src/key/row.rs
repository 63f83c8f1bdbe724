//! Keys of any other types, as bytes whose order is that of the rows.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::row::{RowConverter, SortField};
use rimon_spec::{Error, Result};

use super::canonical_floats;

/// Encodes key columns (`[column][run][batch]`) as binary arrays (`[run][batch]`).
pub(super) fn encode(columns: &[Vec<Vec<ArrayRef>>]) -> Result<Vec<Vec<ArrayRef>>> {
    let Some(first) = columns.first() else {
        return Err(Error::invalid("a key needs at least one column"));
    };
    let types = columns.iter().map(|runs| {
        runs.iter().flatten().next().map(|array| SortField::new(array.data_type().clone()))
    });
    let Some(fields) = types.collect::<Option<Vec<_>>>() else {
        return Ok(vec![Vec::new(); first.len()]);
    };
    let converter = RowConverter::new(fields).map_err(unsupported)?;
    let mut runs = Vec::with_capacity(first.len());
    for (run, batches) in first.iter().enumerate() {
        let mut encoded: Vec<ArrayRef> = Vec::with_capacity(batches.len());
        for batch in 0..batches.len() {
            let key: Option<Vec<ArrayRef>> = columns
                .iter()
                .map(|runs| runs.get(run).and_then(|b| b.get(batch)).map(canonical_floats))
                .collect();
            let key = key.ok_or_else(|| Error::internal("key columns differ in batches"))?;
            let rows = converter.convert_columns(&key).map_err(unsupported)?;
            encoded.push(Arc::new(rows.try_into_binary().map_err(unsupported)?));
        }
        runs.push(encoded);
    }
    Ok(runs)
}

fn unsupported(error: arrow::error::ArrowError) -> Error {
    Error::unsupported("a key of these types cannot be compared").with_source(error)
}
