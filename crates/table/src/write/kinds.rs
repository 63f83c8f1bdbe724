//! Row kinds given by the caller or by the column that `rowkind.field` names: `RowKindGenerator.java`,
//! `RowKindFilter.java`.

use arrow::array::{Array, AsArray, BooleanArray, Int8Array, RecordBatch};
use arrow::compute::{filter, filter_record_batch};
use arrow::datatypes::Int8Type;
use rimon_spec::{Error, Result, RowKind, TableOptions};

use super::kernel::arrow_error;

/// What a table does with kinds.
#[derive(Debug, Clone)]
pub(crate) struct Kinds {
    field: Option<String>,
    primary_key: bool,
    ignore_delete: bool,
    ignore_update_before: bool,
}

impl Kinds {
    pub(crate) fn new(options: &TableOptions, primary_key: bool) -> Self {
        Self {
            field: options.rowkind_field.clone(),
            primary_key,
            ignore_delete: options.ignore_delete,
            ignore_update_before: options.ignore_update_before,
        }
    }

    /// The rows to write with their kinds; `None`: all are `+I`.
    ///
    /// # Errors
    /// `Invalid` for kinds that are none, and for retracting rows of an append table.
    pub(crate) fn apply(
        &self,
        batch: RecordBatch,
        given: Option<Int8Array>,
    ) -> Result<(RecordBatch, Option<Int8Array>)> {
        let kinds = match (&self.field, given) {
            (Some(_), Some(_)) => {
                return Err(Error::invalid(
                    "row kinds are given, but the table takes them from 'rowkind.field'",
                ));
            }
            (Some(field), None) => Some(from_column(&batch, field)?),
            (None, given) => given,
        };
        let Some(kinds) = kinds else { return Ok((batch, None)) };
        check(&kinds, batch.num_rows())?;
        if kinds.values().iter().all(|k| *k == RowKind::Insert as i8) {
            return Ok((batch, None));
        }
        if !self.primary_key {
            return match kinds.values().iter().any(|k| is_retract(*k)) {
                true => Err(Error::invalid("an append table takes no rows of kind -U or -D")),
                false => Ok((batch, None)),
            };
        }
        self.without_ignored(batch, kinds)
    }

    fn without_ignored(
        &self,
        batch: RecordBatch,
        kinds: Int8Array,
    ) -> Result<(RecordBatch, Option<Int8Array>)> {
        let ignored = |kind: &i8| {
            (self.ignore_delete && is_retract(*kind))
                || (self.ignore_update_before && *kind == RowKind::UpdateBefore as i8)
        };
        if !kinds.values().iter().any(ignored) {
            return Ok((batch, Some(kinds)));
        }
        let keep: BooleanArray = kinds.values().iter().map(|k| Some(!ignored(k))).collect();
        let batch = filter_record_batch(&batch, &keep).map_err(arrow_error)?;
        let kinds = filter(&kinds, &keep).map_err(arrow_error)?;
        let kinds = kinds.as_primitive_opt::<Int8Type>().cloned();
        Ok((batch, Some(kinds.ok_or_else(|| Error::internal("row kinds changed their type"))?)))
    }
}

fn is_retract(kind: i8) -> bool {
    kind == RowKind::UpdateBefore as i8 || kind == RowKind::Delete as i8
}

fn check(kinds: &Int8Array, rows: usize) -> Result<()> {
    if kinds.len() != rows || kinds.null_count() > 0 {
        return Err(Error::invalid("every row needs one row kind"));
    }
    match kinds.values().iter().find(|k| !(0..=3).contains(*k)) {
        Some(kind) => Err(Error::invalid(format!("row kind {kind} is not 0..=3"))),
        None => Ok(()),
    }
}

fn from_column(batch: &RecordBatch, field: &str) -> Result<Int8Array> {
    let wrong = || Error::invalid("'rowkind.field' names no string column").with("column", field);
    let column = batch.column_by_name(field).ok_or_else(wrong)?;
    match (column.as_string_view_opt(), column.as_string_opt::<i32>()) {
        (Some(texts), _) => from_texts(texts.iter(), field),
        (_, Some(texts)) => from_texts(texts.iter(), field),
        _ => Err(wrong()),
    }
}

fn from_texts<'a>(texts: impl Iterator<Item = Option<&'a str>>, field: &str) -> Result<Int8Array> {
    let mut kinds = Vec::with_capacity(texts.size_hint().0);
    for text in texts {
        let kind = match text {
            Some("+I") => RowKind::Insert,
            Some("-U") => RowKind::UpdateBefore,
            Some("+U") => RowKind::UpdateAfter,
            Some("-D") => RowKind::Delete,
            other => {
                let found = other.unwrap_or("NULL");
                return Err(Error::invalid(format!("{found} is no row kind (+I, -U, +U, -D)"))
                    .with("column", field));
            }
        };
        kinds.push(kind as i8);
    }
    Ok(Int8Array::from(kinds))
}
